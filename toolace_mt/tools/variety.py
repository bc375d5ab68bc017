"""How many different calls a tool allows: one without parameters allows one."""

import random
from functools import lru_cache

from toolace_mt.caching import Same
from toolace_mt.schemas.draw import draw
from toolace_mt.trajectory import Tool

MANY = 8
"""The most that is counted; a tool with so many different calls can be called again and again."""


def different_calls(tool: Tool) -> int:
    """Return how many different calls of a tool the seed can draw, at most `MANY`."""
    if not tool.parameters.get("properties"):
        return 1
    return _drawn(Same(tool))


@lru_cache(maxsize=4096)
def _drawn(tool: Same[Tool]) -> int:
    found: list[object] = []
    for seed in range(2 * MANY):
        arguments = draw(tool.it.parameters, random.Random(seed))
        if arguments not in found:
            found.append(arguments)
        if len(found) == MANY:
            break
    return len(found)
