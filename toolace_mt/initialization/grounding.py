"""Which values the texts of a sub-trajectory must hold, as named slots in an order.

The user says every argument value that nothing before it holds: no earlier turn of the dialogue, no
output of an earlier step. The reply tells the output values that a usage example of the tool tells.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolace_mt.slots import SlotNames, rename_slots, slots_in
from toolace_mt.tools.paths import leaves
from toolace_mt.trajectory import Tool, Turn, UsageExample

_TOLD = 2  # output values a reply must tell for a call whose tool has no usage example


@dataclass(frozen=True, slots=True)
class Grounding:
    """Slots of both texts in order, the slots' values, and usage examples that speak of them."""

    user: tuple[str, ...]
    reply: tuple[str, ...]
    values: dict[str, Any]
    examples: tuple[UsageExample, ...]


def ground(
    before: Sequence[Turn], steps: Sequence[Turn], tools: dict[str, Tool], rng: random.Random
) -> Grounding:
    """Work out the slots of both texts for `steps` (assistant and tool turns in pairs)."""
    names = SlotNames()
    known = {_identity(value) for turn in before for value in _telling(turn)}
    user: dict[str, None] = {}
    reply: dict[str, None] = {}
    examples: list[UsageExample] = []
    number = 0
    for step, results in zip(steps[::2], steps[1::2], strict=True):
        for call, output in zip(step.calls, results.outputs, strict=True):
            arguments = names.of_arguments(call)
            unknown = [
                p for p, slot in arguments.items() if _identity(names.values[slot]) not in known
            ]
            slots = arguments | names.of_output(output, number)
            example = _choose(tools[call.name].usage, set(unknown), set(slots), rng)
            order = slots_in(example.user) if example else ()
            ordered = [p for p in order if p in unknown] + [p for p in unknown if p not in order]
            user |= dict.fromkeys(slots[path] for path in ordered)
            reply |= dict.fromkeys(_told(example, slots))
            if example:
                examples.append(_renamed(example, slots))
            number += 1
        known |= {_identity(value) for value in _telling(results)}
    return Grounding(tuple(user), tuple(reply), names.values, tuple(examples))


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _telling(turn: Turn) -> list[Any]:
    """Return the values of a turn that say by themselves what they are: no short or bare ones."""
    holders = [call.arguments for call in turn.calls] + [o.content for o in turn.outputs]
    found = [value for holder in holders for _, value in leaves(holder)]
    return [value for value in found if isinstance(value, str) and len(value) > 3]


def _choose(
    usage: tuple[UsageExample, ...], unknown: set[str], slots: set[str], rng: random.Random
) -> UsageExample | None:
    """Return the usage example that fits best what must be said and can be told; ties by seed."""
    if not usage:
        return None

    def misfit(example: UsageExample) -> int:
        untold = set(slots_in(example.reply)) - slots
        return len(set(slots_in(example.user)) ^ unknown) + 2 * len(untold)

    return min(rng.sample(usage, len(usage)), key=misfit)


def _told(example: UsageExample | None, slots: dict[str, str]) -> list[str]:
    if example:
        told = [slots[path] for path in slots_in(example.reply) if path in slots]
        if told:
            return told
    return [slot for path, slot in slots.items() if path.startswith("outputs.")][:_TOLD]


def _renamed(example: UsageExample, slots: dict[str, str]) -> UsageExample:
    """Return the example with its slots named as they are in this sub-trajectory."""
    return UsageExample(rename_slots(example.user, slots), rename_slots(example.reply, slots))
