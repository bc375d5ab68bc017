"""Anybody's tool-calling dialogue as a trajectory, or the problems that prevent it.

Understood: OpenAI messages (also legacy `function_call` and role `function`), ShareGPT
conversations (`from`/`value`, with `function_call` and `observation`), ms-swift's `tool_call` and
`tool_response`, Hermes tags inside texts; tools nested or flat, as objects or as JSON strings.

Nothing is repaired that a check should see: wrong alternation, unknown tools and outputs that
belong to no call are carried over for the rules. A `Problem` is what no trajectory can hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from toolace_mt.reading.parts import (
    is_error,
    output_values,
    read_call,
    several,
    shown,
    tagged,
    text_of,
)
from toolace_mt.tools.definitions import read_tools
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, Trajectory, Turn

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "function_call": "call",
    "tool_call": "call",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "tool_response": "tool",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a dialogue cannot be read. `message` is an index into the messages, -1 for the row."""

    text: str
    message: int = -1


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue that was read; turn `i` came from message `messages[i]` (its first, for tools)."""

    trajectory: Trajectory
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A dialogue that no trajectory can hold, with every problem found in it."""

    id: str
    problems: tuple[Problem, ...]


def read_dialogue(row: object, default_id: str = "") -> Dialogue | Unread:
    """Read one row with `messages` (or `conversations`) and `tools`. Never raises on JSON values.

    Tool contents that are JSON are parsed, missing call ids are matched by order, `<tools>` blocks
    of user messages become `adds`. The row's `id` names the dialogue, else `default_id` does.
    """
    if not isinstance(row, dict):
        return Unread(default_id, (Problem(f"expected an object, got {shown(row)}"),))
    name = row.get("id")
    name = str(name) if isinstance(name, str) or type(name) is int else default_id
    messages = next((row[k] for k in ("messages", "conversations") if row.get(k) is not None), None)
    if isinstance(messages, str):
        messages = parse(messages)
    if not isinstance(messages, list):
        expected = "`messages` (or `conversations`) as a list"
        return Unread(name, (Problem(f"expected {expected}, got {shown(messages)}"),))
    reader = _Reader()
    reader.add_tools(row.get("tools", row.get("functions")), "tools")
    for index, message in enumerate(messages):
        reader.read(index, parse(message) if isinstance(message, str) else message)
    reader.close()
    if not reader.turns:
        reader.problem("no user, assistant or tool message", -1)
    if reader.problems:
        return Unread(name, tuple(reader.problems))
    return reader.dialogue(name, row.get("system"))


