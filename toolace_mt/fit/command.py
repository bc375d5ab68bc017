"""`toolace-mt fit`: what its arguments ask for, and the rows it looks at."""

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from toolace_mt.dataset.messages import to_row
from toolace_mt.errors import ConfigError, InputError
from toolace_mt.fit.families import FAMILIES, Family, family_named, read_template
from toolace_mt.fit.losses import Limit
from toolace_mt.fit.parsers import counter, marked, parsers
from toolace_mt.fit.table import HEAD, UNCHECKED, Tally, line, markdown, notes
from toolace_mt.reading.dialogue import Unread, read_dialogue
from toolace_mt.reading.files import read_rows
from toolace_mt.trajectory import JsonObject


def fit(options: argparse.Namespace) -> int:
    """Run the command and print its table; returns 1 if anything is lost, else 0."""
    families, limit = _families(options), _limit(options)
    if options.show_mask is not None:
        print(_marked(families[0], options.path, options.show_mask))
        return 0
    tallies = _tallies(families, options.path, limit, options.write)
    lines = [line(family, tally) for family, tally in tallies.items()]
    table = Table(*HEAD)
    for each in lines:
        table.add_row(*each)
    console = Console()
    console.print(table)
    console.print(UNCHECKED, soft_wrap=True)
    for text in notes(tallies):
        console.print(text, markup=False, soft_wrap=True)
    if options.markdown is not None:
        options.markdown.write_text(markdown(lines, tallies), "utf-8")
    return 0 if all(tally.kept == tally.rows for tally in tallies.values()) else 1


def _tallies(
    families: list[Family], path: Path, limit: Limit | None, out: Path | None
) -> dict[Family, Tally]:
    """Read the rows once, for all families; adapted rows go to a file a family in `out`."""
    tallies = {family: Tally() for family in families}
    with ExitStack() as opened:
        files = {}
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for family in families:
                place = out / f"{family.name}.jsonl"
                files[family] = opened.enter_context(place.open("w", encoding="utf-8"))
        for row in _rows(path):
            for family, tally in tallies.items():
                adapted = tally.add(family, row, limit)
                if family in files:
                    files[family].write(json.dumps(adapted, ensure_ascii=False) + "\n")
    return tallies


def _marked(family: Family, path: Path, number: int) -> str:
    """Return row `number` as TRL's template for training writes it, what is learned in brackets."""
    row = next(islice(_rows(path), number - 1, None), None) if number > 0 else None
    if row is None:
        raise InputError(f"--show-mask {number}: {path} has no such row; the first is 1")
    if not family.training.is_file():
        raise InputError(
            f"--show-mask: TRL has no template for training {family.name}, so assistant_only_loss"
            " raises; mask with a template of your own that has generation marks"
        )
    return marked(family.training.read_text("utf-8"), row["messages"], row["tools"])


def _families(options: argparse.Namespace) -> list[Family]:
    if options.all:
        return list(FAMILIES.values())
    if options.model:
        return [family_named(options.model)]
    if options.parser not in parsers():
        raise ConfigError(f"--parser: expected with --template, one of {', '.join(parsers())}")
    read_template(options.template)
    alike = [f for f in FAMILIES.values() if f.parser == options.parser]
    stops = tuple(dict.fromkeys(s for f in alike for s in f.stops)) or ("<|im_end|>",)
    markers = tuple(dict.fromkeys(m for f in alike for m in f.markers))
    name = options.template.stem
    return [Family(name, str(options.template), options.parser, stops, markers)]


def _limit(options: argparse.Namespace) -> Limit | None:
    if options.max_length is None:
        return None
    if options.max_length < 1 or not options.tokenizer:
        raise ConfigError("--max-length: expected 1 or more, and --tokenizer to count with")
    return Limit(options.max_length, counter(options.tokenizer))


def _rows(path: Path) -> Iterator[JsonObject]:
    """Yield rows as trainers read them: OpenAI's as they stand, others brought to that form."""
    for row in read_rows(path):
        value = row.value
        if _is_plain(value):
            yield {"messages": value["messages"], "tools": value.get("tools") or []}
            continue
        dialogue = read_dialogue(value, str(row.line))
        if isinstance(dialogue, Unread):
            raise InputError(f"{path}, line {row.line}: {dialogue.problems[0].text}")
        yield to_row(dialogue.trajectory)


def _is_plain(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("messages"), list):
        return False
    tools = row.get("tools") or []
    return (
        isinstance(tools, list)
        and all(
            isinstance(m, dict)
            and m.get("role") in ("system", "user", "assistant", "tool")
            and isinstance(m.get("content"), str | None)
            and all(_is_call(call) for call in m.get("tool_calls") or ())
            for m in row["messages"]
        )
        and all(isinstance(tool, dict) and "function" in tool for tool in tools)
    )


def _is_call(call: Any) -> bool:
    function = call.get("function") if isinstance(call, dict) else None
    return isinstance(function, dict) and {"name", "arguments"} <= function.keys()
