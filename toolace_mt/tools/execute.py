"""The seam to real tools: a call goes in, the output of the tool comes out.

Stages see a `World`: the state behind the tools of one dialogue, in which its calls are made in
order. What stands behind it (MCP servers, Python) is the matter of `tools.live`.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Protocol

from toolace_mt.trajectory import JsonObject, ToolCall, ToolOutput, Trajectory, Turn

Execute = Callable[[ToolCall], Awaitable[ToolOutput | None]]
"""Returns the output with status "executed", or None where no real tool stands behind the call."""


class World(Protocol):
    """The state behind the tools of one dialogue."""

    async def execute(self, call: ToolCall) -> ToolOutput | None:
        """Make a call: see `Execute`. Raises DialogueError if the tools cannot be reached."""
        ...

    async def take_back(self, call: ToolCall) -> None:
        """Bring the state back to what it was before `call`, the last one made."""
        ...

    async def candidates(self, tool: str, parameter: str, chosen: JsonObject) -> Sequence[Any]:
        """Return values of a parameter that make sense now, beside the arguments before it.

        None at all says that the world does not know: any value of the schema may do.
        """
        ...


OpenWorld = Callable[[int], AbstractAsyncContextManager[World]]
"""Opens the world of a dialogue, by its seed, as it is before the first call."""


async def make_again(trajectory: Trajectory, open_world: OpenWorld) -> Trajectory:
    """Return the dialogue with what its calls really return, all made in order from the start."""
    async with open_world(trajectory.seed) as world:
        return replace(trajectory, turns=await make_steps(trajectory.turns, world))


async def make_steps(turns: Sequence[Turn], world: World) -> tuple[Turn, ...]:
    """Return turns with the real outputs of their calls in place of those they have.

    Outputs of calls that nothing real stands behind stay as they are.
    """
    made = list(turns)
    for index, turn in enumerate(turns[:-1]):
        recorded = turns[index + 1].outputs
        if turn.calls and len(recorded) == len(turn.calls):
            pairs = zip(turn.calls, recorded, strict=True)
            outputs = [await world.execute(call) or output for call, output in pairs]
            made[index + 1] = replace(turns[index + 1], outputs=tuple(outputs))
    return tuple(made)
