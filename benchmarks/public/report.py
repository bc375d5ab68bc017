"""Reports what the rules find in public dialogues of other projects.

    python -m benchmarks.public.report DIR [--places N] [--most N] [--out docs/public_dialogues.md]

`DIR` holds what `dialogues.py` has converted. Errors about calls were judged by reading the
dialogues. `judged.json` says which are right (the published call is wrong) and why, by source, rule
and a pattern in the finding. An error that was not judged counts as a false alarm.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.detection.detection import errors, measure_planted, rate
from benchmarks.detection.planted_defects import of_file
from benchmarks.public.dialogues import SOURCES
from toolace_mt.trajectory import Finding, Trajectory
from toolace_mt.verification.rules import check

JUDGED = Path(__file__).with_name("judged.json")
SCHEMA = frozenset(("schema", "unknown_tool", "call_format"))
_ABOUT = (
    "Written by `benchmarks/public/report.py`; do not edit. The data are not part of this"
    " repository; `benchmarks/public/dialogues.py` converts them from clones. Made on {}, by the"
    " code of that day."
)
_ABOUT_CALLS = (
    "A call is *wrong* if an error about it was judged right on reading the dialogue (the reasons"
    " are below; this project has judged, not the authors of the data); *valid calls* fit their"
    " tool's definition. Of the last two sources only definitions are checked: they have neither"
    " outputs nor replies. In brackets: 95% intervals (Wilson)."
)
GROUPS = ("structure", "schema", "provenance", "text", "names", "language")


@dataclass(slots=True)
class Measured:
    """Calls of one source: how many have errors, by kind of rule and by who is right.

    `schema_right` are calls that do not fit their tool's definition, `schema_false` calls that do
    and are blamed all the same; `right` and `false` the same for all rules. `reasons` counts calls
    by what was judged.
    """

    dialogues: int = 0
    accepted: int = 0
    calls: int = 0
    schema_right: int = 0
    schema_false: int = 0
    right: int = 0
    false: int = 0
    reasons: Counter[tuple[str, bool, str]] = field(default_factory=Counter)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--places", type=int, default=2, help="places per defect and dialogue")
    parser.add_argument("--most", type=int, default=100, help="good dialogues with defects each")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    text = report(options.folder, options.places, options.most)
    print(text)
    if options.out:
        options.out.write_text(text, "utf-8")


def report(folder: Path, places: int, most: int) -> str:
    """Measure every source that is there and return the page."""
    there = [name for name in SOURCES if (folder / f"{name}.jsonl").exists()]
    dialogues = {name: list(of_file(folder / f"{name}.jsonl")) for name in there}
    measured = {
        name: measure(name, made, schema_only=not SOURCES[name].replies)
        for name, made in dialogues.items()
    }
    whole = {name: made for name, made in dialogues.items() if SOURCES[name].replies}
    parts = (
        f"# Public dialogues\n\n{_ABOUT.format(date.today())}",
        _sources(there),
        f"## Calls\n\n{_ABOUT_CALLS}",
        _calls(measured),
        f"## Planted defects\n\nIn up to {most} dialogues of each source that the rules accept,"
        f" {places} places per defect: share of planted defects found (reported as errors).",
        _planted(whole, places, most),
        "## What was found in the calls as published",
        _reasons(measured),
    )
    return "\n\n".join(parts) + "\n"


def measure(source: str, dialogues: Iterable[Trajectory], *, schema_only: bool) -> Measured:
    """Apply the rules to dialogues as published and compare with what was judged by a person."""
    judged = [j for j in json.loads(JUDGED.read_text("utf-8")) if j["source"] in ("*", source)]
    result = Measured()
    for trajectory in dialogues:
        found = errors(check(trajectory))
        result.dialogues += 1
        result.accepted += not found
        about: dict[tuple[int, str], list[Finding]] = {}
        for finding in found:
            if not schema_only or finding.check in SCHEMA:
                about.setdefault((finding.turn, finding.path.split(".")[0]), []).append(finding)
        for index, turn in enumerate(trajectory.turns):
            for position in range(len(turn.calls)):
                _count(result, about.get((index, f"calls[{position}]"), []), judged)
    return result


def _count(result: Measured, found: list[Finding], judged: list[dict[str, Any]]) -> None:
    result.calls += 1
    verdicts = {(finding.check, *_verdict(finding, judged)) for finding in found}
    result.reasons.update(verdicts)
    schema = [right for name, right, _ in verdicts if name in SCHEMA]
    result.schema_right += any(schema)
    result.schema_false += bool(schema) and not any(schema)
    result.right += any(right for _, right, _ in verdicts)
    result.false += bool(verdicts) and not any(right for _, right, _ in verdicts)


def _verdict(finding: Finding, judged: list[dict[str, Any]]) -> tuple[bool, str]:
    for entry in judged:
        if entry["check"] == finding.check and re.search(entry["message"], finding.message):
            return entry["right"], entry["why"]
    return False, "not judged"


def _sources(names: list[str]) -> str:
    lines = ["| source | repository, commit | licence | what it is |", "|---|---|---|---|"]
    for name in names:
        source = SOURCES[name]
        place = f"{source.repository}@{source.commit[:10]}, `{source.path}`"
        lines.append(f"| {name} | {place} | {source.licence} | {source.what} |")
    return "\n".join(lines)


def _calls(measured: dict[str, Measured]) -> str:
    lines = [
        "| source | dialogues | calls | wrong calls | valid calls that pass the schema rules"
        " | false alarms on calls that are not wrong |",
        "|---|---:|---:|---:|---|---|",
    ]
    for name, m in measured.items():
        valid, clean = m.calls - m.schema_right, m.calls - m.right
        passed = rate(valid - m.schema_false, valid)
        cells = (m.dialogues, m.calls, m.right, passed, rate(m.false, clean))
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _planted(dialogues: dict[str, list[Trajectory]], places: int, most: int) -> str:
    lines = [f"| source | {' | '.join(GROUPS)} |", "|---|" + "---|" * len(GROUPS)]
    found, planted = Counter[str](), Counter[str]()
    for name, made in dialogues.items():
        good = islice((t for t in made if not errors(check(t))), most)
        results = measure_planted(good, places, seed=0)
        here = {group: sum(p.found for p in results[group].values()) for group in GROUPS}
        counts = {group: sum(p.count for p in results[group].values()) for group in GROUPS}
        found.update(here)
        planted.update(counts)
        cells = (rate(here[group], counts[group]) for group in GROUPS)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    cells = (rate(found[group], planted[group]) for group in GROUPS)
    return "\n".join([*lines, f"| **together** | {' | '.join(cells)} |"])


def _reasons(measured: dict[str, Measured]) -> str:
    lines = ["| source | rule | calls | judged | why |", "|---|---|---:|---|---|"]
    for name, m in measured.items():
        for (rule, right, why), count in m.reasons.most_common():
            judged = "right" if right else "false alarm"
            lines.append(f"| {name} | {rule} | {count} | {judged} | {why} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
