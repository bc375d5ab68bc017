"""What the rules find wrong, as hints to refinement: which turns to write anew, and what to say.

Used by `selection: findings_first` and `findings_only`. The paper masks at random, without hints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolace_mt.calls.prompt import one_line
from toolace_mt.schemas.paths import steps
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import Finding, Trajectory, Turn

_INVENTED = "argument_origin"  # the rule on arguments that nobody gave
_UNASKED = "selection"  # the rule on arguments that a constraint asks for


@dataclass(frozen=True, slots=True)
class Hint:
    """What is wrong with a turn, in one line; `states` are values that its text must contain."""

    text: str
    states: tuple[str, ...] = ()


def hints_for(
    trajectory: Trajectory, errors: Iterable[Finding], round: int
) -> dict[int, tuple[Hint, ...]]:
    """Return hints by the index of the turn to write anew.

    An argument that nobody gave can be corrected on two sides. In odd rounds the user is to state
    it, since the first message of a sub-task carries all values (paper). In even rounds the call is
    to be made with another value. A constraint is for the user to state.
    """
    found: dict[int, list[Hint]] = {}
    for error in errors:
        if error.turn < 0:
            continue
        index, hint = error.turn, Hint(one_line(error.message))
        if error.check == _INVENTED and round % 2:
            index, hint = _asked_for(trajectory.turns, error) or (index, hint)
        elif error.check == _UNASKED:
            index, hint = _constrained(trajectory, error) or (index, hint)
        found.setdefault(index, []).append(hint)
    return {index: tuple(hints) for index, hints in found.items()}


def _asked_for(turns: Sequence[Turn], error: Finding) -> tuple[int, Hint] | None:
    """Return the message that could have stated an invented argument; None if there is none."""
    asked, said = _request(turns, error.turn), _argument(turns[error.turn], error.path)
    if asked is None or not said:
        return None
    return asked, Hint(
        f"it does not say {one_line(said)}, which the assistant goes on to use", (said,)
    )


def _constrained(trajectory: Trajectory, error: Finding) -> tuple[int, Hint] | None:
    """Return the message that has to state the constraint on an argument; None if there is none."""
    asked = _request(trajectory.turns, error.turn)
    calls = trajectory.turns[error.turn].calls
    for each in trajectory.derivations:
        named = [n for n, call in enumerate(calls) if call.id == each.call]
        if asked is not None and named and error.path == f"calls[{named[0]}].arguments.{each.path}":
            said = f"it has to ask for {one_line(each.phrase)}, and not to say what that is"
            return asked, Hint(said, (each.phrase,))
    return None


def _request(turns: Sequence[Turn], call: int) -> int | None:
    """Return the index of the last message of the user in a call's sub-task, before the call."""
    own = turns[call].subtask
    before = range(call - 1, -1, -1)
    return next((i for i in before if turns[i].role == "user" and turns[i].subtask == own), None)


def _argument(turn: Turn, path: str) -> str:
    """Return the argument at `calls[0].arguments.city` as a sentence states it, or "".

    The path comes from a rule, but the turn may have been rewritten since.
    """
    try:
        _, position, _, *inner = steps(path)
        value = turn.calls[int(position)].arguments
        for step in inner:
            value = value[step]  # type: ignore[index]
    except (KeyError, IndexError, TypeError, ValueError):
        return ""
    return spoken(value) if isinstance(value, str | int | float) else ""
