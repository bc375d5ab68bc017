import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.refinement.mask import choose_masks, maskable
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

TURNS = [
    Turn("user", "Hi"),
    Turn("assistant", calls=(ToolCall("a", "f", {}),)),
    Turn("tool", outputs=(ToolOutput("a", 1),)),
    Turn("assistant", "Done"),
]


def test_drawn_values_are_not_masked() -> None:
    assert maskable(TURNS, {"texts"}) == (0, 3)
    assert maskable(TURNS, {"texts", "values"}) == (0, 1, 2, 3)


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
