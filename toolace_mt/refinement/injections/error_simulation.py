"""Injections that extend a call into (call, error output, call again): error simulation."""

import itertools
import random
from typing import Any

from toolace_mt.refinement.injections.extension import NOTHING_SAID, Extension, Text
from toolace_mt.schemas.check import check_arguments
from toolace_mt.texts.slots import in_words
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, Trajectory, Turn, call_id


def failing_tool(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:  # noqa: ARG001
    """The tool fails for a while: the assistant says so and makes the same call again."""
    call = _single_call(trajectory, index)
    if call is None:
        return None

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return _attempt(trajectory, call, call.arguments, written["error"], written["reflection"])

    texts = {"error": Text(NOTHING_SAID), "reflection": Text(NOTHING_SAID)}
    return Extension(
        *("error_simulation", "failing_tool", index, texts, build, trajectory.tools),
        notes={"tool": call.name},
    )


def bad_arguments(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """The first call has a wrong argument, which the tool refuses; the assistant mends it.

    The error is what checking the call against the tool's schema really says.
    """
    call = _single_call(trajectory, index)
    tool = trajectory.tool(call.name) if call else None
    if call is None or tool is None:
        return None
    spoilt = _spoil(tool, call.arguments, rng)
    if spoilt is None:
        return None
    mismatch = check_arguments(tool, spoilt)[0]
    error = f"Invalid arguments: {mismatch.path}: {mismatch.message}".replace(": :", ":")

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return _attempt(trajectory, call, spoilt, error, written["reflection"])

    return Extension(
        *("error_simulation", "bad_arguments", index),
        {"reflection": Text(NOTHING_SAID)},
        build,
        trajectory.tools,
        notes={"tool": call.name, "error": error, "words": in_words(mismatch.path)},
    )


def _single_call(trajectory: Trajectory, index: int) -> ToolCall | None:
    calls = trajectory.turns[index].calls
    return calls[0] if len(calls) == 1 else None


def _spoil(tool: Tool, arguments: JsonObject, rng: random.Random) -> JsonObject | None:
    """Return arguments that the tool's schema refuses: one left out, or of the wrong kind."""
    ways: list[JsonObject] = []
    for name, value in arguments.items():
        ways.append({other: kept for other, kept in arguments.items() if other != name})
        ways.append({**arguments, name: _of_another_kind(value)})
    refused = [way for way in ways if check_arguments(tool, way)]
    return rng.choice(refused) if refused else None


def _of_another_kind(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, str):
        return [value]
    return str(value)


def _attempt(
    trajectory: Trajectory, call: ToolCall, arguments: JsonObject, error: str, reflection: str
) -> tuple[Turn, ...]:
    """Return the failed attempt and the call as it was; that call keeps its id."""
    taken = {other.id for _, other, _ in trajectory.calls()}
    free = next(name for name in map(call_id, itertools.count(len(taken))) if name not in taken)
    failed = ToolCall(free, call.name, arguments)
    return (
        Turn("assistant", calls=(failed,)),
        Turn("tool", outputs=(ToolOutput(failed.id, {"error": error}, error=True),)),
        Turn("assistant", reflection, calls=(call,)),
    )
