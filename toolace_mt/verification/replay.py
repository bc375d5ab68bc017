"""Executability (paper: "against real tools where there are any"): recorded calls made again.

A call that a real tool answers as recorded is marked "replayed"; one that it answers otherwise is a
finding at the tool's side. Calls without a real tool stay as they are.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from toolace_mt.schemas.paths import child, deeper_than, join
from toolace_mt.tools.execute import Execute
from toolace_mt.trajectory import Finding, ToolCall, ToolOutput, Trajectory, Turn
from toolace_mt.verification.facts import finding, shown

_CLOSE = 1e-9
_HUGE = 1e300  # integers beyond a float's range cannot be compared loosely
_DEEPEST = 100
_MOST = 3  # differences told of one call


async def replay(
    trajectory: Trajectory, execute: Execute
) -> tuple[Trajectory, tuple[Finding, ...]]:
    """Make every call again, in order; return the marked trajectory and what contradicts it."""
    turns: list[Turn] = list(trajectory.turns)
    findings: list[Finding] = []
    for index, turn in enumerate(trajectory.turns[:-1]):
        recorded = trajectory.turns[index + 1]
        if len(recorded.outputs) != len(turn.calls) or not turn.calls:
            continue  # other rules say so
        outputs: list[ToolOutput] = []
        for place, (call, output) in enumerate(zip(turn.calls, recorded.outputs, strict=True)):
            real = await execute(call)
            outputs.append(output if real is None else _marked(output, real))
            if real is not None:
                findings += _contradictions(call, output, real, index + 1, place)
        turns[index + 1] = _with(recorded, outputs)
    return replace(trajectory, turns=tuple(turns)), tuple(findings)


def _marked(recorded: ToolOutput, real: ToolOutput) -> ToolOutput:
    same = recorded.error == real.error
    if not recorded.error:  # the wording of an error may well change
        same = same and not any(_differences(recorded.content, real.content))
    executed = recorded.status == "executed"
    return replace(recorded, status="replayed") if same and not executed else recorded


def _with(turn: Turn, outputs: list[ToolOutput]) -> Turn:
    return replace(turn, outputs=tuple(outputs))


def _contradictions(
    call: ToolCall, recorded: ToolOutput, real: ToolOutput, turn: int, place: int
) -> Iterator[Finding]:
    where = f"outputs[{place}]"
    if recorded.error != real.error:
        told = "fails" if real.error else "succeeds"
        text = f"{call.name} {told} when it is made again"
        yield finding("replay", "error", text, turn, tool=call.name, path=where, side="tool")
        return
    if recorded.error:
        return
    for count, (path, was, now) in enumerate(_differences(recorded.content, real.content)):
        if count == _MOST:
            return
        text = f"{call.name} returns {shown(now)} at {path or 'the top'}, recorded is {shown(was)}"
        yield finding(
            *("replay", "error", text, turn),
            tool=call.name,
            path=join(where, path),
            side="tool",
        )


def _differences(was: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield what was recorded and is otherwise now; what only the real tool says is none."""
    if not path and (deeper_than(_DEEPEST, was) or deeper_than(_DEEPEST, now)):
        return  # nothing of a value that deep can be compared in bounded time
    if isinstance(was, dict) and isinstance(now, dict):
        for name, value in was.items():
            yield from _differences(value, now.get(name), child(path, name))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for place, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _differences(one, other, f"{path}[{place}]")
    elif not _same(was, now):
        yield path, was, now


def _same(was: Any, now: Any) -> bool:
    numbers = isinstance(was, int | float) and isinstance(now, int | float)
    if numbers and not isinstance(was, bool) and not isinstance(now, bool):
        near = max(abs(was), abs(now)) < _HUGE and math.isclose(was, now, rel_tol=_CLOSE)
        return near or bool(was == now)
    return type(was) is type(now) and bool(was == now)
