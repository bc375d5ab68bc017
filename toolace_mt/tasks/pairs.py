"""Pairs of a right and a wrong assistant turn in the same context.

The right one stands in the dialogue, in which the rules find no error, and nothing at all in that
turn. The wrong one differs in that turn alone. It is the other side of an edit, or has an error
planted; the rules must find an error there, or a judge have preferred the right one in this very
context.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from toolace_mt.refinement.draft import with_turns
from toolace_mt.seeds import derive_random
from toolace_mt.tasks.spoil import PLANTERS, spoil
from toolace_mt.trajectory import Edit, Finding, Trajectory, Turn
from toolace_mt.verification.rules import check

_PER_TURN = 2


class Pair(NamedTuple):
    """A wrong turn for the turn at an index.

    `source` is "edit" or "planted"; `kind` names the error, `path` where in the turn it is, and
    `change` what was changed; `rule` found it, and `why` is what it says ("judge" and its reason
    where a judge decided).
    """

    turn: int
    rejected: Turn
    source: str
    kind: str
    path: str
    change: str
    rule: str
    why: str


def pairs(trajectory: Trajectory, learned: set[int]) -> Iterator[Pair]:
    """Yield the pairs of a dialogue, for turns whose indexes are in `learned` alone."""
    found = check(trajectory)
    if any(finding.severity == "error" for finding in found):
        return
    doubtful = {finding.turn for finding in found}
    sound = learned - doubtful
    yield from _edited(trajectory, sound)
    for index in sorted(sound):
        yield from _planted(trajectory, index)


def _error(trajectory: Trajectory, index: int, turn: Turn) -> Finding | None:
    """Return the error that the rules find with another turn, in that turn or in the plan."""
    errors = [f for f in check(_replaced(trajectory, index, turn)) if f.severity == "error"]
    here = [f for f in errors if f.turn == index] or [f for f in errors if f.side == "plan"]
    return here[0] if here else None


def _replaced(trajectory: Trajectory, index: int, turn: Turn) -> Trajectory:
    """Return the dialogue with another turn; outputs of calls that are gone go, too."""
    changed = with_turns(trajectory, {index: turn})
    if turn.calls and index + 1 < len(trajectory.turns):
        following, made = trajectory.turns[index + 1], {call.id for call in turn.calls}
        outputs = tuple(output for output in following.outputs if output.call_id in made)
        changed = with_turns(changed, {index + 1: replace(following, outputs=outputs)})
    return changed


def _planted(trajectory: Trajectory, index: int) -> Iterator[Pair]:
    turn = trajectory.turns[index]
    rng = derive_random(trajectory.seed, "preferences", index)
    left = _PER_TURN
    for kind in rng.sample(list(PLANTERS), len(PLANTERS)):
        spoiled = spoil(kind, turn, trajectory, rng)
        error = _error(trajectory, index, spoiled.turn) if spoiled else None
        if spoiled and error:
            place = (kind, spoiled.path, spoiled.change)
            yield Pair(index, spoiled.turn, "planted", *place, error.check, error.message)
            left -= 1
        if not left:
            return


def _edited(trajectory: Trajectory, sound: set[int]) -> Iterator[Pair]:
    for number, edit in enumerate(trajectory.edits):
        later = trajectory.edits[number + 1 :]
        lost = edit.before if edit.judgement.adopted else edit.after
        if edit.kind != "refinement" or len(edit.before) != len(edit.after):
            continue
        for was, turn in zip(edit.turns, lost, strict=False):
            index = _now(was, later)
            if index in sound and index is not None and turn.is_action:
                pair = _pair(trajectory, index, turn, edit, later)
                if pair:
                    yield pair


def _pair(
    trajectory: Trajectory, index: int, turn: Turn, edit: Edit, later: tuple[Edit, ...]
) -> Pair | None:
    kept = trajectory.turns[index]
    if _same(turn, kept) or [c.id for c in turn.calls] != [c.id for c in kept.calls]:
        return None
    place = (edit.kind, "calls" if turn.calls != kept.calls else "content", "written anew")
    error = _error(trajectory, index, turn)
    if error:
        return Pair(index, turn, "edit", *place, error.check, error.message)
    won = edit.after if edit.judgement.adopted else edit.before
    judged = edit.judgement.choice in ("new", "old") and len(won) == 1
    if judged and _same(won[0], kept) and not _touched(index, later):
        return Pair(index, turn, "edit", *place, "judge", edit.judgement.reason)
    return None


def _same(one: Turn, other: Turn) -> bool:
    return (one.role, one.content, one.calls) == (other.role, other.content, other.calls)


def _now(index: int, later: tuple[Edit, ...]) -> int | None:
    """Return where a turn is now that was at an index before later edits, None if it is gone."""
    for edit in later:
        if edit.judgement.adopted and edit.kind != "refinement" and edit.turns:
            start, more = edit.turns[0], len(edit.after) - len(edit.before)
            if start <= index < start + len(edit.before):
                return None
            index += more if index >= start else 0
    return index


def _touched(index: int, later: tuple[Edit, ...]) -> bool:
    """Tell whether a later edit has changed a turn up to that index: the context is another."""
    adopted = (edit for edit in later if edit.judgement.adopted)
    return any(turn <= index for edit in adopted for turn in edit.turns)
