"""Whether a call was confirmed: the assistant said what it would do and asked, the user agreed."""

import re
from collections.abc import Sequence

from toolace_mt.policies.apply import applying
from toolace_mt.texts.slots import SlotNames, spoken
from toolace_mt.trajectory import ToolCall, Trajectory, Turn

_YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|sure|ok|okay|go ahead|please do|do it|that is (?:right|correct|fine)"
    r"|that['’]s (?:right|correct|fine)|correct|confirmed?|perfect|sounds good|absolutely"
    r"|of course|ja|genau|gerne|oui|d['’]accord|sí|si|vale|claro|adelante)\b"
    r"|^\W*(?:好|是|对|可以|行|确认|没问题)",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^\W*(?:no|nope|not|don['’]?t|do not|wait|stop|nein|nicht|non|不)\b|^\W*不", re.IGNORECASE
)


def agrees(text: str) -> bool:
    """Tell whether an answer to "shall I go ahead?" agrees."""
    return _NO.search(text) is None and _YES.search(text) is not None


def asks(text: str) -> bool:
    """Tell whether a text has a question in it."""
    return "?" in text or "？" in text


def states(text: str, call: ToolCall) -> bool:
    """Tell whether a text has every argument of a call that a sentence can state."""
    names = SlotNames()
    names.of_arguments(call)
    said = _flat(text)
    return all(_flat(spoken(value)) in said for value in names.values.values())


def confirmed(call: ToolCall, index: int, turns: Sequence[Turn]) -> bool:
    """Tell whether the user agreed to a call, made at turn `index`, before it was made.

    A consent is for one call: it does not count once such a call has succeeded.
    """
    for at in range(index - 2, -1, -1):
        asked, answer = turns[at], turns[at + 1]
        if asked.role == "assistant" and not asked.calls and answer.role == "user":
            said = asks(asked.content) and states(asked.content, call)
            if said and agrees(answer.content):
                return True
        if _done(call, turns[at : at + 2]):
            return False
    return False


def unconfirmed(trajectory: Trajectory) -> tuple[int, ...]:
    """Return the turns of calls that the dialogue's policy wants confirmed and that are not."""
    rules = [rule for rule in trajectory.scenario.policy if rule.then == "confirm"]
    turns = trajectory.turns
    return tuple(
        index
        for index, call, _ in (trajectory.calls() if rules else ())
        if applying(rules, call, turns[:index]) and not confirmed(call, index, turns)
    )


def _done(call: ToolCall, step: Sequence[Turn]) -> bool:
    made = {
        other.id
        for other in step[0].calls
        if other.name == call.name and other.arguments == call.arguments
    }
    return any(o.call_id in made and not o.error for turn in step[1:] for o in turn.outputs)


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())
