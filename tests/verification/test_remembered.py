"""What rules remember of a dialogue may never show: a changed one is judged as if seen afresh."""

from copy import deepcopy
from dataclasses import replace

from dialogues import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.trajectory import Trajectory
from toolace_mt.verification import check

WORDS = st.sampled_from(["Oslo", "7714", "2026-05-02", "nothing", "19.5", "Thank you."])


@given(st.sampled_from(sorted(GOOD)), st.lists(st.tuples(st.integers(0, 30), WORDS), max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_dialogue_changed_turn_by_turn_is_judged_as_a_copy_of_it(
    name: str, changes: list[tuple[int, str]]
) -> None:
    dialogue = GOOD[name]()
    for number, word in changes:
        dialogue = said(dialogue, number % len(dialogue.turns), word)
        assert check(dialogue) == check(deepcopy(dialogue))


def said(dialogue: Trajectory, index: int, word: str) -> Trajectory:
    """Add a word to a turn: to its text, or to the outputs and arguments that it has instead."""
    turn = dialogue.turns[index]
    if turn.outputs:
        turn = replace(
            turn, outputs=tuple(replace(o, content=[o.content, word]) for o in turn.outputs)
        )
    elif turn.calls:
        calls = tuple(replace(c, arguments={**c.arguments, "extra": word}) for c in turn.calls)
        turn = replace(turn, calls=calls)
    else:
        turn = replace(turn, content=f"{turn.content} {word}")
    return replace(dialogue, turns=(*dialogue.turns[:index], turn, *dialogue.turns[index + 1 :]))
