"""Calls and outputs written by the model: the paper's one call for a sub-trajectory, or a part.

The answer's schema names the planned tools in their order, so that names and argument types cannot
be wrong; what can be wrong are values, and later stages look at those.
"""

from collections.abc import Callable
from dataclasses import replace

from toolace_mt.engine.answers import Unreadable, closed, read_object, read_words
from toolace_mt.engine.base import Request
from toolace_mt.prompts import render
from toolace_mt.slots import text_schema
from toolace_mt.tools.decoding import decodable
from toolace_mt.trajectory import (
    JsonObject,
    SubTask,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
    call_id,
)

_ANY_OUTPUT = closed(
    {"status": {"type": "string", "maxLength": 40}, "result": {"type": "string", "maxLength": 300}}
)


def whole_call(
    base: Request, trajectory: Trajectory, index: int, subtask: SubTask, tools: dict[str, Tool]
) -> tuple[Request, Callable[[str], tuple[Turn, ...]]]:
    """Return the request for a whole sub-trajectory, and the parser of its answer."""
    first = _made(trajectory)

    def parse(text: str) -> tuple[Turn, ...]:
        answer = read_object(text)
        user, reply = read_words(answer, "user"), read_words(answer, "reply")
        steps = _steps(answer, subtask, index, first)
        last = Turn("assistant", reply, subtask=index)
        return (Turn("user", user, subtask=index), *steps, last)

    schema = closed(
        {
            "user": text_schema(None),
            **_step_properties(subtask, tools),
            "reply": text_schema(None, longest=800),
        }
    )
    return _request(base, "skeleton", subtask, tools, schema), parse


def steps_call(
    base: Request, trajectory: Trajectory, index: int, subtask: SubTask, tools: dict[str, Tool]
) -> tuple[Request, Callable[[str], tuple[Turn, ...]]]:
    """Return the request for the calls and outputs alone, and the parser of its answer."""
    first = _made(trajectory)
    schema = closed(_step_properties(subtask, tools))
    request = _request(base, "steps", subtask, tools, schema)
    return request, lambda text: _steps(read_object(text), subtask, index, first)


def _made(trajectory: Trajectory) -> int:
    return sum(len(turn.calls) for turn in trajectory.turns)


def _request(
    base: Request, kind: str, subtask: SubTask, tools: dict[str, Tool], schema: JsonObject
) -> Request:
    names = dict.fromkeys(name for step in subtask.steps for name in step)
    instruction = render(
        "initialization/skeleton",
        goal=subtask.goal,
        steps=subtask.steps,
        texts=kind == "skeleton",
        examples=[example for name in names for example in tools[name].usage[:1]],
    )
    return replace(base, kind=kind, user=f"{base.user}\n\n{instruction}", schema=schema)


def _step_properties(subtask: SubTask, tools: dict[str, Tool]) -> dict[str, JsonObject]:
    """One property a step (`step_1`), in it one a call (`1_search_flights`): order is fixed."""
    return {
        f"step_{number}": closed(
            {
                f"{place}_{name}": closed(
                    {
                        "arguments": decodable(tools[name].parameters),
                        "output": decodable(tools[name].returns or _ANY_OUTPUT),
                    }
                )
                for place, name in enumerate(step, 1)
            }
        )
        for number, step in enumerate(subtask.steps, 1)
    }


def _steps(answer: JsonObject, subtask: SubTask, index: int, first: int) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    number = first
    for place, step in enumerate(subtask.steps, 1):
        calls: list[ToolCall] = []
        outputs: list[ToolOutput] = []
        for position, name in enumerate(step, 1):
            try:
                entry = answer[f"step_{place}"][f"{position}_{name}"]
                arguments, output = entry["arguments"], entry["output"]
            except (KeyError, TypeError) as error:
                raise Unreadable(f"step {place} lacks call {position} of {name}") from error
            if not isinstance(arguments, dict):
                raise Unreadable(f"step {place}: arguments of {name} are no object")
            calls.append(ToolCall(call_id(number), name, arguments))
            outputs.append(ToolOutput(call_id(number), output))
            number += 1
        turns.append(Turn("assistant", calls=tuple(calls), subtask=index))
        turns.append(Turn("tool", outputs=tuple(outputs), subtask=index))
    return tuple(turns)
