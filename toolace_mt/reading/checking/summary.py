"""Counts and examples of a file's results, and their report for a terminal."""

import re
from collections import Counter
from dataclasses import dataclass, field

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from toolace_mt.reading.checking.verdicts import UNREADABLE
from toolace_mt.trajectory import JsonObject

_MOST_SHOWN = 5
_MOST_KEPT = 1000  # different reasons: every row of a file may have its own
_SPECIFIC = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")


@dataclass(slots=True)
class Summary:
    """Counts of dialogues and findings.

    - `rejected` includes the `unreadable`. `undecided` comes from experts alone. `warned` have
      warnings and no error. `unwritten` rows are in neither of the written halves.
    - `found` counts findings and `dialogues_with` dialogues, by check and severity.
    - `reasons` counts why rows were unreadable, `set_aside` rows by what of them was not checked.
    - `examples` has the first of each kind.
    """

    dialogues: int = 0
    rejected: int = 0
    unreadable: int = 0
    undecided: int = 0
    warned: int = 0
    unwritten: int = 0
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    dialogues_with: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """Dialogues without an error."""
        return self.dialogues - self.rejected - self.undecided

    def add(self, result: JsonObject) -> None:
        """Count one result."""
        found = result["findings"]
        kinds = Counter((one["check"], one["severity"]) for one in found)
        unreadable = (UNREADABLE, "error") in kinds
        self.dialogues += 1
        self.rejected += result["outcome"] == "rejected"
        self.undecided += result["outcome"] == "undecided"
        self.unreadable += unreadable
        self.warned += bool(kinds) and all(severity == "warning" for _, severity in kinds)
        self.found += kinds
        self.dialogues_with.update(kinds.keys())
        for one in found:
            kind = (one["check"], one["severity"])
            if kind not in self.examples:
                self.examples[kind] = f"{_place(result, one['message_index'])}: {one['message']}"
        if unreadable:
            self._count(self.reasons, found[0]["message"], result, found[0]["message_index"])
        for text in dict.fromkeys(note["what"] for note in result.get("set_aside", ())):
            self._count(self.set_aside, text, result, -1)

    def _count(self, counts: Counter[str], text: str, result: JsonObject, message: int) -> None:
        """Count a text; for `reasons`, texts that differ only in names and numbers are one."""
        kind = _SPECIFIC.sub("…", text) if counts is self.reasons else text
        if kind in counts or len(counts) < _MOST_KEPT:
            counts[kind] += 1
            self.examples.setdefault(("", kind), f"{_place(result, message)}: {text}")


def report(summary: Summary) -> RenderableType:
    """Return the summary for a Rich console: totals, a table of checks, examples.

    Text from the file is shown without control characters.
    """
    line = f"{summary.dialogues:,} dialogues: {summary.accepted:,} accepted,"
    line += f" {summary.rejected:,} rejected ({summary.unreadable:,} of them unreadable)"
    if summary.undecided:
        line += f", {summary.undecided:,} undecided"
    parts: list[RenderableType] = [Text(line)]
    if summary.found:
        parts += [_table(summary), Text(_costs(summary))]
        shown = [(k, n) for k, n in summary.found.most_common() if k[0] != UNREADABLE]
        if shown:
            parts.append(Text("\nmost frequent findings, each with its first example"))
        for (name, severity), count in shown[:_MOST_SHOWN]:
            example = summary.examples[name, severity]
            parts.append(_line(f"  {name} ({severity}, {count:,}): {example}"))
    parts += _counted(summary, summary.reasons, "\nunreadable because")
    parts += _counted(summary, summary.set_aside, "\nset aside, not checked")
    if summary.unwritten:
        parts.append(Text(f"{summary.unwritten:,} rows could not be held: they are in no half"))
    return Group(*parts)


def _table(summary: Summary) -> Table:
    table = Table("check", "severity", box=box.SIMPLE_HEAD)
    for column in ("findings", "dialogues"):
        table.add_column(column, justify="right")
    for (name, severity), count in summary.found.most_common():
        table.add_row(name, severity, f"{count:,}", f"{summary.dialogues_with[name, severity]:,}")
    return table


def _costs(summary: Summary) -> str:
    """Return how many rows would be lost by rejecting errors, and by rejecting warnings too."""
    both = summary.rejected + summary.warned
    costs = [(summary.rejected, "errors"), (both, "errors and warnings")]
    told = [f"{what} cost {n:,} ({n / summary.dialogues:.1%})" for n, what in costs]
    return f"of {summary.dialogues:,} rows, {'; '.join(told)}"


def _counted(summary: Summary, counts: Counter[str], title: str) -> list[RenderableType]:
    lines: list[RenderableType] = [Text(title)] if counts else []
    for kind, count in counts.most_common(_MOST_SHOWN):
        lines.append(_line(f"  {count:,} rows, such as {summary.examples['', kind]}"))
    if len(counts) > _MOST_SHOWN:
        lines.append(Text(f"  and {len(counts) - _MOST_SHOWN:,} other reasons"))
    return lines


def _place(result: JsonObject, message: int) -> str:
    split = f"{result['split']} " if result.get("split") else ""
    where = f", message {message}" if message >= 0 else ""
    return f"{split}line {result['line']}{where}"


def _line(text: str) -> Text:
    text = "".join(char if char.isprintable() else " " for char in text)
    return Text(text if len(text) <= 300 else f"{text[:299]}…")
