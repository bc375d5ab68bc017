"""A trajectory as a training row: OpenAI messages and tools, arguments as objects.

Absent keys are absent and `content` is always a string, because chat templates print null keys
into the training text, crash on `tool_calls: null` or double-encode arguments given as strings.
"""

import json
from collections.abc import Iterator
from typing import Any

from toolace_mt.trajectory import JsonObject, Tool, Trajectory, Turn


def to_row(trajectory: Trajectory) -> JsonObject:
    """Return `{"messages": [...], "tools": [...]}`.

    `tools` are those available at the start. A user turn that adds tools carries their definitions
    in a `<tools>` block at its end, so that the text alone says what can be called from then on.
    A tool turn becomes one message per output; outputs that are not strings are compact JSON.
    """
    messages = [{"role": "system", "content": trajectory.system}] if trajectory.system else []
    for index, turn in enumerate(trajectory.turns):
        match turn.role:
            case "user":
                messages.append({"role": "user", "content": _user_text(trajectory, turn)})
            case "assistant":
                messages.append(_assistant(turn))
            case "tool":
                messages.extend(_outputs(trajectory, index))
    return {
        "messages": messages,
        "tools": [tool_definition(tool) for tool in trajectory.available(-1)],
    }


def tool_definition(tool: Tool) -> JsonObject:
    """Return the tool as OpenAI's nested function object."""
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def compact(value: Any) -> str:
    """Return the value as JSON without spaces, in plain Unicode."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _user_text(trajectory: Trajectory, turn: Turn) -> str:
    if not turn.adds:
        return turn.content
    added = [tool_definition(t) for name in turn.adds if (t := trajectory.tool(name))]
    return f"{turn.content}\n\n<tools>\n{compact(added)}\n</tools>"


def _assistant(turn: Turn) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": turn.content}
    if turn.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in turn.calls
        ]
    return message


def _outputs(trajectory: Trajectory, index: int) -> Iterator[JsonObject]:
    before = trajectory.turns[index - 1].calls if index else ()
    names = {call.id: call.name for call in before}
    for output in trajectory.turns[index].outputs:
        content = output.content
        message = {"role": "tool", "tool_call_id": output.call_id}
        if output.call_id in names:
            message["name"] = names[output.call_id]
        message["content"] = content if isinstance(content, str) else compact(content)
        yield message
