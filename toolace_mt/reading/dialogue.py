"""Reads one row of any dataset of tool-calling dialogues as a trajectory.

`reading.shapes` brings rows to messages; this module reads those (docs/reading.md lists them all).

- Faults that a rule should see are kept: wrong alternation, unknown tools, outputs without a call.
- What no rule looks at is set aside, with a note: reasoning, images, built-in tools.
- Padding by Arrow counts as absent. Only what no trajectory can hold makes a dialogue `Unread`.
"""

from dataclasses import dataclass, replace
from typing import Any

from toolace_mt.reading import offered
from toolace_mt.reading.messages import (
    SPEAKER,
    answer_of,
    content_of,
    is_call,
    is_thought,
    reasoned,
    spoken,
)
from toolace_mt.reading.outputs import Given, matched, read_outputs
from toolace_mt.reading.padding import without_padding
from toolace_mt.reading.parts import (
    OUTPUT_PARTS,
    absent,
    read_call,
    scalar_id,
    shown,
    tagged,
    text_of,
    without_thoughts,
    written_calls,
)
from toolace_mt.reading.problem import Problem as Problem
from toolace_mt.reading.problem import Unread as Unread
from toolace_mt.reading.shapes import plain
from toolace_mt.tools.definitions import builtin_types, read_tools
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, Trajectory, Turn


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue that was read.

    `messages` has for each turn the index of its message, or of its first message for a tool turn.
    `notes` say what was set aside, each text once for a message.
    """

    trajectory: Trajectory
    messages: tuple[int, ...]
    notes: tuple[Problem, ...] = ()


def read_dialogue(row: object, default_id: str = "") -> Dialogue | Unread:
    """Read one row in any of the shapes of `reading.shapes`. Never raises on JSON values.

    Tool contents that are JSON are parsed, and `<tools>` blocks of user messages become `adds`. An
    output belongs to the call with its id, else with its name, else to the next call in order. The
    dialogue is named by the row's `id`, or else `default_id`.
    """
    if isinstance(row, str):
        row = parse(row)
    if isinstance(row, list) and row and isinstance(row[0], dict):
        row = {"messages": row}  # a dialogue alone
    if not isinstance(row, dict):
        return Unread(default_id, (Problem(f"expected an object, got {shown(row)}"),))
    name = scalar_id(row.get("id")) or default_id
    shape = plain(row)
    if isinstance(shape, str):
        return Unread(name, (Problem(shape),))
    reader = _Reader()
    column, definitions = offered.first_with_tools(shape.row)
    reader.add_tools(definitions, column)
    for index, message in enumerate(shape.messages):
        reader.read(index, parse(message) if isinstance(message, str) else message)
    reader.close()
    reader.add_system(shape.system)
    if not reader.turns:
        reader.problems = [Problem("no user, assistant or tool message"), *reader.notes]
    if reader.problems:
        return Unread(name, tuple(reader.problems))
    return reader.dialogue(name)


class _Reader:
    """Collects turns, tools, notes and problems, message by message."""

    __slots__ = (
        "_given",
        "_names",
        "_own",
        "notes",
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
        self.notes: dict[Problem, None] = {}
        self._given: list[Given] = []  # outputs of the open tool turn
        self._names: set[str] = set()  # of the tools that the open turn answers
        self._own: set[str] = set()  # ids of calls that the row itself gives

    def problem(self, text: str, index: int) -> None:
        self.problems.append(Problem(text, index))

    def note(self, text: str, index: int) -> None:
        self.notes[Problem(text, index)] = None

    def read(self, index: int, message: object) -> None:
        if absent(message):
            return
        if not isinstance(message, dict):
            self.problem(f"expected a message object, got {shown(message)}", index)
            return
        message, role = spoken(message)
        content = content_of(message)
        if role == "tool":
            self._tool(index, message, content)
            return
        if role == "user" and isinstance(content, list):
            content = self._results(index, content)
            if content == []:
                return
        self.close()
        if role == "call":
            self._called(index, message if content is None else content)
            return
        if role == "":
            raw = next((message[key] for key in SPEAKER if message.get(key)), None)
            self.note(f"a message with the role {shown(raw)}", index)
        elif role == "assistant" and is_thought(message):
            self.note("reasoning", index)
        elif role == "assistant":
            self._assistant(index, message, content)
        elif role == "user":
            if message.get("tool_calls"):
                self.note("calls of the user", index)
            self._user(index, self._text(index, content))
        else:
            if message.get("tools") and not self.tools:
                self.add_tools(message["tools"], "tools", index)
            self.system.append(self._offering(self._text(index, content), index))

    def _text(self, index: int, content: object) -> str:
        return text_of(content, lambda what: self.note(what, index))

    def add_tools(self, definitions: object, where: str, index: int = -1) -> list[Tool]:
        given = offered.definitions(definitions)
        for kind in builtin_types(given):
            self.note(f"the built-in tool {kind[:40]!r}", index)
        known = {tool.name for tool in self.tools} if index >= 0 else ()
        tools, wrong = read_tools(given)
        tools = [tool for tool in tools if tool.name not in known]
        self.tools.extend(tools)
        for text in wrong:
            self.note(f"{where}{text}", index)
        return tools

    def _add(self, index: int, turn: Turn) -> None:
        self.turns.append(turn)
        self.places.append(index)

    def _offering(self, text: str, index: int) -> str:
        """Take the tools of a system prompt, if the row has none of its own; return the prompt."""
        if not self.tools:
            self.add_tools(offered.in_prompt(text), "<tools>", index)
        return text

    def add_system(self, system: object) -> None:
        """Take the row's own system prompt, unless a message is one."""
        if system is not None and not self.system:
            self.system.append(self._offering(self._text(-1, system), -1))

    def _user(self, index: int, text: str) -> None:
        adds: tuple[str, ...] = ()
        start, end = text.find("<tools>"), text.rfind("</tools>")
        if 0 <= start < end:
            definitions = parse(text[start + len("<tools>") : end].strip())
            if isinstance(definitions, list):
                adds = tuple(tool.name for tool in self.add_tools(definitions, "<tools>", index))
                text = text[:start].rstrip() + text[end + len("</tools>") :].rstrip()
        self._add(index, Turn("user", text, adds=adds))

    def _assistant(self, index: int, message: JsonObject, content: object) -> None:
        if reasoned(message):
            self.note("reasoning", index)
        calls = message.get("tool_calls")
        if isinstance(calls, str):
            calls = parse(calls) if calls.strip() else None
        calls = [calls] if isinstance(calls, dict) else calls
        if not isinstance(calls, list | None):
            self.problem(f"tool_calls: expected a list, got {shown(calls)}", index)
            return
        calls = [call for call in calls or [] if not absent(call)]
        parts = content if isinstance(content, list) else []
        called = [part for part in parts if is_call(part)]
        said = [part for part in parts if not is_call(part)] if called else content
        text = self._text(index, said)
        text = without_thoughts(text, lambda what: self.note(what, index))
        calls = calls or called
        if not calls and not absent(legacy := message.get("function_call")):
            calls = [legacy]
        if not calls and "<tool_call>" in text:
            found, text = tagged(text, "tool_call")
            calls = [parse(call) for call in found]
        self._add(index, Turn("assistant", text, self._calls(index, calls) if calls else ()))

    def _called(self, index: int, content: object) -> None:
        """Read a message of calls. Several such messages in a row are parallel calls."""
        text, value = written_calls(content, lambda what: self.note(what, index))
        calls = self._calls(index, value if isinstance(value, list) else [value])
        if self.turns and self.turns[-1].role == "assistant":
            self.turns[-1] = replace(self.turns[-1], calls=self.turns[-1].calls + calls)
        else:
            self._add(index, Turn("assistant", text, calls))

    def _calls(self, index: int, calls: list[Any]) -> tuple[ToolCall, ...]:
        read = []
        for place, given in enumerate(calls):
            default = f"call_{index}_{place}"
            call = read_call(given, default, lambda what: self.note(what, index))
            if isinstance(call, ToolCall):
                read.append(call)
                if call.id != default:
                    self._own.add(call.id)
            elif call is not None:
                self.problem(f"tool_calls[{place}]{call}", index)
        return tuple(read)

    def _results(self, index: int, content: list[Any]) -> list[Any]:
        """Read the `tool_result` blocks of a user message; return its other parts."""
        rest = []
        for part in content:
            if isinstance(part, dict) and part.get("type") in OUTPUT_PARTS:
                self._tool(index, part, part.get("content", part.get("output")))
            else:
                rest.append(part)
        return rest if len(rest) < len(content) or rest else [""]

    def _tool(self, index: int, message: JsonObject, content: object) -> None:
        if not self._given:
            self._names = {call.name for call in self.turns[-1].calls} if self.turns else set()
            self._add(index, Turn("tool"))  # filled in by `close`
        calls = self.turns[-2].calls if len(self.turns) > 1 else ()
        call_id, name, error = answer_of(message)
        own = scalar_id(message.get("id"))  # an id of the message, unless it is one of a call
        if not call_id and own in (call.id for call in calls):
            call_id = own
        expected = 1 if call_id else len(calls) - len(self._given)
        for one in read_outputs(
            content, self._names, expected, lambda what: self.note(what, index)
        ):
            given = Given(call_id or one.id, name or one.name, one.value, error or one.error)
            self._given.append(given)

    def close(self) -> None:
        """End the turn of outputs, if one is open."""
        if not self._given:
            return
        calls = self.turns[-2].calls if len(self.turns) > 1 else ()
        outputs = matched(calls, self._own, self._given)
        self.turns[-1] = Turn("tool", outputs=tuple(outputs))
        self._given = []

    def dialogue(self, name: str) -> Dialogue:
        text = "\n\n".join(filter(None, self.system))
        turns = without_padding(self.turns, self.tools)
        trajectory = Trajectory(name, 0, tuple(self.tools), None, turns, system=text)
        return Dialogue(trajectory, tuple(self.places), tuple(self.notes))
