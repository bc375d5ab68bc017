"""Looking one value up in what a dialogue has told: as it is first, then in other forms."""

from collections.abc import Sequence
from typing import Any

from toolace_mt.verification.provenance.evidence import NOWHERE, TOLD, Evidence, Found
from toolace_mt.verification.provenance.freedom import ends_something
from toolace_mt.verification.provenance.matching.amounts import look_up_number
from toolace_mt.verification.provenance.matching.times import (
    follows_start,
    look_up_interval,
    look_up_time,
)
from toolace_mt.verification.provenance.matching.wording import look_up_text, look_up_words, respelt
from toolace_mt.verification.provenance.parameters import Class, Leaf, allowed_by_schema, snake_case
from toolace_mt.verification.provenance.parsing.numbers import parse_number
from toolace_mt.verification.provenance.parsing.words import flat, word_set
from toolace_mt.verification.provenance.passage import Passage, Speaker

_ANY = word_set("any all none null dontcare unspecified unknown default auto n/a na")
_REPLY: tuple[Speaker, ...] = ("output", "user", "call")


def look_up(value: Any, judged_as: Class, leaf: Leaf | None, known: Evidence) -> Found:
    """Return where `value` comes from. `leaf` is its parameter; None for a value in a reply.

    What no passage explains may still come from the tool's definition, from the assistant's own
    words (which are judged where they stand), and in a reply from the arguments of calls.
    """
    if judged_as == "boolean":
        return _boolean(leaf, value, known)
    source = known.value(value) if leaf is None else None
    if source is not None:  # most of what a reply says, outputs have told first, and just so
        return Found("output", source)
    phrase = ""
    if isinstance(value, str):
        phrase = flat(value)
        if phrase == " " or value.strip().lower() in _ANY:
            return Found("schema", "empty" if phrase == " " else "no choice")
        found = _same_words(value, phrase, TOLD if leaf else _REPLY, known)
        if found is None:
            found = _other_form(value, phrase, judged_as, leaf, known)
    else:
        found = look_up_number(value, leaf, known)
    if found.kind != "nowhere":
        return found
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    if allowed:
        return Found("schema", allowed)
    return _said_by_assistant(value, phrase, leaf, known) or found


def _same_words(
    value: str, phrase: str, speakers: Sequence[Speaker], known: Evidence
) -> Found | None:
    """Find the words of a value, whatever their case and the punctuation between them."""
    passage = known.holding(phrase, speakers)
    if passage is not None and passage.speaker == "user":
        return Found("user", passage.label)
    source = known.value(value)
    if source is not None:
        return Found("output", source)
    return _named(passage, phrase) if passage is not None else None


def _named(passage: Passage, phrase: str) -> Found:
    if passage.speaker == "call":
        return Found("derived", f"an argument of {passage.label}")
    return Found("output", (passage, phrase))


def _other_form(
    value: str, phrase: str, judged_as: Class, leaf: Leaf | None, known: Evidence
) -> Found:
    reply = leaf is None
    timed = look_up_time(value, known, reply=reply) or look_up_interval(value, known)
    if timed is not None:
        implied = timed == NOWHERE and leaf is not None and ends_something(leaf)
        if implied and follows_start(value, known):
            return Found("nowhere", "only its start was told")
        return timed
    number = parse_number(value)
    if number is not None:
        found = look_up_number(number, leaf, known)
        return found if found.kind != "nowhere" else respelt(phrase, known, reply=reply) or NOWHERE
    if judged_as == "text":
        return look_up_text(value, phrase, known)
    return look_up_words(value, phrase, judged_as, leaf, known)


def _boolean(leaf: Leaf | None, value: Any, known: Evidence) -> Found:
    wanted = flat(snake_case(leaf.name) if leaf else "").split()
    for word in wanted:
        passage = known.holding(f" {word} ", ("user",)) if len(word) > 3 else None
        if passage is not None:
            return Found("derived", f"wording of {passage.label}")
    allowed = allowed_by_schema(leaf.schema, value) if leaf else ""
    return Found("schema", allowed or "either value of a boolean")


def _said_by_assistant(value: Any, phrase: str, leaf: Leaf | None, known: Evidence) -> Found | None:
    if isinstance(value, str):
        passage = known.holding(phrase, ("assistant",))
    else:
        passage = known.latest_with("numbers", value, ("assistant",))
    if passage is None and leaf is None and not isinstance(value, str):
        passage = known.latest_with("numbers", value, ("call",))
    if passage is None:
        return None
    if passage.speaker == "call":
        return Found("derived", f"an argument of {passage.label}")
    return Found("derived", f"the assistant's words in {passage.label}")
