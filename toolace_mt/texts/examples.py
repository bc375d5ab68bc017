"""Usage and task examples with values in their slots, for models that write freely.

A small model that is shown slots writes slots of its own.
"""

import random
from collections.abc import Iterable, Mapping
from typing import Any

from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import schema_at
from toolace_mt.texts.slots import fill_slots, slots_in
from toolace_mt.trajectory import Tool, UsageExample


def spoken_usages(tools: Iterable[Tool], rng: random.Random) -> list[UsageExample]:
    """Return one usage example of each tool that has any, with values drawn from its schemas."""
    return [_spoken(rng.choice(tool.usage), tool, rng) for tool in tools if tool.usage]


def spoken_text(text: str, values: Mapping[str, Any], rng: random.Random) -> str:
    """Fill the slots of a text from `values`; a value for any other slot is drawn by its name."""
    unknown = [slot for slot in slots_in(text) if slot not in values]
    drawn = {slot: draw({"type": "string"}, rng, slot) for slot in unknown}
    return fill_slots(text, {**drawn, **values})


def _spoken(example: UsageExample, tool: Tool, rng: random.Random) -> UsageExample:
    values: dict[str, Any] = {}
    for slot in dict.fromkeys(slots_in(example.user) + slots_in(example.reply)):
        path = slot.removeprefix("outputs.")
        if path in values:  # outputs often repeat an argument
            values[slot] = values[path]
            continue
        schema = schema_at(tool.parameters if path == slot else tool.returns or {}, path)
        values[slot] = draw(schema or {"type": "string"}, rng, path.rpartition(".")[2])
    return UsageExample(fill_slots(example.user, values), fill_slots(example.reply, values))
