"""Looking one value up in what a dialogue has told: literally first, then in other forms."""

from typing import Any

from toolace_mt.verification.provenance.amounts import look_up_number
from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.numbers import parse_number
from toolace_mt.verification.provenance.parameters import Class, Leaf, allowed_by_schema, snake_case
from toolace_mt.verification.provenance.times import look_up_interval, look_up_time
from toolace_mt.verification.provenance.wording import look_up_text, look_up_words, respelt
from toolace_mt.verification.provenance.words import flat, stands_in, word_set

_ANY = word_set("any all none null dontcare unspecified unknown default auto n/a na")


def look_up(value: Any, judged_as: Class, leaf: Leaf | None, known: Evidence) -> Found:
    """Return where `value` comes from. `leaf` is its parameter; None for a value in a reply.

    What no passage explains may still come from the tool's definition, or from the assistant's
    own words (which are judged where they stand).
    """
    if judged_as == "boolean":
        return _boolean(leaf, value, known)
    if leaf is None:  # most of what a reply says, outputs have told first, and just so
        source = known.value(value)
        if source is not None:
            return Found("output", source)
    if not isinstance(value, str):
        found = look_up_number(value, leaf, known)
        phrase = ""
    else:
        literal = _literal(value, known)
        if literal is not None:
            return literal
        phrase = flat(value)
        if phrase == " " or value.strip().lower() in _ANY:
            return Found("schema", "empty" if phrase == " " else "no choice")
        found = _same_words(phrase, known) or _other_form(value, phrase, judged_as, leaf, known)
    if found.kind != "nowhere":
        return found
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    if allowed:
        return Found("schema", allowed)
    return _said_by_assistant(value, phrase, known) or found


def _literal(value: str, known: Evidence) -> Found | None:
    """Find a value just as it is; most are found so."""
    if value:
        for passage in known.users:
            if value in passage.text and stands_in(value, passage.text):
                return Found("user", passage.label)
    source = known.value(value)
    if source is not None:
        return Found("output", source)
    for passage in known.outputs if len(value) > 1 else ():
        for steps, told in passage.leaves:
            if isinstance(told, str) and value in told and stands_in(value, told):
                return Found("output", (passage.label, steps))
    return None


def _same_words(phrase: str, known: Evidence) -> Found | None:
    """Find the words of a value, whatever their case and the punctuation between them."""
    for passage in known.users:
        if phrase in passage.flat:
            return Found("user", passage.label)
    for passage in known.outputs:
        if phrase in passage.flat:
            return Found("output", passage.where(phrase))
    return None


def _other_form(
    value: str, phrase: str, judged_as: Class, leaf: Leaf | None, known: Evidence
) -> Found:
    timed = look_up_time(value, known) or look_up_interval(value, known)
    if timed is not None:
        return timed
    number = parse_number(value)
    if number is not None:
        found = look_up_number(number, leaf, known)
        return found if found.kind != "nowhere" else respelt(phrase, known) or NOWHERE
    if judged_as == "text":
        return look_up_text(value, phrase, known)
    return look_up_words(value, phrase, judged_as, leaf, known)


def _boolean(leaf: Leaf | None, value: Any, known: Evidence) -> Found:
    wanted = flat(snake_case(leaf.name) if leaf else "").split()
    for passage in known.users:
        if any(len(word) > 3 and word in passage.words for word in wanted):
            return Found("derived", f"wording of {passage.label}")
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    return Found("schema", allowed or "either value of a boolean")


def _said_by_assistant(value: Any, phrase: str, known: Evidence) -> Found | None:
    for passage in known.assistants:
        said = phrase in passage.flat if isinstance(value, str) else value in passage.numbers
        if said:
            return Found("derived", f"the assistant's words in {passage.label}")
    return None
