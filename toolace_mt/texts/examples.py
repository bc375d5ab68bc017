"""Examples in prompts: those of the injections, and usage examples as people say them.

Models that write freely see values where the slots of an example stand. Shown slots, a small model
writes slots of its own: of 24 dialogues by one of 0.5B parameters 22 were rejected for leftovers,
with values none of 8 was.
"""

import json
import random
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import schema_at
from toolace_mt.texts.slots import fill_slots, slots_in
from toolace_mt.trajectory import JsonObject, Tool, UsageExample


@cache
def injection_examples() -> dict[str, list[JsonObject]]:
    """Return the task examples of every variant of an injection; not to be changed."""
    path = files("toolace_mt.prompts").joinpath("refinement", "examples.json")
    loaded: dict[str, list[JsonObject]] = json.loads(path.read_text("utf-8"))
    return loaded


def spoken_usages(tools: Iterable[Tool], rng: random.Random) -> list[UsageExample]:
    """Return a usage example of each tool that has any, with values drawn from its schemas."""
    return [_spoken(rng.choice(tool.usage), tool, rng) for tool in tools if tool.usage]


def spoken_text(text: str, values: Mapping[str, Any], rng: random.Random) -> str:
    """Return a text with `values` in its slots; what is not among them is drawn by its name."""
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
