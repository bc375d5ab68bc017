"""Counts what the rules report on good dialogues, and on good dialogues with a planted defect."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.detection.defects_calls import CALLS
from benchmarks.detection.defects_claims import CLAIMS, HELD_OUT
from benchmarks.detection.defects_form import FORM
from benchmarks.detection.defects_meaning import MEANING
from benchmarks.detection.defects_plan import PLAN
from benchmarks.detection.planting import Defects
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import Finding, Trajectory
from toolace_mt.verification.rules import check

DEFECTS: Defects = {**FORM, **CALLS, **MEANING, **PLAN, **CLAIMS}
HALVED = frozenset(MEANING)
"""Groups of which the reports show one half; nobody looks at the other but a test."""


@dataclass(slots=True)
class Planted:
    """How often a defect was planted, found (an error) or only warned about, and by which rules."""

    count: int = 0
    found: int = 0
    warned: int = 0
    by: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Clean:
    """What the rules say about dialogues as they stand: dialogues and calls with an error, by rule.

    `""` counts those with an error of any rule.
    """

    dialogues: int = 0
    calls: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    blamed: Counter[str] = field(default_factory=Counter)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that reject."""
    return [finding for finding in findings if finding.severity == "error"]


def measure_clean(dialogues: Iterable[Trajectory]) -> Clean:
    """Apply the rules to dialogues as they stand."""
    clean = Clean()
    for trajectory in dialogues:
        found = errors(check(trajectory))
        clean.dialogues += 1
        clean.rejected.update({finding.check for finding in found} | ({""} if found else set()))
        for index, turn in enumerate(trajectory.turns):
            for position in range(len(turn.calls)):
                clean.calls += 1
                here = {f.check for f in found if _about(f, index, position)}
                clean.blamed.update(here | ({""} if here else set()))
    return clean


def _about(finding: Finding, turn: int, position: int) -> bool:
    return finding.turn == turn and finding.path.startswith(f"calls[{position}]")


def measure_planted(
    dialogues: Iterable[Trajectory],
    places: int,
    seed: int,
    defects: Defects = DEFECTS,
    *,
    held_back: bool = False,
) -> dict[str, dict[str, Planted]]:
    """Plant every defect at several places of each dialogue; those with errors are left out.

    Of groups in `HALVED`, half of the dialogues are held back: only a test measures them, and no
    report shows the figures. `held_back` measures these alone.
    """
    groups = {g: kinds for g, kinds in defects.items() if g in HALVED or not held_back}
    results = {group: {name: Planted() for name in kinds} for group, kinds in groups.items()}
    for trajectory in dialogues:
        before = check(trajectory)
        if errors(before):
            continue
        warned = Counter(finding.check for finding in before)
        for group, kinds in groups.items():
            if group in HALVED and is_held_back(trajectory) != held_back:
                continue
            for name in kinds:
                for spoiled in variants(trajectory, group, name, places, seed, defects):
                    _record(results[group][name], check(spoiled), warned)
    return results


def is_held_back(trajectory: Trajectory) -> bool:
    """Tell whether a dialogue is in the half whose figures no report shows."""
    return derive_random("held back", trajectory.id).random() < 0.5


def measure_held_out(dialogues: Iterable[Trajectory], places: int, seed: int) -> Planted:
    """Measure the wordings that are held out: all kinds as one, so that no report tells them."""
    together = Planted()
    for kinds in measure_planted(dialogues, places, seed, HELD_OUT).values():
        for planted in kinds.values():
            together.count += planted.count
            together.found += planted.found
            together.warned += planted.warned
    return together


def variants(
    trajectory: Trajectory,
    group: str,
    name: str,
    places: int,
    seed: int,
    defects: Defects = DEFECTS,
) -> Iterator[Trajectory]:
    """Yield a dialogue with a defect at different places, at most `places` of them."""
    plant, seen = defects[group][name], [(trajectory.turns, trajectory.task)]
    for place in range(places):
        spoiled = plant(trajectory, derive_random("plant", seed, trajectory.id, name, place))
        if spoiled is not None and (spoiled.turns, spoiled.task) not in seen:
            seen.append((spoiled.turns, spoiled.task))
            yield spoiled


def _record(planted: Planted, findings: tuple[Finding, ...], warned: Counter[str]) -> None:
    wrong = list(dict.fromkeys(finding.check for finding in errors(findings)))
    planted.count += 1
    planted.found += bool(wrong)
    planted.warned += not wrong and bool(Counter(f.check for f in findings) - warned)
    planted.by.update(wrong)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the bounds of the Wilson score interval, 95%; (0, 1) for no trial at all."""
    if count == 0:
        return 0.0, 1.0
    z = 1.959964
    share, of = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / of
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / of
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(hits: int, count: int) -> str:
    """Return a rate as the tables show it."""
    if count == 0:
        return "–"
    low, high = wilson(hits, count)
    return f"{hits / count:.1%} [{low:.1%}, {high:.1%}]"
