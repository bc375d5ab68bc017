"""What the text of a turn must still contain after it is written anew."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.query import Derivation
from toolace_mt.texts.constraints import constraint_values
from toolace_mt.texts.slots import (
    SlotNames,
    rename_slots,
    slots_in,
    spoken,
    subtask_values,
    template_of_turn,
)
from toolace_mt.trajectory import Trajectory, Turn


@dataclass(frozen=True, slots=True)
class Said:
    """The values that a text states.

    `slots` has their slots in order of appearance, `template` the text with slots in place of
    values.
    """

    template: str
    slots: tuple[str, ...]
    values: dict[str, Any]


def said_in(turns: tuple[Turn, ...], index: int, derivations: tuple[Derivation, ...] = ()) -> Said:
    """Return which argument and output values of its sub-task turn `index` states.

    The phrases of `derivations` count as values.
    """
    turn = turns[index]
    if turn.subtask < 0:
        return Said(turn.content, slots_in(turn.content), {})
    values = subtask_values(turns, turn.subtask)
    if derivations:
        told = turn.role == "assistant"
        values = _merged(constraint_values(turns, derivations, turn.subtask, told), values)
    template = template_of_turn(turn.content, values)
    slots = slots_in(template)
    return Said(template, slots, {slot: values[slot] for slot in slots if slot in values})


@cached
def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {**one, **other}


def stating(said: Said, states: Sequence[str]) -> Said:
    """Return the values of `said` and, after them, those of `states` that it lacks."""
    known = {spoken(value) for value in said.values.values()}
    further = {f"stated_{n}": value for n, value in enumerate(dict.fromkeys(states), 1)}
    added = {slot: value for slot, value in further.items() if value not in known}
    return Said(said.template, (*said.slots, *added), {**said.values, **added})


def in_other_words(trajectory: Trajectory, index: int, rng: random.Random) -> Said:
    """Return what turn `index` states, in its own words or in those of a usage example.

    The phrasing is drawn from the turn's own text and the usage examples with exactly its slots.
    Only examples of tools that its sub-task calls are considered.
    """
    said = said_in(trajectory.turns, index, trajectory.derivations)
    template = rng.choice([said.template, *_examples_with(set(said.slots), trajectory, index)])
    return replace(said, template=template, slots=slots_in(template))


def _examples_with(wanted: set[str], trajectory: Trajectory, index: int) -> Iterator[str]:
    """Yield the usage examples' texts with exactly the slots `wanted`, for a turn's sub-task."""
    turn = trajectory.turns[index]
    usage = {tool.name: tool.usage for tool in trajectory.tools}
    names = SlotNames()
    made = [t.calls for t in trajectory.turns if t.subtask == turn.subtask >= 0]
    for number, call in enumerate(chain.from_iterable(made)):
        arguments = names.of_arguments(call)
        for example in usage.get(call.name, ()):
            text = example.user if turn.role == "user" else example.reply
            slots = slots_in(text)
            if len(slots) < len(wanted):
                continue
            named = {slot: _named(slot, arguments, number) for slot in slots}
            if set(named.values()) == wanted:
                yield rename_slots(text, named)


def _named(slot: str, arguments: Mapping[str, str], number: int) -> str:
    """Return the name that the sub-task has for a slot of a usage example of call `number`."""
    if slot.startswith("outputs."):
        return f"outputs[{number}].{slot.removeprefix('outputs.')}"
    return arguments.get(slot, slot)
