"""Dialogues that people would call right pass, and those with one wrong value do not."""

import pytest
from judged import Judged, judged

from benchmarks.detection.detection import is_held_back, measure_planted
from benchmarks.detection.planted_defects import judged_right
from toolace_mt.verification.rules import check

EVERY = list(judged())
OPEN_RIGHT = [one for one in EVERY if one.right and not one.held_back]


def is_rejected(one: Judged) -> bool:
    return any(finding.severity == "error" for finding in check(one.dialogue))


def rejected(*, right: bool, held_back: bool) -> float:
    some = [one for one in EVERY if one.right == right and one.held_back == held_back]
    return sum(map(is_rejected, some)) / len(some)


def test_there_are_many_of_each() -> None:
    assert len([one for one in EVERY if one.right]) >= 90
    assert len([one for one in EVERY if not one.right]) >= 150
    assert len({one.dialogue.id for one in EVERY}) == len(EVERY)


@pytest.mark.parametrize("one", OPEN_RIGHT, ids=lambda one: one.dialogue.id)
def test_a_right_dialogue_has_no_errors(one: Judged) -> None:
    assert [f.message for f in check(one.dialogue) if f.severity == "error"] == []


def test_most_wrong_values_are_errors() -> None:
    assert rejected(right=False, held_back=False) >= 0.9


def test_what_was_held_back_is_judged_almost_as_well() -> None:
    assert rejected(right=True, held_back=True) <= 0.15
    assert rejected(right=False, held_back=True) >= 0.9


def test_defects_of_meaning_are_found_in_the_half_that_no_report_shows() -> None:
    planted = measure_planted(judged_right(), 1, seed=0, held_back=True)
    assert list(planted) == ["meaning"]
    kinds = planted["meaning"].values()
    count = sum(kind.count for kind in kinds)
    assert count > 20
    assert sum(kind.found for kind in kinds) >= 0.5 * count
    assert {is_held_back(dialogue) for dialogue in judged_right()} == {True, False}
