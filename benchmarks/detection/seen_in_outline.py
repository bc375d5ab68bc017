"""Counts which planted defects that the rules miss still show in the outline that experts read.

    python -m benchmarks.detection.seen_in_outline [--scripted N] [--places N] [--seed N]
                                                   [--out FILE]

With `verification.context: texts` experts read an outline. What it leaves out they cannot object
to. A defect shows in it if the outline of the spoilt dialogue is another than that of the good one.
The report is the section `outline` of the file at `--out` (docs/expert_detection.md).
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detection.detection import DEFECTS, HALVED, errors, is_held_back, rate, variants
from benchmarks.detection.planted_defects import hand_written, judged_right, scripted
from benchmarks.results import replace_section
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.outline import outline
from toolace_mt.verification.rules import check


@dataclass(slots=True)
class Missed:
    """How often a defect was planted, missed by the rules, and of these showed in the outline."""

    count: int = 0
    missed: int = 0
    shown: int = 0

    def __add__(self, other: "Missed") -> "Missed":
        return Missed(
            self.count + other.count, self.missed + other.missed, self.shown + other.shown
        )


def measure(
    dialogues: Iterable[Trajectory], places: int, seed: int
) -> dict[str, dict[str, Missed]]:
    """Plant every defect at several places of each dialogue without errors.

    Dialogues whose figures no report shows are left out (`HALVED`).
    """
    results = {group: {name: Missed() for name in kinds} for group, kinds in DEFECTS.items()}
    for trajectory in dialogues:
        if errors(check(trajectory)):
            continue
        whole = outline(trajectory)
        for group, kinds in results.items():
            if group in HALVED and is_held_back(trajectory):
                continue
            for name, missed in kinds.items():
                for spoiled in variants(trajectory, group, name, places, seed):
                    missed.count += 1
                    if not errors(check(spoiled)):
                        missed.missed += 1
                        missed.shown += outline(spoiled) != whole
    return results


def report(results: dict[str, dict[str, Missed]]) -> str:
    """Return the table of the groups, and of every defect that the outline may hide."""
    lines = [
        "## What an outline still shows\n",
        "With `verification.context: texts` experts read an outline of the dialogue. Of the planted"
        " defects that no rule finds, it shows these (dialogues of the tests, judged ones, and"
        " those of the scripted engine); the others an expert can no longer object to.\n",
        "| defects | planted | missed by the rules | of these, shown |",
        "|---|---:|---:|---|",
    ]
    everything = sum((m for kinds in results.values() for m in kinds.values()), Missed())
    lines.append(_line("**all**", everything))
    for group, kinds in results.items():
        whole = sum(kinds.values(), Missed())
        if whole.missed:
            lines.append(_line(f"**{group}**", whole))
            lines += [_line(name, m) for name, m in kinds.items() if m.shown < m.missed]
    return "\n".join(lines) + "\n"


def _line(name: str, missed: Missed) -> str:
    return f"| {name} | {missed.count} | {missed.missed} | {rate(missed.shown, missed.missed)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scripted", type=int, default=60, help="dialogues of the scripted engine")
    parser.add_argument("--places", type=int, default=3, help="places per defect and dialogue")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file for the report")
    options = parser.parse_args()
    dialogues = [*hand_written(), *judged_right(), *scripted(options.scripted, options.seed)]
    text = report(measure(dialogues, options.places, options.seed))
    if options.out:
        replace_section("outline", text, options.out)
    print(text)


if __name__ == "__main__":
    main()
