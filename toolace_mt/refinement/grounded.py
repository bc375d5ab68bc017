"""What the text of a turn must still say after it is written anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolace_mt.engine.ask import Unreadable
from toolace_mt.slots import fill_slots, slots_in, template_of, value_slots
from toolace_mt.trajectory import Turn


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
        return Said(turn.content, (), {})
    values = value_slots([other for other in turns if other.subtask == turn.subtask])
    template = template_of(turn.content, values)
    slots = slots_in(template)
    return Said(template, slots, {slot: values[slot] for slot in slots if slot in values})


def read_text(answer: dict[str, Any], name: str, said: Said, delexicalized: bool) -> str:
    """Return the text `name` of an answer with its slots filled in.

    Raises Unreadable if it is missing, empty, or does not hold the slots it must hold.
    """
    text = answer.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Unreadable(f"{name}: no text")
    text = text.strip()
    if not delexicalized:
        return text
    if set(slots_in(text)) != set(said.slots):
        raise Unreadable(f"{name}: slots {slots_in(text)}, expected {said.slots}")
    return fill_slots(text, said.values)