class _Reader:
    """Collects turns, tools and problems, message by message."""

    __slots__ = (
        "_order",
        "_outputs",
        "_unanswered",
        "places",
        "problems",
        "system",
        "tools",
        "turns",
    )

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.places: list[int] = []
        self.tools: list[Tool] = []
        self.system: list[str] = []
        self.problems: list[Problem] = []
        # The turn of outputs that is being read: outputs, and ids of calls it has not answered.
        self._outputs: list[ToolOutput] = []
        self._unanswered: set[str] = set()
        self._order: Iterator[str] = iter(())

    def problem(self, text: str, index: int) -> None:
        self.problems.append(Problem(text, index))

    def read(self, index: int, message: object) -> None:
        if not isinstance(message, dict):
            self.problem(f"expected a message object, got {shown(message)}", index)
            return
        raw = message.get("role") or message.get("from")
        role = ROLES.get(raw) if isinstance(raw, str) else None
        content = message.get("content")
        if content is None:
            content = message.get("value")
        if role == "tool":
            self._tool(index, message, content)
            return
        self.close()
        if role is None:
            self.problem(f"role: expected {', '.join(ROLES)}; got {shown(raw)}", index)
        elif role == "call":
            self._called(index, content)
        elif (text := content if isinstance(content, str) else text_of(content)) is None:
            self.problem(f"content: expected text, got {shown(content)}", index)
        elif role == "assistant":
            self._assistant(index, message, text)
        elif role == "user":
            self._user(index, text)
        else:
            self.system.append(self._offered(text, index))

    def add_tools(self, definitions: object, where: str, index: int = -1) -> list[Tool]:
        known = {tool.name for tool in self.tools} if index >= 0 else ()
        tools, wrong = read_tools(definitions)
        tools = [tool for tool in tools if tool.name not in known]
        self.tools.extend(tools)
        self.problems.extend(Problem(f"{where}{text}", index) for text in wrong)
        return tools

    def _add(self, index: int, turn: Turn) -> None:
        self.turns.append(turn)
        self.places.append(index)

    def _offered(self, text: str, index: int) -> str:
        """Take the tools of a Hermes system prompt, where the row has none of its own."""
        found = tagged(text, "tools")[0] if "<tools>" in text and not self.tools else []
        for block in found:
            self.add_tools(several(block), "<tools>", index)
        return text

    def _user(self, index: int, text: str) -> None:
        adds: tuple[str, ...] = ()
        start, end = text.find("<tools>"), text.rfind("</tools>")
        if 0 <= start < end:
            definitions = parse(text[start + len("<tools>") : end].strip())
            if isinstance(definitions, list):
                adds = tuple(tool.name for tool in self.add_tools(definitions, "<tools>", index))
                text = text[:start].rstrip() + text[end + len("</tools>") :].rstrip()
        self._add(index, Turn("user", text, adds=adds))

    def _assistant(self, index: int, message: JsonObject, text: str) -> None:
        calls = message.get("tool_calls") or []
        if isinstance(calls, str):
            calls = parse(calls)
        if not isinstance(calls, list):
            self.problem(f"tool_calls: expected a list, got {shown(calls)}", index)
            return
        if not calls and message.get("function_call"):
            calls = [message["function_call"]]
        if not calls and "<tool_call>" in text:
            found, text = tagged(text, "tool_call")
            calls = [parse(call) for call in found]
        self._add(index, Turn("assistant", text, self._calls(index, calls) if calls else ()))

    def _called(self, index: int, content: object) -> None:
        """Read a message that is calls alone; several in a row are parallel calls of one turn."""
        value = parse(content) if isinstance(content, str) else content
        calls = self._calls(index, value if isinstance(value, list) else [value])
        if self.turns and self.turns[-1].role == "assistant":
            self.turns[-1] = replace(self.turns[-1], calls=self.turns[-1].calls + calls)
        else:
            self._add(index, Turn("assistant", "", calls))

    def _calls(self, index: int, calls: list[Any]) -> tuple[ToolCall, ...]:
        read = []
        for place, given in enumerate(calls):
            call = read_call(given, f"call_{index}_{place}")
            if isinstance(call, ToolCall):
                read.append(call)
            else:
                self.problem(f"tool_calls[{place}]{call}", index)
        return tuple(read)

    def _tool(self, index: int, message: JsonObject, content: object) -> None:
        if not self._outputs:
            ids = [call.id for call in self.turns[-1].calls] if self.turns else []
            self._unanswered, self._order = set(ids), iter(ids)
            self._add(index, Turn("tool"))  # filled in by `close`
        given = message.get("tool_call_id")
        given = given if isinstance(given, str) else ""
        unanswered = self._unanswered
        for value in output_values(content, 1 if given else len(unanswered)):
            call_id = given or next((i for i in self._order if i in unanswered), "")
            unanswered.discard(call_id)
            self._outputs.append(ToolOutput(call_id, value, is_error(value)))

    def close(self) -> None:
        """End the turn of outputs, if one is open; outputs of all calls stand in their order."""
        outputs = self._outputs
        if not outputs:
            return
        calls = self.turns[-2].calls if len(self.turns) > 1 else ()
        if len(outputs) == len(calls) > 1 and not self._unanswered:
            rank = {call.id: place for place, call in enumerate(calls)}
            outputs.sort(key=lambda output: rank.get(output.call_id, len(rank)))
        self.turns[-1] = Turn("tool", outputs=tuple(outputs))
        self._outputs = []

    def dialogue(self, name: str, system: object) -> Dialogue:
        if not self.system and isinstance(system, str):
            self.system.append(self._offered(system, -1))
        text = "\n\n".join(filter(None, self.system))
        trajectory = Trajectory(name, 0, tuple(self.tools), None, tuple(self.turns), system=text)
        return Dialogue(trajectory, tuple(self.places))
