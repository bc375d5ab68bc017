"""Ways to derive an argument from outputs: to read, to choose or to compute it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from toolace_mt.query import Combine, Derivation, Pick, Selection
from toolace_mt.selection.phrase import phrase_of
from toolace_mt.selection.propose import proposals
from toolace_mt.selection.words import adds_up, field_words
from toolace_mt.texts.places import Place, is_only_one
from toolace_mt.trajectory import Tool, Turn


@dataclass(frozen=True, slots=True)
class Moment:
    """The call that needs arguments: its tool and id, and the turns before it.

    `subtask` is the number of its sub-task. `possible` has the values of parameters that make sense
    where calls are made for real; a parameter that it lacks may have any value.
    """

    tool: Tool
    call: str
    turns: Sequence[Turn]
    subtask: int
    possible: dict[str, Sequence[Any]] = field(default_factory=dict)


def chosen(
    places: Sequence[Place], moment: Moment, name: str, rng: random.Random
) -> Iterator[Derivation]:
    """Yield choices by constraint among the rows of each place, not proven yet."""
    for place in places:
        for found in proposals(place.source, place.rows, place.field, rng):
            phrase = phrase_of(found, place.rows, rng)
            yield Derivation(moment.call, name, (found,), phrase)


def listed(place: Place, moment: Moment, name: str) -> Iterator[Derivation]:
    """Yield rows by their place in the list, for rows that nothing tells apart."""
    picks: tuple[Pick, ...] = ("first", "second", "last") if len(place.rows[0]) == 1 else ("first",)
    for pick in picks:
        found = Selection((place.source,), place.field, pick=pick)
        said = phrase_of(found, place.rows, random.Random(0))
        yield Derivation(moment.call, name, (found,), said)


def read(
    places: Sequence[Place], moment: Moment, name: str, rng: random.Random
) -> Iterator[Derivation]:
    """Yield the values of places without a choice, if nothing else is called the same."""
    for place in places:
        if len(place.rows) == 1 and is_only_one(place, moment.turns):
            found = Selection((place.source,), place.field)
            yield Derivation(moment.call, name, (found,), phrase_of(found, place.rows, rng))


def computed(
    places: Sequence[Place], moment: Moment, name: str, rng: random.Random
) -> Iterator[Derivation]:
    """Yield sums and differences of money over rows, or of two values by themselves."""
    numbers = [p for p in places if isinstance(p.rows[0][p.field], int | float)]
    for place in numbers:
        if len(place.rows) > 1 and adds_up(place.field):
            found = Selection((place.source,), place.field, pick=rng.choice(("sum", "difference")))
            yield Derivation(moment.call, name, (found,), phrase_of(found, place.rows, rng))
    alone = [p for p in numbers if len(p.rows) == 1 and is_only_one(p, moment.turns)]
    for first, second in pairwise(alone):
        both = tuple(Selection((p.source,), p.field) for p in (first, second))
        words = [field_words(p.field, "", p.rows[0][p.field]) for p in (first, second)]
        combine: Combine = rng.choice(("sum", "difference"))
        said = "total of" if combine == "sum" else "difference between"
        phrase = f"the {said} the {words[0]} and the {words[1]}"
        yield Derivation(moment.call, name, both, phrase, combine)


WAYS: dict[str, Callable[..., Iterator[Derivation]]] = {
    "read": read,
    "chosen": chosen,
    "computed": computed,
}
"""How arguments of each kind are derived, from places for them; none is proven yet."""
