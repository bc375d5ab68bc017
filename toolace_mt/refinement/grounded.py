"""What the text of a turn must still say after it is written anew."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolace_mt.slots import (
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
    turn, said = trajectory.turns[index], said_in(trajectory.turns, index)
    wanted = set(said.slots)
    fitting = [said.template]
    names, number = SlotNames(), 0
    for other in trajectory.turns:
        if other.subtask != turn.subtask or turn.subtask < 0:
            continue
        for call in other.calls:
            arguments = names.of_arguments(call)
            tool = trajectory.tool(call.name)
            for example in tool.usage if tool else ():
                text = example.user if turn.role == "user" else example.reply
                slots = slots_in(text)
                names_of = {slot: _named(slot, arguments, number) for slot in slots}
                if set(names_of.values()) == wanted:
                    fitting.append(rename_slots(text, names_of))
            number += 1
    template = rng.choice(fitting)
    return replace(said, template=template, slots=slots_in(template))


def _named(slot: str, arguments: Mapping[str, str], number: int) -> str:
    """Return a slot of a usage example of call `number` as the sub-task names it."""
    if slot.startswith("outputs."):
        return f"outputs[{number}].{slot.removeprefix('outputs.')}"
    return arguments.get(slot, slot)
