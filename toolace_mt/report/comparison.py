"""The figures of two runs, as a table for the terminal, as Markdown and as JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from toolace_mt.report.diversity import Quality
from toolace_mt.trajectory import Usage

_HEADS = ("", "A", "B", "B / A", "paper A", "paper B")


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of one run.

    - `usage` sums all dialogues, whatever their outcome. Its `depth` and `critical_seconds` add up
      those of the stages of each dialogue.
    - `engine_seconds` sums the time in which an engine had an open request, `wall_seconds` the
      drivers' time with engines up. Both are None for runs that did not record them.
    - `findings` counts dialogues with an error by check, `failures` those that failed by cause.
    - `called` are the tools that accepted dialogues call, of `pool` tools in all.
    - `quality` is that of up to 1,000 accepted dialogues. `entailment` is None unless an NLI model
      was given.
    """

    run_dir: str
    method: str
    model: str
    planned: int
    outcomes: dict[str, int]
    usage: Usage
    engine_seconds: float | None
    wall_seconds: float | None
    findings: dict[str, int]
    failures: dict[str, int]
    called: frozenset[str]
    pool: int
    quality: Quality
    entailment: float | None

    @property
    def accepted(self) -> int:
        """Number of accepted dialogues."""
        return self.outcomes.get("accepted", 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both runs, None where a run lacks it."""

    name: str
    a: float | None
    b: float | None
    paper_a: float | None = None
    paper_b: float | None = None

    @property
    def ratio(self) -> float | None:
        """The figure of b divided by that of a."""
        return self.b / self.a if self.a and self.b is not None else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both runs, their figures, and the settings in which they differ (`name: a's / b's`)."""

    a: Measured
    b: Measured
    rows: tuple[Row, ...]
    differences: tuple[str, ...]

    def json(self) -> str:
        """Return everything, figures and their ratios by name, as indented JSON."""
        plain: dict[str, Any] = asdict(self)
        for run in ("a", "b"):
            plain[run]["called"] = sorted(plain[run]["called"])
        plain["rows"] = {row.name: {**asdict(row), "ratio": row.ratio} for row in self.rows}
        return json.dumps(plain, indent=1, ensure_ascii=False)

    def table(self) -> Table:
        """Return the figures as a table for the terminal, with notes below it."""
        table = Table(title=_title(self), caption="\n".join(_notes(self)), caption_justify="left")
        for head in _HEADS:
            table.add_column(head, justify="right" if head else "left")
        for row in _shown(self):
            table.add_row(*_cells(row))
        return table

    def markdown(self) -> str:
        """Return the figures and notes as Markdown."""
        lines = [f"**{_title(self)}**", ""]
        lines += [_line(_HEADS), "|---|" + "---:|" * (len(_HEADS) - 1)]
        lines += [_line(_cells(row)) for row in _shown(self)]
        lines += ["", *(f"- {note}" for note in _notes(self))]
        return "\n".join(lines) + "\n"


def _shown(comparison: Comparison) -> list[Row]:
    return [row for row in comparison.rows if row.a is not None or row.b is not None]


def _title(comparison: Comparison) -> str:
    return f"A: {_named(comparison.a)}; B: {_named(comparison.b)}"


def _named(run: Measured) -> str:
    return f"{run.method}, {run.planned} dialogues, {run.model} ({run.run_dir})"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    return (row.name, *map(number, (row.a, row.b)), ratio, *map(number, (row.paper_a, row.paper_b)))


def number(value: float | None) -> str:
    """Return a figure with three significant digits and separators of thousands."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _notes(comparison: Comparison) -> list[str]:
    notes = []
    for letter, run in (("A", comparison.a), ("B", comparison.b)):
        for kind, counts in (("findings", run.findings), ("failures", run.failures)):
            if counts:
                listed = ", ".join(f"{name} {count}" for name, count in counts.items())
                notes.append(f"{letter}, dialogues by {kind}: {listed}")
    notes += [f"differs: {difference}" for difference in comparison.differences]
    notes.append(
        "entropy, distinct-n, self-BLEU: up to 1,000 accepted dialogues, the same number of words"
        f" ({comparison.a.quality.words:,}) of each"
    )
    notes.append(
        "paper: arXiv 2508.12685, GPT-4o, with its own tools and verifier; for orientation only"
    )
    return notes
