"""A trajectory as a training row: OpenAI messages and tools, arguments as objects.

Absent keys are absent and `content` is always a string, because chat templates print null keys
into the training text, crash on `tool_calls: null` or double-encode arguments given as strings.
"""

import json
from collections.abc import Iterable
from typing import Any

from toolace_mt.trajectory import JsonObject, Tool, Trajectory, Turn


def to_row(trajectory: Trajectory) -> JsonObject:
    """Return `{"messages": [...], "tools": [...]}`.

    `tools` are those available at the start. A user turn that adds tools carries their definitions
    in a `<tools>` block at its end, so that the text alone says what can be called from then on.
    """
    messages = [message for group in message_groups(trajectory) for message in group]
    if trajectory.system:
        messages.insert(0, {"role": "system", "content": trajectory.system})
    return {
        "messages": messages,
        "tools": [tool_definition(tool) for tool in trajectory.available(-1)],
    }


def message_groups(trajectory: Trajectory) -> list[list[JsonObject]]:
    """Return the messages of each turn: one, but one per output for a turn of outputs."""
    return turn_messages(trajectory.turns, trajectory)


def turn_messages(turns: Iterable[Turn], trajectory: Trajectory) -> list[list[JsonObject]]:
    """Return the messages of each of some turns of a trajectory, past or present ones.

    Outputs that are not strings become compact JSON; they bear the name of the call they answer.
    """
    names = {call.id: call.name for _, call, _ in trajectory.calls()}
    groups = []
    for turn in turns:
        names.update((call.id, call.name) for call in turn.calls)
        if turn.role == "tool":
            groups.append(_outputs(turn, names))
        elif turn.role == "assistant":
            groups.append([_assistant(turn)])
        else:
            groups.append([{"role": "user", "content": _user_text(trajectory, turn)}])
    return groups


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
