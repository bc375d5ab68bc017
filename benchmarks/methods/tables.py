"""Runs of methods as tables: what they cost and make, and how they compare."""

from dataclasses import dataclass
from typing import Any

from benchmarks.methods.play import COLUMNS, Played, added, causes, figures, shown

Row = dict[str, str]
"""Figures as they are shown, by column."""
TARGETS = {
    "accepted / engine-hour": "at least 3.2",
    "engine-seconds": "at most 0.313",
    "critical path (s)": "at most 0.333",
    "calls per accepted": "at most 0.5",
    "pass rate": "above 1",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One run in the log: what was played, and what came of it."""

    engine: str
    name: str
    seed: int
    dialogues: int
    settings: tuple[str, ...]
    played: Played

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other runs."""
        return self.engine, self.name, self.seed, self.dialogues, self.settings


def markdown(entries: list[Entry]) -> str:
    """Return what every method costs and makes, and the presets' ratios to each baseline."""
    runs = by_name(entries)
    rows = {name: row(played) for name, played in runs.items()}
    columns = list(next(iter(rows.values())))
    lines = [*table("", rows, columns), ""]
    baselines = [name for name in rows if name.startswith("baseline")]
    for ours in (name for name in rows if name not in baselines):
        against = {
            name: {column: ratio(rows[ours], rows[name], column) for column in TARGETS}
            for name in baselines
        }
        lines += [*table(f"{ours}, relative to", against | {"aimed at": TARGETS}, [*TARGETS]), ""]
    lines += [*_by_kind(runs), "", "Not accepted, by cause:", ""]
    lines += [f"- {name}: {causes(played)}" for name, played in runs.items()]
    return "\n".join(lines) + "\n"


def by_name(entries: list[Entry]) -> dict[str, list[Played]]:
    """Return what was played, by the name of the runs."""
    runs: dict[str, list[Played]] = {}
    for entry in entries:
        runs.setdefault(entry.name, []).append(entry.played)
    return runs


def _by_kind(runs: dict[str, list[Played]]) -> list[str]:
    lines = ["Calls, uncached prompt tokens and output tokens, by kind of call:", ""]
    for name, played in runs.items():
        total = added(played)
        costs = sorted(total.kinds.items(), key=lambda kind: -kind[1][1])
        told = (
            f"{kind} " + " / ".join(shown(cost / total.planned) for cost in of)
            for kind, of in costs
        )
        lines.append(f"- {name}: {'; '.join(told)}")
    return lines


def row(played: list[Played]) -> Row:
    """Return the figures of the runs of one name, as they are shown, by column."""
    total = added(played)
    cells = {name: shown(value) for name, value in zip(COLUMNS, figures(total), strict=True)}
    per_hour = [figures(each)[COLUMNS.index("accepted / engine-hour")] for each in played]
    if len(played) > 1:
        cells["accepted / engine-hour"] += f" ({shown(min(per_hour))}–{shown(max(per_hour))})"
    cells["pass rate"] = f"{total.accepted / total.planned:.1%}"
    each = shown(total.usage.calls / total.accepted) if total.accepted else "-"
    return cells | {"calls per accepted": each}


def ratio(ours: Row, theirs: Row, column: str) -> str:
    """Return how many times as much stands in a column of ours; "-" where nothing does."""
    above, below = _number(ours[column]), _number(theirs[column])
    return shown(above / below) if above is not None and below else "-"


def _number(cell: str) -> float | None:
    """Return the figure in a cell, as it is shown."""
    text = cell.split(" (")[0].replace(",", "").rstrip("%")
    return None if text == "-" else float(text)


def table(head: str, rows: dict[str, Row], columns: list[str]) -> list[str]:
    """Return the lines of a table; `rows` has the figures of each by column."""
    return [
        f"| {head} | " + " | ".join(columns) + " |",
        "|---|" + "---:|" * len(columns),
        *(
            f"| {name} | " + " | ".join(row[c] for c in columns) + " |"
            for name, row in rows.items()
        ),
    ]
