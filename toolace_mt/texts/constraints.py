"""How the texts of a sub-task state what is asked for by a constraint, and what was found.

A derived argument has slots of its own: `chosen[ID].flight_id` is the phrase that the user says and
the reply repeats, `shown[ID].fare_usd` the value that decided.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.query import Derivation
from toolace_mt.schemas.words import words_of
from toolace_mt.selection.evaluate import derive, rows_of
from toolace_mt.selection.words import (
    UNITS,
    counts,
    field_words,
    is_found,
    is_key,
    length_of,
    unit_of,
)
from toolace_mt.texts.places import contents
from toolace_mt.texts.slots import in_words, slots_in
from toolace_mt.trajectory import JsonObject, Turn, UsageExample

_ASKED = (
    "Let's go with {it}.",
    "I would like {it}.",
    "I mean {it}.",
    "Please take {it}.",
    "It should be {it}.",
)
_ASKED_OF_FOUND = ("I mean {it}.", "It is {it}.", "The one I mean is {it}.")
_WHY = (
    "I went with {value}, {it}, with {why}.",
    "For {it} I took {value}, with {why}.",
    "I picked {value}, {it}, with {why}.",
)
_WHAT = ("I went with {value}, {it}.", "For {it} I took {value}.", "I picked {value}, {it}.")
_FIGURE = ("I used {it}, which is {value}.", "For {it} I took {value}.")
_UNITS = "|".join((*UNITS.values(), "minutes", "hours", "days", "degrees", "percent"))
SUPERLATIVE = re.compile(
    r"\b(?:cheap|near|clos|new|lat|earli|old|larg|small|short|long|fast|high|low)(?:i?est)\b"
    r"|\b(?:first|best|most|top|last)\b|\bstarting (?:at|from)\b",
    re.IGNORECASE,
)
"""Words that single out a row, which may be another one than the one that was chosen."""


_FOR_ME = r"\b(?:[Ff]or|to|with|enroll|Enroll|[Ss]ign up|register|(?:name|behalf) of)"
_BEHIND_ME = r"(?:for|in|on|and|at|because|to|with|from)\b"


@dataclass(frozen=True, slots=True)
class Selected:
    """The arguments of a dialogue that the user does not state.

    `derivations` are of those that a phrase asks for. `silent` are the calls and names of those
    that the request implies: the order just found.
    """

    derivations: tuple[Derivation, ...]
    silent: frozenset[tuple[str, str]]


def own(turns: Sequence[Turn], derivations: Sequence[Derivation]) -> list[Derivation]:
    """Return the derivations of calls in `turns`."""
    ids = {call.id for turn in turns for call in turn.calls}
    return [each for each in derivations if each.call in ids]


def phrase_slot(derivation: Derivation) -> str:
    """Return the slot of the phrase."""
    return f"chosen[{derivation.call}].{derivation.path}"


@cached
def constraint_values(
    turns: tuple[Turn, ...], derivations: tuple[Derivation, ...], subtask: int, told: bool
) -> JsonObject:
    """Return the slots of a sub-task's derivations with their values.

    `told`: those for the reply too, which tells what decided.
    """
    made = [turn for turn in turns if turn.subtask == subtask]
    values: JsonObject = {}
    for each in own(made, derivations):
        values[phrase_slot(each)] = each.phrase
        if told:
            values |= shown_values(each, turns)
    return values


def shown_values(derivation: Derivation, turns: Sequence[Turn]) -> JsonObject:
    """Return the value that decided a choice by order, by its slot; empty for other choices."""
    if not derivation.selections:
        return {}
    selection = derivation.selections[0]
    row = derive(derivation, contents(turns)).row
    if row is None or not selection.by or selection.by == selection.field:
        return {}
    return {f"shown[{derivation.call}].{selection.by}": row[selection.by]}


def chosen_rows(turns: Sequence[Turn], derivations: Sequence[Derivation]) -> dict[str, int]:
    """Return which row was chosen, by the id of the call that returned it; the first choice counts.

    Only choices among the rows of one list are told.
    """
    outputs = contents(turns)
    found: dict[str, int] = {}
    for each in derivations:
        if not each.selections:
            continue
        source, row = each.selections[0].sources[0], derive(each, outputs).row
        if row is not None and source.call in outputs:
            rows = rows_of(outputs[source.call], source.path)
            index = next((i for i, other in enumerate(rows) if other is row), None)
            if index is not None:
                found.setdefault(source.call, index)
    return found


def about_row(template: str, index: int) -> str:
    """Return a usage example's reply that tells of row `index` instead of the first.

    A reply that singles out the first as the cheapest, say, goes on to tell of the first.
    """
    if SUPERLATIVE.search(template):
        return template
    return re.sub(r"\{(outputs\.[^{}\s]*?)\[0\]", lambda m: "{" + f"{m[1]}[{index}]", template)


def needs_a_name(template: str, path: str) -> bool:
    """Return whether a sentence is of no use with a phrase for what is the user's own.

    "Put it under the name me", "My email is my email address" and "We moved to my home town" are
    not said.
    """
    slot = re.escape("{" + path + "}")
    if path not in slots_in(template):
        return False
    if not path.endswith(("name", "reserved_for")):
        return re.search(rf"\b(?:is|are|moved to) {slot}", template) is not None
    return re.search(rf"{_FOR_ME} {slot}(?= ?(?:[.,?!]|$|{_BEHIND_ME}))", template) is None


def sayable(usage: Sequence[UsageExample], paths: Sequence[str]) -> tuple[UsageExample, ...]:
    """Return the usage examples in which a phrase can stand for the user's own values at `paths`.

    A sentence that only says such a value is left out. Without any that is sayable, all are kept.
    """
    cut = [replace(each, user=_without_names(each.user, paths)) for each in usage]
    return tuple(
        each for each in cut if each.user and not any(needs_a_name(each.user, p) for p in paths)
    ) or tuple(usage)


def _without_names(template: str, paths: Sequence[str]) -> str:
    said = re.split(r"(?<=[.!?])\s+", template)
    return " ".join(s for s in said if not any(_only_names(s, path) for path in paths))


def _only_names(sentence: str, path: str) -> bool:
    return slots_in(sentence) == (path,) and needs_a_name(sentence, path)


def asking(template: str, derivation: Derivation, rng: random.Random) -> str:
    """Return a request with the phrase in place of the value, or in a sentence of its own."""
    path, slot = derivation.path, "{" + phrase_slot(derivation) + "}"
    if path in slots_in(template):
        return _in_place(template, path).replace("{" + path + "}", slot)
    if not derivation.selections:
        added = "It is for" if derivation.phrase == "me" else "Please use"
        return f"{template} {added} {slot}."
    if is_key(path):
        found = is_found(derivation.selections[0].sources[-1].path)
        return f"{rng.choice(_ASKED_OF_FOUND if found else _ASKED)} {template}".replace(
            "{it}", slot
        )
    return f"{template} The {in_words(path)} should be {slot}."


def telling(derivation: Derivation, argument: str, shown: JsonObject, rng: random.Random) -> str:
    """Return a sentence for the reply: what was chosen, and why.

    `argument` is the slot of the value, `shown` the value that decided, by its slot.
    """
    if not derivation.selections:
        return ""
    if not is_key(derivation.path):
        said = rng.choice(_FIGURE)
    elif shown:
        [(slot, value)] = shown.items()
        said = rng.choice(_WHY).replace("{why}", _why(derivation.selections[0].by, slot, value))
    else:
        said = rng.choice(_WHAT)
    return said.replace("{it}", "{" + phrase_slot(derivation) + "}").replace(
        "{value}", "{" + argument + "}"
    )


def _why(field: str, slot: str, value: Any) -> str:
    """Return what decided in words, after "with": "a fare of 219 dollars", "3 bedrooms"."""
    words, unit = length_of(field)
    if words:
        return f"{_article(words)} {words} of {{{slot}}} {unit}"
    words = field_words(field, "", value)
    if counts(field, value):
        return f"{{{slot}}} {words}"
    return f"{_article(words)} {words} of {{{slot}}} {unit_of(field)}".strip()


def _article(words: str) -> str:
    return "an" if words[:1] in "aeiou" else "a"


def _in_place(template: str, path: str) -> str:
    """Remove what stands around a value, not around a phrase: "flight" before, "dollars" after."""
    slot = re.escape("{" + path + "}")
    template = re.sub(rf"({slot}) (?:{_UNITS})\b", r"\1", template)
    if path.endswith("name"):
        template = re.sub(rf"\b([Ss]ign) up ({slot})", r"\1 \2 up", template)
        return re.sub(
            rf"\b(?:in|under|on)(?: the| my)? (?:name|behalf)(?: of)? ({slot})", r"for \1", template
        )
    if not is_key(path):
        return template
    stem = [word for word in words_of(path) if word not in ("id", "number", "code", "reference")]
    nouns = "|".join(map(re.escape, (*stem, "number", "code", "id", "offer", "option")))
    before = rf"(?:\b(?:the|my|our|a|an)\s+)?(?:\b(?:{nouns})\s+)+({slot})"
    return re.sub(before, r"\1", template, flags=re.IGNORECASE)
