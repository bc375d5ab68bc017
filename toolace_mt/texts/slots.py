"""Delexicalised text: values are replaced by slots (`{city}`), and code fills them in again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import leaves
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

SLOT = re.compile(r"\{([^{}\s]+)\}")

_LONGEST_VALUE = 60  # characters of an output value that may get a slot


@lru_cache(maxsize=4096)  # dialogues share usage examples
def slots_in(template: str) -> tuple[str, ...]:
    """Return the slots of a template in order; a slot that occurs twice is returned twice."""
    return tuple(SLOT.findall(template))


def fill_slots(template: str, values: Mapping[str, Any]) -> str:
    """Replace every slot that `values` has by its value as prose; leave other slots as they are."""

    def spoken_slot(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        said = spoken(values[match[1]])
        ends_twice = said.endswith(".") and template.startswith((".", "'."), match.end())
        return said[:-1] if ends_twice else said

    return SLOT.sub(spoken_slot, template)


def rename_slots(template: str, names: Mapping[str, str]) -> str:
    """Return the template with its slots renamed; those that `names` lacks stay as they are."""
    return SLOT.sub(lambda match: "{" + names.get(match[1], match[1]) + "}", template)


def spoken(value: Any) -> str:
    """Return a JSON value as it is written in a sentence."""
    if isinstance(value, str):
        return value
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        words = [spoken(item) for item in value]
        return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
    if isinstance(value, dict):
        return ", ".join(f"{name} {spoken(item)}" for name, item in value.items())
    return str(value)


def template_of(text: str, values: Mapping[str, Any]) -> str:
    """Return `text` with every occurrence of one of `values` replaced by its slot.

    Longer values come first. A value is found only as a whole word: `2` is not found inside `2026`.
    """
    return _slotted(text, _by_length(values))


def template_of_turn(text: str, values: Mapping[str, Any]) -> str:
    """Return `text` with values replaced by slots; `values` is a result of `subtask_values`.

    Differs from `template_of` in caching by the identity of `values`.
    """
    return _slotted(text, _known_by_length(values))


@cached
def _known_by_length(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return _by_length(values)


def _by_length(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return values as written in a sentence, with their slots, longest first."""
    pairs = [(spoken(value), slot) for slot, value in values.items()]
    slot_of = {said: slot for said, slot in reversed(pairs) if said.strip()}
    return sorted(slot_of.items(), key=lambda pair: -len(pair[0]))


def _slotted(text: str, by_length: list[tuple[str, str]]) -> str:
    # One search for each value is faster than compiling one expression for all of them.
    found = [(_whole(said, text, 0), said, slot) for said, slot in by_length if said in text]
    parts: list[str] = []
    end = 0
    while found := [each for each in found if each[0] >= 0]:
        # Of the values at the first place, `min` takes the longest: they are sorted by length.
        at, said, slot = min(found, key=itemgetter(0))
        parts += [text[end:at], "{", slot, "}"]
        end = at + len(said)
        found = [f if f[0] >= end else (_whole(f[1], text, end), f[1], f[2]) for f in found]
    return "".join((*parts, text[end:]))


def _whole(words: str, text: str, start: int) -> int:
    """Return where `words` occur in `text` as whole words, from `start` on; -1 if nowhere."""
    at = text.find(words, start)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(words) : at + len(words) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            break
        at = text.find(words, at + 1)
    return at


def in_words(path: str) -> str:
    """Return the last name of a path in words: `stay.check_in_date` gives "check in date"."""
    name = path.rsplit(".", 1)[-1]
    return re.sub(r"[^A-Za-z]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().lower()


@dataclass(slots=True)
class SlotNames:
    """The slots named so far, with their values; two different values never share a slot."""

    values: dict[str, Any] = field(default_factory=dict)

    def name(self, wanted: str, value: Any) -> str:
        """Return the slot of a value: `wanted`, or `wanted_2` and so on where that is taken."""
        free, number = wanted, 2
        while free in self.values and self.values[free] != value:
            free, number = f"{wanted}_{number}", number + 1
        self.values[free] = value
        return free

    def of_arguments(self, call: ToolCall) -> dict[str, str]:
        """Return the slot of each argument value that a sentence can state, by its path."""
        return {
            path: self.name(path, value)
            for path, value in _sayable(call.arguments)
            if value is not None and not isinstance(value, bool)
        }

    def of_output(self, output: ToolOutput, number: int) -> dict[str, str]:
        """Return the slot of each short output value, by its path `outputs.<path>`.

        `number` is the index of the call in its sub-task; the slot is `outputs[number].<path>`.
        """
        return {
            f"outputs.{path}": self.name(f"outputs[{number}].{path}", value)
            for path, value in leaves(output.content)
            if value is not None
            and not isinstance(value, bool)
            and 0 < len(spoken(value)) <= _LONGEST_VALUE
        }


def _sayable(arguments: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield argument values with their paths; a list of plain values counts as one value.

    Other people's calls may have arguments that are no object: they have none that is named.
    """
    for name, value in arguments.items() if isinstance(arguments, dict) else ():
        if isinstance(value, dict):
            yield from _sayable(value, f"{prefix}{name}.")
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            for place, item in enumerate(value):
                inner = item if isinstance(item, dict) else {"item": item}
                yield from _sayable(inner, f"{prefix}{name}[{place}].")
        elif value not in ([], ""):
            yield prefix + name, value


def value_slots(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return slots and values of all calls and outputs in `turns`, which are of one sub-task."""
    names = SlotNames()
    number = 0
    for turn in turns:
        for call in turn.calls:
            names.of_arguments(call)
        for output in turn.outputs:
            names.of_output(output, number)
            number += 1
    return names.values


def subtask_values(turns: Sequence[Turn], subtask: int) -> dict[str, Any]:
    """Return slots and values of the calls and outputs of one sub-task.

    The result is shared by all callers and may not be changed.
    """
    made = (turn for turn in turns if turn.subtask == subtask and (turn.calls or turn.outputs))
    return _values(*(part for turn in made for part in (turn.calls, turn.outputs)))


@cached
def _values(*parts: Any) -> dict[str, Any]:
    """Return slots and values of turns; `parts` alternates between calls and outputs."""
    return value_slots(
        [Turn("tool", calls=c, outputs=o) for c, o in zip(parts[::2], parts[1::2], strict=True)]
    )
