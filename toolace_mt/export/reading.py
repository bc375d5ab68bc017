"""Anybody's tool-calling dialogue as a trajectory, or the problems that prevent it.

Understood: OpenAI messages (also legacy `function_call` and role `function`), ShareGPT
conversations (`from`/`value`, with `function_call` and `observation`), ms-swift's `tool_call` and
`tool_response`, Hermes tags inside texts; tools nested or flat, as objects or as JSON strings.

Nothing is repaired that a check should see: wrong alternation, unknown tools and outputs that
belong to no call are carried over for the rules. A `Problem` is what no trajectory can hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from toolace_mt.export.definitions import parse, read_tools
from toolace_mt.export.parts import (
    is_error,
    output_values,
    read_call,
    several,
    shown,
    tagged,
    text_of,
)
from toolace_mt.trajectory import JsonObject, Role, Tool, ToolCall, ToolOutput, Trajectory, Turn

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
    if not reader.turns:
        reader.problem("no user, assistant or tool message", -1)
    if reader.problems:
        return Unread(name, tuple(reader.problems))
    return reader.dialogue(name, row.get("system"))


@dataclass(slots=True)
class _Draft:
    """A turn while its messages are read; `unanswered` are ids of the calls before a tool turn."""

    role: Role
    message: int
    content: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    outputs: list[ToolOutput] = field(default_factory=list)
    adds: tuple[str, ...] = ()
    unanswered: set[str] = field(default_factory=set)
    order: Iterator[str] = field(default_factory=lambda: iter(()))


@dataclass(slots=True)
class _Reader:
    """Collects turns, tools and problems, message by message."""

    turns: list[_Draft] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    system: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

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
        elif role == "call":
            self._called(index, content)
        elif role is None:
            self.problem(f"role: expected {', '.join(ROLES)}; got {shown(raw)}", index)
        else:
            text = text_of(content)
            if text is None:
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

    def _offered(self, text: str, index: int) -> str:
        """Take the tools of a Hermes system prompt, where the row has none of its own."""
        found = tagged(text, "tools")[0] if "<tools>" in text and not self.tools else []
        for block in found:
            self.add_tools(several(block), "<tools>", index)
        return text

    def _user(self, index: int, text: str) -> None:
        draft = _Draft("user", index, text)
        self.turns.append(draft)
        start, end = text.find("<tools>"), text.rfind("</tools>")
        if 0 <= start < end:
            definitions = parse(text[start + len("<tools>") : end].strip())
            if isinstance(definitions, list):
                added = self.add_tools(definitions, "<tools>", index)
                draft.adds = tuple(tool.name for tool in added)
                draft.content = text[:start].rstrip() + text[end + len("</tools>") :].rstrip()

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
        draft = _Draft("assistant", index, text)
        self.turns.append(draft)
        self._add_calls(draft, calls, "tool_calls")

    def _called(self, index: int, content: object) -> None:
        """Read a message that is calls alone; several in a row are parallel calls of one turn."""
        value = parse(content) if isinstance(content, str) else content
        last = self.turns[-1] if self.turns else None
        if last is None or last.role != "assistant":
            last = _Draft("assistant", index)
            self.turns.append(last)
        self._add_calls(last, value if isinstance(value, list) else [value], "calls", index)

    def _add_calls(self, draft: _Draft, calls: list[Any], where: str, at: int = -1) -> None:
        index = draft.message if at < 0 else at
        for place, given in enumerate(calls):
            call = read_call(given, f"call_{index}_{place}")
            if isinstance(call, str):
                self.problem(f"{where}[{place}]{call}", index)
            else:
                draft.calls.append(call)

    def _tool(self, index: int, message: JsonObject, content: object) -> None:
        draft = self.turns[-1] if self.turns else None
        if draft is None or draft.role != "tool":
            ids = [call.id for call in draft.calls] if draft is not None else []
            draft = _Draft("tool", index, unanswered=set(ids), order=iter(ids))
            self.turns.append(draft)
        given = message.get("tool_call_id")
        given = given if isinstance(given, str) else ""
        for value in output_values(content, 1 if given else len(draft.unanswered)):
            unanswered = draft.unanswered
            call_id = given or next((i for i in draft.order if i in unanswered), "")
            unanswered.discard(call_id)
            draft.outputs.append(ToolOutput(call_id, value, error=is_error(value)))

    def dialogue(self, name: str, system: object) -> Dialogue:
        if not self.system and isinstance(system, str):
            self.system.append(self._offered(system, -1))
        turns = tuple(_finish(self.turns))
        trajectory = Trajectory(
            name, 0, tuple(self.tools), turns=turns, system="\n\n".join(filter(None, self.system))
        )
        return Dialogue(trajectory, tuple(draft.message for draft in self.turns))


def _finish(drafts: list[_Draft]) -> Iterator[Turn]:
    """Freeze the drafts, outputs in the order of their calls where both have the same ids."""
    rank: dict[str, int] = {}
    for draft in drafts:
        outputs = draft.outputs
        ids = {output.call_id for output in outputs}
        if len(ids) == len(outputs) > 1 and ids == rank.keys():
            outputs = sorted(outputs, key=lambda output: rank[output.call_id])
        yield Turn(
            draft.role,
            draft.content,
            tuple(draft.calls),
            tuple(outputs),
            adds=draft.adds,
        )
        rank = {call.id: place for place, call in enumerate(draft.calls)}
