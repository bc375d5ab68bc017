"""The tools' role: outputs consistent with the arguments and with earlier outputs."""

import json
from dataclasses import replace
from typing import Any

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.schemas.narrow import decodable
from toolace_mt.seeds import derive_random
from toolace_mt.simulation.scene import Scene, Setting
from toolace_mt.texts.drawn_calls import draw_steps
from toolace_mt.trajectory import JsonObject, SubTask, ToolCall, ToolOutput, Trajectory, Turn

_FAULTS = (
    "The request timed out. Please try again.",
    "The service is temporarily unavailable.",
    "Too many requests. Try again in a moment.",
    "Internal server error while handling the request.",
    "The connection to the service was lost.",
    "The service is busy at the moment, try again.",
)
_ANY_OUTPUT = closed(
    {
        "status": {"type": "string", "maxLength": 40},
        "result": {"type": "string", "maxLength": 300},
    }
)


async def answer(trajectory: Trajectory, scene: Scene, setting: Setting) -> Turn | Unusable:
    """Return the outputs of the calls in the last turn, or Unusable.

    - A call made before gets the same output again, without a model call.
    - Where values are seeded, outputs are drawn as in stage 1.
    - Otherwise one model call writes all remaining outputs and sees the earlier ones.
    - If the complications want an error, the first call of the sub-task fails.
    """
    calls = trajectory.turns[-1].calls
    outputs: dict[str, ToolOutput] = {}
    if scene.fails and not any(output.error for _, output in scene.made(trajectory)):
        rng = derive_random(trajectory.seed, "simulation", "fault", scene.index)
        fault = {"error": rng.choice(_FAULTS)}
        outputs[calls[0].id] = ToolOutput(calls[0].id, fault, error=True)
    open_calls: list[ToolCall] = []
    for call in calls:
        if call.id in outputs:
            continue
        known, content = _returned(trajectory, scene, call)
        if not known and setting.seeded:
            known, content = True, _draw(trajectory, scene, call)
        if known:
            outputs[call.id] = ToolOutput(call.id, content)
        else:
            open_calls.append(call)
    if open_calls:
        written = await _write(trajectory, scene, open_calls, setting)
        if isinstance(written, Unusable):
            return written
        outputs |= written
    failed = any(output.error for output in outputs.values())
    return Turn(
        "tool",
        outputs=tuple(outputs[call.id] for call in calls),
        subtask=scene.index,
        injection="error_simulation" if failed else None,
    )


def _returned(trajectory: Trajectory, scene: Scene, call: ToolCall) -> tuple[bool, Any]:
    """Return whether the output of an equal call is known, and that output."""
    for _, earlier, output in trajectory.calls():
        same = (earlier.name, earlier.arguments) == (call.name, call.arguments)
        if same and output and not output.error:
            return True, output.content
    for calls, outputs in zip(scene.intended[::2], scene.intended[1::2], strict=True):
        for intended, output in zip(calls.calls, outputs.outputs, strict=True):
            if (intended.name, intended.arguments) == (call.name, call.arguments):
                return True, output.content
    return False, None


def _draw(trajectory: Trajectory, scene: Scene, call: ToolCall) -> Any:
    """Draw the output of a call that is not in the plan, with the rules of stage 1."""
    given = json.dumps(call.arguments, sort_keys=True)
    rng = derive_random(trajectory.seed, "simulation", "output", call.name, given)
    step = SubTask("", ((call.name,),))
    fixed = {call.name: replace(scene.tools[call.name], parameters={"const": call.arguments})}
    _, outputs = draw_steps(step, scene.index, fixed, trajectory.turns[:-1], rng)
    return outputs.outputs[0].content


async def _write(
    trajectory: Trajectory, scene: Scene, calls: list[ToolCall], setting: Setting
) -> dict[str, ToolOutput] | Unusable:
    names = {f"{place}_{call.name}": call for place, call in enumerate(calls, 1)}
    schemas = {name: scene.tools[call.name].returns for name, call in names.items()}
    schema = closed({name: decodable(each or _ANY_OUTPUT) for name, each in schemas.items()})
    instruction = render("simulation/tool", names=list(names), calls=calls)

    def parse(written: JsonObject) -> dict[str, ToolOutput]:
        if missing := names.keys() - written.keys():
            raise Unreadable(f"no output for {sorted(missing)}")
        return {call.id: ToolOutput(call.id, written[name]) for name, call in names.items()}

    return await setting.ask(trajectory, "tool", Question(instruction, schema, parse))
