import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.refinement.injections import KINDS
from toolace_mt.refinement.mask import choose_masks, maskable
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

TURNS = [
    Turn("user", "Hi"),
    Turn("assistant", calls=(ToolCall("a", "f", {}),)),
    Turn("tool", outputs=(ToolOutput("a", 1),)),
    Turn("assistant", "Done"),
]


def test_drawn_values_are_not_masked() -> None:
    assert maskable(TURNS, values=False) == (0, 3)
    assert maskable(TURNS, values=True) == (0, 1, 2, 3)


def test_a_turn_without_a_text_has_nothing_to_write_anew() -> None:
    assert maskable([Turn("user"), Turn("user", "Hi")], values=True) == (1,)


def test_calls_made_to_fail_and_their_errors_stay_and_what_is_said_of_them_may_change() -> None:
    failed = [replace(turn, injection="error_simulation") for turn in TURNS]
    assert maskable(failed, values=True) == (0, 3)
    asked = [replace(turn, injection="clarification") for turn in TURNS]
    assert maskable(asked, values=True) == (0, 1, 2, 3)


def test_texts_that_an_injection_has_fixed_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = replace(KINDS["non_fc"], fixed=frozenset({"texts"}))
    monkeypatch.setitem(KINDS, "non_fc", fixed)
    chat = [replace(turn, injection="non_fc") for turn in TURNS]
    assert maskable(chat, values=True) == (1, 2)
    assert maskable(chat, values=False) == ()


def test_every_other_turn_may_be_masked() -> None:
    turns = [Turn("user", str(number)) for number in range(5)]
    drawn = {choose_masks(turns, range(5), 3, 0.3, random.Random(seed)) for seed in range(50)}
    assert (0, 2, 4) in drawn


@given(st.integers(0, 999), st.integers(1, 6), st.lists(st.integers(0, 4), min_size=9, max_size=9))
def test_masks_are_never_adjacent_and_never_too_many(
    seed: int, most: int, selected: list[int]
) -> None:
    turns = [Turn("user", "x", selected=count) for count in selected]
    masks = choose_masks(turns, range(9), most, 0.3, random.Random(seed))
    assert 1 <= len(masks) <= most
    assert all(later - earlier > 1 for earlier, later in itertools.pairwise(masks))


def test_a_turn_selected_before_is_drawn_less_often() -> None:
    turns = [Turn("user", "x", selected=2), Turn("assistant", "y"), Turn("user", "z")]
    draws = [choose_masks(turns, (0, 2), 1, 0.3, random.Random(seed)) for seed in range(2000)]
    share = draws.count((0,)) / len(draws)
    assert 0.05 < share < 0.12  # 0.09 / 1.09


def test_findings_come_first() -> None:
    turns = [Turn("user", "x", selected=9), Turn("assistant", "y"), Turn("user", "z")]
    for seed in range(50):
        assert choose_masks(turns, (0, 2), 1, 0.3, random.Random(seed), first={0}) == (0,)
