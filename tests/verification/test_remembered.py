"""What rules remember of a dialogue may never show: a changed one is judged as if seen afresh."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

from dialogues import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.caching import dialogue_cache
from toolace_mt.trajectory import Role, Trajectory, Turn
from toolace_mt.verification import check
from toolace_mt.verification.facts import Facts

WORDS = st.sampled_from(["Oslo", "7714", "2026-05-02", "nothing", "19.5", "Thank you."])
OTHER: dict[str, Callable[[Turn], tuple[Turn, ...]]] = {
    "another role": lambda turn: (replace(turn, role=ROLES[turn.role]),),
    "another sub-task": lambda turn: (replace(turn, subtask=turn.subtask + 1),),
    "a tool made available": lambda turn: (replace(turn, adds=(*turn.adds, "search_flights")),),
    "another id": lambda turn: (
        replace(turn, calls=tuple(replace(call, id=f"{call.id}0") for call in turn.calls)),
    ),
    "a failure": lambda turn: (
        replace(turn, outputs=tuple(replace(o, error=not o.error) for o in turn.outputs)),
    ),
    "no outputs": lambda turn: (replace(turn, outputs=()),),
    "twice": lambda turn: (turn, turn),
    "gone": lambda turn: (),
}
ROLES: dict[Role, Role] = {"user": "tool", "tool": "assistant", "assistant": "user"}
CHANGES = st.tuples(st.integers(0, 30), st.one_of(WORDS, st.sampled_from(sorted(OTHER))))


@given(st.sampled_from(sorted(GOOD)), st.lists(CHANGES, max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_dialogue_changed_turn_by_turn_is_judged_as_if_seen_afresh(
    name: str, changes: list[tuple[int, str]]
) -> None:
    stages = [GOOD[name]()]
    for number, change in changes:
        stages.append(changed(stages[-1], number, change))
    afresh = [check(dialogue) for dialogue in stages]  # outside of a block nothing is remembered
    with dialogue_cache():
        for dialogue, findings in zip(stages, afresh, strict=True):
            assert check(dialogue) == findings
        assert [check(dialogue) for dialogue in stages] == afresh


def test_and_where_only_texts_change_the_calls_are_not_looked_at_again() -> None:
    dialogue = GOOD[sorted(GOOD)[0]]()
    reworded = changed(dialogue, 0, "nothing")
    assert reworded.turns[0].content != dialogue.turns[0].content
    with dialogue_cache():
        calls = Facts(dialogue).calls
        assert Facts(reworded).calls is calls
        assert Facts(changed(dialogue, 0, "another sub-task")).calls is not calls


def changed(dialogue: Trajectory, number: int, change: str) -> Trajectory:
    """Change one turn, by its number."""
    index = number % max(1, len(dialogue.turns))
    before, after = dialogue.turns[:index], dialogue.turns[index + 1 :]
    here = dialogue.turns[index : index + 1]
    make = OTHER.get(change, lambda turn: (said(turn, change),))
    return replace(dialogue, turns=(*before, *chain(*map(make, here)), *after))


def said(turn: Turn, word: str) -> Turn:
    """Add a word to a turn: to its text, or to the outputs and arguments that it has instead."""
    if turn.outputs:
        outputs = tuple(replace(o, content=[o.content, word]) for o in turn.outputs)
        return replace(turn, outputs=outputs)
    if turn.calls:
        calls = tuple(replace(c, arguments={**c.arguments, "extra": word}) for c in turn.calls)
        return replace(turn, calls=calls)
    return replace(turn, content=f"{turn.content} {word}")
