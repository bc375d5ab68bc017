"""A trajectory as a training row: OpenAI messages and tools, with arguments as objects.

Absent keys are left out, and `content` is always a string. Chat templates print null keys into the
training text, crash on `tool_calls: null`, or encode arguments twice that are strings.
"""

from collections.abc import Iterable

from toolace_mt.dataset.json_text import compact
from toolace_mt.trajectory import JsonObject, Tool, Trajectory, Turn


def to_row(trajectory: Trajectory) -> JsonObject:
    """Return `{"messages": [...], "tools": [...]}`.

    `tools` are those available at the start. A user turn that adds tools has their definitions in a
    `<tools>` block at its end, so that the text alone says what can be called from then on.
    """
    return {
        "messages": dialogue_messages(trajectory, call_names(trajectory)),
        "tools": [tool_definition(tool) for tool in trajectory.available(-1)],
    }


def dialogue_messages(trajectory: Trajectory, names: dict[str, str]) -> list[JsonObject]:
    """Return all messages, a system message first; `names` maps the ids of calls to their tools."""
    system = [{"role": "system", "content": trajectory.system}] if trajectory.system else []
    return system + turn_messages(trajectory.turns, trajectory, names)


def trained(trajectory: Trajectory) -> list[bool]:
    """Return for every message of `to_row` whether a model should be trained to write it.

    True for the assistant's messages, except those that are wrong on purpose: error simulation has
    a first call fail, so that the dialogue shows how an assistant recovers.
    """
    marks = [False] if trajectory.system else []
    for index, turn in enumerate(trajectory.turns):
        wrong = turn.injection == "error_simulation" and _fails(trajectory.turns[index + 1 :])
        marks += [turn.is_action and not wrong] * (len(turn.outputs) if turn.role == "tool" else 1)
    return marks


def _fails(following: tuple[Turn, ...]) -> bool:
    return bool(following) and any(output.error for output in following[0].outputs)


def call_names(trajectory: Trajectory) -> dict[str, str]:
    """Return the tool of every call by the call's id, including calls that later edits removed."""
    edited = (turn for edit in trajectory.edits for turn in (*edit.before, *edit.after))
    turns = (*edited, *trajectory.turns)  # the dialogue's own turns override edits
    return {call.id: call.name for turn in turns for call in turn.calls}


def turn_messages(
    turns: Iterable[Turn], trajectory: Trajectory, names: dict[str, str]
) -> list[JsonObject]:
    """Return the messages of turns of a trajectory, present or past ones.

    A turn is one message, except that a tool turn has one for each output. Its content is compact
    JSON, unless the output is a string, and its name is that of the tool.
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


def thought(message: JsonObject) -> str:
    """Return the reasoning of a message as text before its content, "" if it has none.

    For formats of plain strings, whose readers look for `<think>` tags.
    """
    reasoning = message.get("reasoning_content")
    return f"<think>\n{reasoning}\n</think>\n\n" if reasoning else ""


def tool_definition(tool: Tool) -> JsonObject:
    """Return the tool as OpenAI's nested function object."""
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _user_text(trajectory: Trajectory, turn: Turn) -> str:
    if not turn.adds:
        return turn.content
    added = [tool_definition(t) for name in turn.adds if (t := trajectory.tool(name))]
    return f"{turn.content}\n\n<tools>\n{compact(added)}\n</tools>"


def _assistant(turn: Turn) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": turn.content}
    if turn.reasoning:
        message["reasoning_content"] = turn.reasoning
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
