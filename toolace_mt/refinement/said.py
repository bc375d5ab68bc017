"""What the text of a turn must still say after it is written anew."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

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
    """The values a text says, as slots in order of appearance; `template` has them as slots."""

    template: str
    slots: tuple[str, ...]
    values: dict[str, Any]


def said_in(turns: Sequence[Turn], index: int) -> Said:
    """Return which of its sub-task's argument and output values turn `index` says."""
    turn = turns[index]
    if turn.subtask < 0:
        return Said(turn.content, slots_in(turn.content), {})
    values = subtask_values(turns, turn.subtask)
    template = template_of_turn(turn.content, values)
    slots = slots_in(template)
    return Said(template, slots, {slot: values[slot] for slot in slots if slot in values})


def stating(said: Said, states: Sequence[str]) -> Said:
    """Return what a text says together with further values, in the order they come in."""
    known = {spoken(value) for value in said.values.values()}
    further = {f"stated_{n}": value for n, value in enumerate(dict.fromkeys(states), 1)}
    added = {slot: value for slot, value in further.items() if value not in known}
    return Said(said.template, (*said.slots, *added), {**said.values, **added})


def in_other_words(trajectory: Trajectory, index: int, rng: random.Random) -> Said:
    """Return what turn `index` says, in the words of a usage example if one says just the same.

    Only calls of the turn's sub-task are looked at. The turn's own words are one of the choices.
    """
    said = said_in(trajectory.turns, index)
    template = rng.choice([said.template, *_examples_with(set(said.slots), trajectory, index)])
    return replace(said, template=template, slots=slots_in(template))


def _examples_with(wanted: set[str], trajectory: Trajectory, index: int) -> Iterator[str]:
    """Yield what is said in examples around calls of a turn's sub-task, if it has these slots."""
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
    """Return a slot of a usage example of call `number` as the sub-task names it."""
    if slot.startswith("outputs."):
        return f"outputs[{number}].{slot.removeprefix('outputs.')}"
    return arguments.get(slot, slot)
