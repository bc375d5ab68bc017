"""Questions for a whole sub-trajectory in one call (paper), or for its calls and outputs alone.

The answer's schema names the planned tools in their order, so names and argument types cannot be
wrong. Values can be; later stages check them.
"""

import random

from toolace_mt.calls.ask import Unreadable, closed, read_words
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.schemas.narrow import decodable
from toolace_mt.texts.constrained import text_schema
from toolace_mt.texts.examples import spoken_usages
from toolace_mt.trajectory import (
    JsonObject,
    SubTask,
    Tool,
    ToolCall,
    ToolOutput,
    Turn,
    UsageExample,
    call_id,
)

_ANY_OUTPUT = closed(
    {"status": {"type": "string", "maxLength": 40}, "result": {"type": "string", "maxLength": 300}}
)


def whole_question(
    calls_before: int, index: int, subtask: SubTask, tools: dict[str, Tool], rng: random.Random
) -> Question[tuple[Turn, ...]]:
    """Return the question for a whole sub-trajectory.

    `calls_before` is the number of calls in the dialogue before it. `rng` draws the values in the
    usage examples that the prompt shows.
    """

    def parse(answer: JsonObject) -> tuple[Turn, ...]:
        user, reply = read_words(answer, "user"), read_words(answer, "reply")
        steps = _steps(answer, subtask, index, calls_before)
        last = Turn("assistant", reply, subtask=index)
        return (Turn("user", user, subtask=index), *steps, last)

    properties = {
        "user": text_schema(None),
        **_step_properties(subtask, tools),
        "reply": text_schema(None, longest=800),
    }
    names = dict.fromkeys(name for step in subtask.steps for name in step)
    examples = spoken_usages((tools[name] for name in names), rng)
    return Question(_instruction(subtask, examples, texts=True), closed(properties), parse)


def steps_question(
    calls_before: int, index: int, subtask: SubTask, tools: dict[str, Tool]
) -> Question[tuple[Turn, ...]]:
    """Return the question for the calls and outputs of a sub-trajectory, without its texts.

    `calls_before` is the number of calls in the dialogue before it.
    """
    return Question(
        _instruction(subtask, [], texts=False),
        closed(_step_properties(subtask, tools)),
        lambda answer: _steps(answer, subtask, index, calls_before),
    )


def _instruction(subtask: SubTask, examples: list[UsageExample], *, texts: bool) -> str:
    return render(
        "initialization/skeleton",
        goal=subtask.goal,
        steps=subtask.steps,
        texts=texts,
        examples=examples,
    )


def _step_properties(subtask: SubTask, tools: dict[str, Tool]) -> dict[str, JsonObject]:
    """Return a property for each step (`step_1`), with one for each call (`1_search_flights`)."""
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
