"""A trajectory as a training row: OpenAI messages and tools, arguments as objects.

Absent keys are absent and `content` is always a string, because chat templates print null keys
into the training text, crash on `tool_calls: null` or double-encode arguments given as strings.
"""

import json
from collections.abc import Iterable
from typing import Any

from toolace_mt.trajectory import JsonObject, Tool, Trajectory, Turn

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_row(trajectory: Trajectory) -> JsonObject:
    """Return `{"messages": [...], "tools": [...]}`.

    `tools` are those available at the start. A user turn that adds tools carries their definitions
    in a `<tools>` block at its end, so that the text alone says what can be called from then on.
    """
    messages = turn_messages(trajectory.turns, trajectory, call_names(trajectory))
    if trajectory.system:
        messages.insert(0, {"role": "system", "content": trajectory.system})
    return {
        "messages": messages,
        "tools": [tool_definition(tool) for tool in trajectory.available(-1)],
    }


def call_names(trajectory: Trajectory) -> dict[str, str]:
    """Return the names of all calls by id, those of edits that were undone included."""
    edited = (turn for edit in trajectory.edits for turn in (*edit.before, *edit.after))
    turns = (*edited, *trajectory.turns)  # what stands in the dialogue has the last word
    return {call.id: call.name for turn in turns for call in turn.calls}


def turn_messages(
    turns: Iterable[Turn], trajectory: Trajectory, names: dict[str, str]
) -> list[JsonObject]:
    """Return the messages of some turns of a trajectory, past or present ones.

    A turn is one message, but a turn of outputs is one per output: compact JSON, unless it is a
    string, with the name of the call it answers.
    """
    messages: list[JsonObject] = []
    for turn in turns:
        if turn.role == "tool":
            messages.extend(_outputs(turn, names))
        elif turn.role == "assistant":
            messages.append(_assistant(turn))
        else:
            messages.append({"role": "user", "content": _user_text(trajectory, turn)})
    return messages


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
    return _encode(value)


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


def _outputs(turn: Turn, names: dict[str, str]) -> list[JsonObject]:
    messages = []
    for output in turn.outputs:
        content = output.content
        message = {"role": "tool", "tool_call_id": output.call_id}
        if output.call_id in names:
            message["name"] = names[output.call_id]
        message["content"] = content if isinstance(content, str) else compact(content)
        messages.append(message)
    return messages
