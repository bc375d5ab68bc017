"""Usage examples as people say them, for models that write freely: values where their slots stand.

Shown a text with slots, a small model writes slots of its own: of 24 dialogues by one of 0.5B
parameters, 22 had braces left over in them.
"""

import random
from collections.abc import Mapping
from typing import Any

from toolace_mt.slots import fill_slots, slots_in
from toolace_mt.tools.paths import schema_at
from toolace_mt.tools.values import draw
from toolace_mt.trajectory import Tool, UsageExample


def spoken_usage(tool: Tool, rng: random.Random) -> tuple[UsageExample, ...]:
    """Return a usage example of the tool, if it has any, with values drawn from its schemas."""
    if not tool.usage:
        return ()
    example = rng.choice(tool.usage)
    values: dict[str, Any] = {}
    for slot in dict.fromkeys(slots_in(example.user) + slots_in(example.reply)):
        told = values.get(slot.removeprefix("outputs."))  # outputs often repeat an argument
        values[slot] = _value(slot, tool, rng) if told is None else told
    return (UsageExample(fill_slots(example.user, values), fill_slots(example.reply, values)),)


def spoken_text(text: str, values: Mapping[str, Any], rng: random.Random) -> str:
    """Return a text with `values` in its slots; what is not among them is drawn by its name."""
    unknown = [slot for slot in slots_in(text) if slot not in values]
    drawn = {slot: draw({"type": "string"}, rng, slot) for slot in unknown}
    return fill_slots(text, {**drawn, **values})


def _value(slot: str, tool: Tool, rng: random.Random) -> Any:
    path = slot.removeprefix("outputs.")
    schema = schema_at(tool.parameters if path == slot else tool.returns or {}, path)
    return draw(schema or {"type": "string"}, rng, path.rpartition(".")[2])
