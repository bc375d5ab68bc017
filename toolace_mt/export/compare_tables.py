"""A comparison as a table in the terminal, as Markdown, and as JSON."""

import json
from dataclasses import asdict
from typing import Any

from rich.table import Table

from toolace_mt.export.compare import Comparison, Measured, Row

_HEADS = ("", "A", "B", "B / A", "paper A", "paper B")


def as_json(comparison: Comparison) -> str:
    """Return everything, figures and their ratios by name, as indented JSON."""
    plain: dict[str, Any] = asdict(comparison)
    plain["rows"] = {row.name: {**asdict(row), "ratio": row.ratio} for row in comparison.rows}
    return json.dumps(plain, indent=1, ensure_ascii=False)


def as_table(comparison: Comparison) -> Table:
    """Return the figures as a table for the terminal; print its title and notes with it."""
    table = Table(title=_title(comparison), caption="\n".join(_notes(comparison)))
    table.caption_justify = "left"
    for head in _HEADS:
        table.add_column(head, justify="right" if head else "left")
    for row in _shown(comparison):
        table.add_row(*_cells(row))
    return table


def as_markdown(comparison: Comparison) -> str:
    """Return the figures and notes as Markdown."""
    lines = [f"**{_title(comparison)}**", ""]
    lines += [_line(_HEADS), "|---|" + "---:|" * (len(_HEADS) - 1)]
    lines += [_line(_cells(row)) for row in _shown(comparison)]
    lines += ["", *(f"- {note}" for note in _notes(comparison))]
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
    """Return a figure with three digits that count, and thousands apart."""
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
        "entropy and distinct-n: accepted dialogues, the same number of words"
        f" ({comparison.a.quality.words:,}) of each"
    )
    notes.append(
        "paper: arXiv 2508.12685, GPT-4o, with its own tools and verifier; for orientation only"
    )
    return notes
