"""Two values of a reply that stand in each other's place: the balance as the limit, and back.

An output says what each of its values is: by the name of its field, or by the name of the record
that it stands in. Where the words beside one value name the other's field or record and the words
beside that one name the first's, the two were exchanged.
"""

import re
from collections.abc import Sequence
from typing import Any

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.parameters import snake_case
from toolace_mt.verification.provenance.parsing.mentions import Mention
from toolace_mt.verification.provenance.parsing.words import Vocabulary, flat, related, word_set

_FAMILIES = (
    word_set("price cost costs costing fee fare charge charged charges pay"),
    word_set("stock available availability inventory quantity units"),
    word_set("duration takes lasts minutes hours"),
    word_set("distance far away km miles kilometers"),
    word_set("rating rated score stars"),
    word_set("reviews review reviewers"),
    word_set("temperature degrees warm cold"),
    word_set("population inhabitants residents"),
)
_BEFORE, _AFTER = 48, 24  # characters beside a value that say what it is
_BREAK = re.compile(r"[.;:,!?(\n]\s|\n|[，。；、]|\b(?:and|but|while|und|y|et|e)\b", re.IGNORECASE)
_MOST = 40  # values of a reply that are compared with each other
_MOST_LEAVES = 300  # values of an output in which one is looked for
_LONGEST_NAME = 60

_Leaves = Sequence[tuple[Steps, Any]]


def exchanged(found: Sequence[Mention], reply: str, known: Evidence) -> dict[int, str]:
    """Return what speaks against values that were exchanged, by where they start in the reply."""
    if not known.outputs or len(found) < 2:
        return {}
    leaves = known.outputs[0].leaves
    placed = _placed(found, leaves) if len(leaves) <= _MOST_LEAVES else []
    wrong: dict[int, str] = {}
    for at, (one, place) in enumerate(placed):
        for other, there in placed[at + 1 :]:
            labels = _labels(place, there, leaves)
            if labels is None:
                continue
            own, its = labels
            if _speaks_of(_beside(one, reply), its, own) and _speaks_of(
                _beside(other, reply), own, its
            ):
                wrong[one.start] = f"is the {' '.join(own)}, where {' '.join(its)} is spoken of"
                wrong[other.start] = f"is the {' '.join(its)}, where {' '.join(own)} is spoken of"
    return wrong


def _placed(found: Sequence[Mention], leaves: _Leaves) -> list[tuple[Mention, Steps]]:
    """Return the values that the reply says once and the output tells in one place."""
    places: dict[str, list[Steps]] = {}
    for steps, value in leaves:
        if steps and not isinstance(value, bool) and len(str(value)) <= _LONGEST_NAME:
            places.setdefault(_key(value), []).append(steps)
    said = [_key(mention.value) for mention in found]
    once = [m for m, key in zip(found, said, strict=True) if said.count(key) == 1]
    return [
        (mention, places[_key(mention.value)][0])
        for mention in once[:_MOST]
        if len(places.get(_key(mention.value), ())) == 1
    ]


def _key(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _labels(place: Steps, there: Steps, leaves: _Leaves) -> tuple[list[str], list[str]] | None:
    """Return the words that name two places apart; None if they differ in more than one step."""
    if len(place) != len(there):
        return None
    apart = [at for at, (a, b) in enumerate(zip(place, there, strict=True)) if a != b]
    if len(apart) != 1:
        return None
    at = apart[0]
    own, its = (_named(steps, at, leaves) for steps in (place, there))
    words, others = [w for w in own if w not in its], [w for w in its if w not in own]
    return (words, others) if words and others else None


def _named(place: Steps, at: int, leaves: _Leaves) -> list[str]:
    """Return the words of a field's name, or of the first text of a record."""
    step = place[at]
    if isinstance(step, str):
        return [word for word in snake_case(step).split("_") if len(word) > 2]
    record = place[: at + 1]
    for steps, value in leaves:
        if steps[: at + 1] == record and isinstance(value, str) and len(value) <= _LONGEST_NAME:
            return flat(value).split()
    return []


def _beside(mention: Mention, reply: str) -> Vocabulary:
    """Return the words of the clause around a value."""
    end = mention.start + len(mention.text)
    before = _BREAK.split(reply[max(0, mention.start - _BEFORE) : mention.start])[-1]
    after = _BREAK.split(reply[end : end + _AFTER])[0]
    words = Vocabulary()
    words.update(flat(f"{before} {after}").split())
    return words


def _speaks_of(near: Vocabulary, wanted: list[str], never: list[str]) -> bool:
    """Tell whether a clause names one place by all its words, and the other by none."""
    return all(_is_named(word, near) for word in wanted) and not any(
        _is_named(word, near) for word in never
    )


def _is_named(word: str, near: Vocabulary) -> bool:
    """Tell whether a clause has a word of a field's name, or a usual one for the same."""
    return related(word, near) or any(
        word in family and any(other in near for other in family) for family in _FAMILIES
    )
