"""Writes the page: figures, an index of all dialogues, and the dialogues in packed blocks.

- A browser decodes the index when it opens the page, and a block of dialogues only when one of them
  is wanted, so that large pages open fast.
- Texts of models and tools reach the page as data alone: packed, in base64, and shown through
  `textContent`.
- The content security policy admits only the page's own program and style, by their hashes, and
  nothing from any address.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from toolace_mt.dataset.selection import why
from toolace_mt.errors import InputError
from toolace_mt.report.html.entries import entries
from toolace_mt.report.html.run_facts import run_figures
from toolace_mt.report.html.summary import Summary
from toolace_mt.trajectory import JsonObject

T = TypeVar("T")

BLOCK = 64  # dialogues packed together
_PROGRAM = (
    *("dom.js", "bars.js", "figures.js", "list.js"),
    *("marks.js", "dialogue.js", "history.js", "start.js"),
)
_CHOICES = {
    "source": "source",
    "outcome": "outcome",
    "kind": "injection",
    "domain": "domain",
    "check": "finding",
    "way": "how an argument is found",
    "language": "language",
    "row": "left out of the dataset",
}
_PREVIEW = 140  # characters of the first request that the list shows
_SEARCHED = 500  # searchable characters of a dialogue's requests and tools


def write_report(paths: Sequence[Path], out: Path) -> int:
    """Write a report on runs' directories, files or datasets to `out`; return how many dialogues.

    Several sources stand side by side. Memory holds one block of dialogues and the index. Raises
    InputError if a source has no dialogue, two have the same name, or `out` cannot be written.
    """
    names = [path.resolve().stem for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    sources = {name: _begun(entries(path)) for name, path in zip(names, paths, strict=True)}
    facts = {name: run_figures(path) for name, path in zip(names, paths, strict=True)}
    try:
        with out.open("w", encoding="utf-8") as file:
            return _write(file, sources, facts)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error


def _begun(found: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Return the entries after reading the first, so that a missing source raises at once."""
    return chain([next(found)], found)


def _write(
    file: IO[str], sources: dict[str, Iterator[JsonObject]], facts: dict[str, JsonObject]
) -> int:
    program, style = "".join(map(_asset, _PROGRAM)), _asset("report.css")
    environment = Environment(
        loader=PackageLoader("toolace_mt.report.html", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    head, _, tail = (
        environment.get_template("report.html.j2")
        .render(
            title=" / ".join(sources),
            choices=_CHOICES.items(),
            style=style,
            program=program,
            hashes=_hashes(style, program),
        )
        .partition("<!-- data -->")
    )
    file.write(head)
    summaries, index = {name: Summary() for name in sources}, _Index()
    every = ((name, entry) for name, found in sources.items() for entry in found)
    for number, block in enumerate(_blocks(every)):
        for name, entry in block:
            summaries[name].add(entry)
            index.add(name, entry)
        file.write(_data(f"block-{number}", [entry for _, entry in block]))
    file.write(_data("index", {"block": BLOCK, **index.columns}))
    figures = [(name, made.figures() | {"run": facts[name]}) for name, made in summaries.items()]
    file.write(_data("figures", figures))
    file.write(tail)
    return len(index.columns["id"])


def _blocks(found: Iterator[T]) -> Iterator[list[T]]:
    while block := list(islice(found, BLOCK)):
        yield block


class _Index:
    """The columns of the list of dialogues: what it shows, filters and searches."""

    def __init__(self) -> None:
        names = (
            *("source", "id", "outcome", "turns", "calls", "kinds", "domains", "checks"),
            *("ways", "languages", "rows", "preview", "text"),
        )
        self.columns: dict[str, list[Any]] = {name: [] for name in names}

    def add(self, source: str, entry: JsonObject) -> None:
        """Add a row for one dialogue of a source."""
        messages = [m for m in entry["messages"] if isinstance(m, dict)]
        said = [str(m.get("content") or "") for m in messages if m.get("role") == "user"]
        calls = [str(c.get("function", c).get("name")) for m in messages for c in _calls(m)]
        searched = " ".join([entry["id"], *dict.fromkeys(calls), *said])
        errors = sorted({f["check"] for f in entry["findings"] if f["severity"] == "error"})
        row = {
            "source": source,
            "id": entry["id"],
            "outcome": entry["outcome"],
            "turns": max(entry["turn_of_message"], default=-1) + 1,
            "calls": len(calls),
            "kinds": sorted(set(entry["injections"])),
            "domains": entry["domains"],
            "checks": errors,
            "ways": sorted({origin["way"] for origin in entry["origins"] if "way" in origin}),
            "languages": [entry["language"]] if entry["language"] else [],
            "rows": sorted(why({"": entry["left_out"]})) if entry["left_out"] else [],
            "preview": (said[0] if said else entry["failure"])[:_PREVIEW],
            "text": searched[:_SEARCHED].lower(),
        }
        for name, value in row.items():
            self.columns[name].append(value)


def _calls(message: JsonObject) -> list[JsonObject]:
    return [call for call in message.get("tool_calls") or () if isinstance(call, dict)]


def _data(name: str, value: Any) -> str:
    """Return an HTML element with the value packed in it; base64 has no markup characters."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    packed = gzip.compress(text.encode("utf-8", "surrogatepass"), 6, mtime=0)
    encoded = base64.b64encode(packed).decode("ascii")
    return f'<script type="application/gzip" id="{name}">{encoded}</script>\n'


def _asset(name: str) -> str:
    return (files("toolace_mt.report.html") / "assets" / name).read_text("utf-8")


def _hashes(style: str, program: str) -> dict[str, str]:
    """Return the hashes of style and program, for the content security policy."""
    return {
        name: "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for name, text in (("style", style), ("program", program))
    }
