"""The rule on requests by constraint: they have one answer, are stated, and do not give it away."""

import re
from collections.abc import Iterator

from toolace_mt.schemas.paths import leaves
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Facts, finding, shown
from toolace_mt.verification.queries import Queried, queried

_TELLING = 3  # characters of a value that cannot stand in a text by chance


def selection(facts: Facts) -> Iterator[Finding]:
    """An argument asked for by a constraint follows from earlier outputs as the dialogue says.

    Its query has exactly one result, which is the argument; the user states the constraint in the
    sub-task of the call, and never the value, unless another argument has the same.
    """
    for each in queried(facts):
        why = each.fault or _ill_said(facts, each)
        if why:
            said = f"{shown(each.value)} is asked for as {shown(each.derivation.phrase)}, but {why}"
            tool = facts.turns[each.turn].calls[each.position].name
            yield finding("selection", "error", said, each.turn, tool, each.path)


def _ill_said(facts: Facts, each: Queried) -> str:
    before = facts.turns[: each.turn]
    own = facts.turns[each.turn].subtask
    asked = [turn.content for turn in before if turn.role == "user" and turn.subtask == own]
    if not any(each.derivation.phrase in text for text in asked):
        return "the user does not say so"
    said = spoken(each.value)
    if len(said) <= _TELLING or said in each.derivation.phrase or not _says(" ".join(asked), said):
        return ""
    return "" if _told_for(facts, each, said) else "the user says the value itself"


def _told_for(facts: Facts, each: Queried, said: str) -> bool:
    """Return whether another argument of the sub-task is the value, or a text that says it."""
    derived = {(one.turn, one.path) for one in queried(facts)}
    own = facts.turns[each.turn].subtask
    for index, turn in enumerate(facts.turns):
        if turn.subtask != own:
            continue
        for position, call in enumerate(turn.calls):
            for path, value in leaves(call.arguments):
                place = (index, f"calls[{position}].arguments.{path}")
                if place not in derived and _says(spoken(value), said):
                    return True
    return False


def _says(text: str, said: str) -> bool:
    """Return whether a text has a value as a word of its own: "O-12001" does not say 1200."""
    return said in text and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", text) is not None
