"""The arguments of a call with those that are taken from outputs, and how one is taken."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolace_mt.query import Derivation
from toolace_mt.selection.evaluate import Row, derive
from toolace_mt.selection.prove import disproof
from toolace_mt.texts.constrained import is_writable
from toolace_mt.texts.derivable import WAYS, Moment, listed
from toolace_mt.texts.places import Place, contents
from toolace_mt.texts.reuse import in_scope
from toolace_mt.trajectory import JsonObject, Turn

_ANEW = 0.7  # how often one goes back to a list for another of its rows


@dataclass(frozen=True, slots=True)
class Choice:
    """The arguments of a call. `derivations` are of those that the user asks for by a phrase.

    `read` names those that are taken from an output without a word, as the request implies them.
    """

    arguments: JsonObject
    derivations: tuple[Derivation, ...] = ()
    read: frozenset[str] = frozenset()


def links_of(
    moment: Moment, choice: Choice, name: str, places: list[Place], rng: random.Random
) -> Iterator[Choice]:
    """Take the value of a parameter from the latest output that has a field of its name.

    One row leaves no choice, unless a list that has it stands for another one. Of several rows, the
    one that this sub-task has already chosen stays; others come before those that the tool was
    called for earlier. A code that no output has is that of an earlier call, and so is what a whole
    dialogue is about.
    """
    used = used_before(moment.turns, name)
    if not places or (used and in_scope(name)):
        yield from (silently(choice, name, value) for value in used[-1:])
        return
    place = _offer(places, name) if rng.random() < _ANEW else places[0]
    rows = [row[name] for row in _of_one(place, choice)]
    own = [turn for turn in moment.turns if turn.subtask == moment.subtask]
    chosen = [value for value in used_before(own, name) if value in rows]
    if chosen or len(rows) == 1:
        yield silently(choice, name, chosen[-1] if chosen else rows[0])
        return
    calls = (call for turn in moment.turns for call in turn.calls)
    made = [call.arguments.get(name) for call in calls if call.name == moment.tool.name]
    again: list[Choice] = []
    for record in (*WAYS["chosen"]([place], moment, name, rng), *listed(place, moment, name)):
        derived = with_derived(moment, choice, record)
        if derived is not None and derived.arguments[name] not in made:
            yield derived
        elif derived is not None:
            again.append(derived)
    yield from again


def _of_one(place: Place, choice: Choice) -> list[Row]:
    """Return the rows that agree with what the call has already taken from this place."""
    taken = {each.path for each in choice.derivations} | choice.read
    own = [name for name in choice.arguments if name in taken and name in place.rows[0]]
    rows = [
        row for row in place.rows if all(row.get(name) == choice.arguments[name] for name in own)
    ]
    return rows or list(place.rows)


def first_record(value: Any) -> Any:
    """Return the first of a list of records with one item of its lists, any other value as is."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return value
    items = value[0].items()
    return [{name: item[:1] if isinstance(item, list) else item for name, item in items}]


def _offer(places: list[Place], name: str) -> Place:
    """Return the latest list that has what the latest output is about; that output if none has."""
    about = places[0].rows[0][name]
    lists = (p for p in places if len(p.rows) > 1 and any(row[name] == about for row in p.rows))
    return next(lists, places[0])


def used_before(turns: Sequence[Turn], name: str) -> list[Any]:
    """Return the values that calls had for a parameter."""
    calls = (call for turn in turns for call in turn.calls)
    return [call.arguments[name] for call in calls if name in call.arguments]


def silently(choice: Choice, name: str, value: Any) -> Choice:
    """Return the choice with a value that a request implies without a word."""
    arguments = {**choice.arguments, name: value}
    return replace(choice, arguments=arguments, read=choice.read | {name})


def with_derived(moment: Moment, choice: Choice, record: Derivation) -> Choice | None:
    """Return the choice with one more derived argument, None unless it is proven and sayable."""
    outputs = contents(moment.turns)
    if not is_writable(record.phrase) or disproof(record, outputs):
        return None
    value = derive(record, outputs).value
    arguments = {**choice.arguments, record.path: value}
    return replace(choice, arguments=arguments, derivations=(*choice.derivations, record))


def kind_of(choice: Choice, name: str) -> str:
    """Return how an argument is found: told, read, chosen, computed or known."""
    kinds = {each.path.partition(".")[0]: each.kind for each in choice.derivations}
    return kinds.get(name, "read" if name in choice.read else "told")
