from functools import cache
from pathlib import Path

import pytest

from benchmarks.detection import detection
from benchmarks.detection.defects_claims import wordings
from benchmarks.detection.detection import (
    DEFECTS,
    Planted,
    errors,
    measure_clean,
    measure_held_out,
    measure_planted,
    variants,
    wilson,
)
from benchmarks.detection.expert_detection import ask_all, expert_report
from benchmarks.detection.planted_defects import hand_written, judged_right, scripted
from toolace_mt.config import validate_config
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.rules import check

NAMED = [(group, name) for group, kinds in DEFECTS.items() for name in kinds]
# Unsure by nature, so that the rules often only warn: a user may well speak of a sub-task.
WARNED_ONLY = {"making mentioned"}


@cache
def made_here() -> tuple[Trajectory, ...]:
    return (*hand_written(), *scripted(6))


@cache
def dialogues() -> tuple[Trajectory, ...]:
    return (*made_here(), *judged_right()[::4])


@cache
def measured() -> dict[str, dict[str, Planted]]:
    return measure_planted(made_here(), 2, seed=0)


def rate(group: str) -> float:
    planted = measured()[group].values()
    return sum(p.found for p in planted) / sum(p.count for p in planted)


def test_there_are_kinds_enough_and_no_name_stands_twice():
    assert len({name for _, name in NAMED}) == len(NAMED) >= 25


@pytest.mark.parametrize(("group", "name"), NAMED)
def test_every_defect_is_planted_and_changes_the_dialogue(group: str, name: str):
    planted = [
        (trajectory, spoiled)
        for trajectory in dialogues()
        for spoiled in variants(trajectory, group, name, 2, seed=0)
    ]
    assert planted
    for trajectory, spoiled in planted:
        assert (spoiled.turns, spoiled.task) != (trajectory.turns, trajectory.task)
        assert spoiled.tools == trajectory.tools


def test_the_same_seed_plants_the_same_defects():
    trajectory = dialogues()[0]
    for group, name in NAMED:
        first = list(variants(trajectory, group, name, 3, seed=1))
        assert first == list(variants(trajectory, group, name, 3, seed=1))


def test_planting_leaves_the_good_dialogue_as_it_was():
    for trajectory, fresh in zip(hand_written(), hand_written(), strict=True):
        for group, name in NAMED:
            list(variants(trajectory, group, name, 1, seed=0))
        assert trajectory == fresh


def test_good_dialogues_written_by_hand_have_no_errors():
    assert [errors(check(trajectory)) for trajectory in hand_written()] == [[]] * 7


def test_false_alarms_are_rare():
    clean = measure_clean(dialogues())
    assert clean.dialogues == len(dialogues())
    assert clean.calls > 50
    assert clean.blamed[""] <= 0.02 * clean.calls
    assert clean.rejected[""] <= 0.02 * clean.dialogues


@pytest.mark.parametrize(
    ("group", "least"),
    [
        *(("structure", 0.9), ("schema", 0.99), ("provenance", 0.95), ("plan", 0.95)),
        *(("names", 0.8), ("language", 0.8), ("calls as text", 0.95), ("claims", 0.8)),
    ],
)
def test_the_rules_find_what_was_planted(group: str, least: float):
    assert rate(group) >= least


def test_what_is_arguable_in_the_structure_is_at_least_warned_about():
    planted = list(measured()["structure"].values())
    assert sum(p.found + p.warned for p in planted) >= 0.99 * sum(p.count for p in planted) > 0


def test_held_out_wordings_are_found_as_well_and_named_nowhere():
    held = measure_held_out(dialogues(), 2, seed=0)
    assert held.found >= 0.8 * held.count > 0
    assert not held.by
    for kind in ("calls", "successes", "nothing", "something", "refusals"):
        shown, hidden = wordings(kind, held=False), wordings(kind, held=True)
        assert not set(shown) & set(hidden)
        assert abs(len(shown) - len(hidden)) <= 1


def test_planting_knows_nothing_of_the_rules():
    folder = Path(detection.__file__).parent
    for path in (*folder.glob("defects_*.py"), folder / "planting.py"):
        assert "verification.rules" not in path.read_text("utf-8"), path.name


@pytest.mark.parametrize("name", sorted(WARNED_ONLY))
def test_what_is_unsure_is_at_least_warned_about(name: str):
    planted = next(kinds[name] for kinds in measured().values() if name in kinds)
    assert planted.found + planted.warned >= 0.6 * planted.count > 0


def test_dialogues_with_errors_count_as_false_rejects_and_get_no_defects():
    good = hand_written()[0]
    (bad,) = list(variants(good, "structure", "starts with the assistant", 1, seed=0))
    clean = measure_clean([good, bad])
    assert (clean.dialogues, clean.rejected[""], clean.rejected["alternation"]) == (2, 1, 1)
    results = measure_planted([bad], 1, seed=0)
    assert sum(planted.count for kinds in results.values() for planted in kinds.values()) == 0


def test_wilson_intervals():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-3)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)


@pytest.mark.parametrize(("flawed", "failing"), [(0.0, 0), (1.0, 7)])
async def test_experts_are_asked_about_good_and_spoiled_dialogues(flawed: float, failing: int):
    settings = {"run_dir": "unused", "engine": {"kind": "scripted", "flawed": flawed}}
    config = validate_config(settings, "test")
    clean, found = await ask_all(hand_written(), config, samples=1, seed=0)
    assert clean.count == 7
    assert clean.rejected == (7 if flawed else 0)
    assert len(clean.failed) == failing
    told = found["schema"]["unknown tool"]
    assert (told.count, told.rejected) == (1, bool(flawed))


def test_the_report_on_experts_has_a_line_for_all_defects_of_a_group():
    settings = {"run_dir": "unused", "engine": {"kind": "scripted", "flawed": 1.0}}
    report = expert_report(hand_written(), validate_config(settings, "test"), samples=1, seed=0)
    lines = report.splitlines()
    assert lines[0] == "## scripted"
    assert any(line.startswith("| **good** | 7 | 100.0%") for line in lines)
    for group, kinds in DEFECTS.items():
        at = next(i for i, line in enumerate(lines) if line.startswith(f"| **{group}** |"))
        listed = [line.split("|") for line in lines[at + 1 : at + 1 + len(kinds)]]
        assert [cells[1].strip() for cells in listed] == list(kinds)
        assert lines[at].split("|")[3].strip().startswith("100.0%")
        assert int(lines[at].split("|")[2]) == sum(int(cells[2]) for cells in listed)
