"""The shapes of rows, each brought to messages that `reading.dialogue` reads.

A shape is recognised by its keys, row by row, so one file may hold several. A row that holds no
dialogue is reported as what it is. docs/reading.md lists the shapes.
"""

from dataclasses import dataclass
from typing import Any

from toolace_mt.reading.parts import absent, shown
from toolace_mt.reading.shapes.atif import is_atif, read_atif
from toolace_mt.reading.shapes.gemini import read_gemini
from toolace_mt.reading.shapes.prose import glaive, react, xlam
from toolace_mt.reading.shapes.responses import is_items, read_items
from toolace_mt.reading.shapes.sessions import harness, read_session
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject

MESSAGES = ("messages", "conversations", "conversation", "traj", "trajectory", "dialogue", "dialog")
COLUMNS = frozenset(
    (
        *MESSAGES,
        *("id", "tools", "functions", "tool_definitions", "available_tools", "function", "apis"),
        *("system", "system_prompt", "instructions", "systemInstruction", "system_instruction"),
        *("chat_template_kwargs", "body", "request", "responses_create_params", "input", "output"),
        *("preferred_output", "prompt", "completion", "chosen", "query", "answers", "chat"),
        *("sample", "steps", "agent", "schema_version", "contents", "session_id"),
        *("type", "payload", "message", "question", "instruction", "text", "ground_truth"),
    )
)
"""Columns of a table that reading looks at."""
_SYSTEM = ("system", "system_prompt", "instructions", "systemInstruction", "system_instruction")
_ENVELOPES = ("body", "request", "responses_create_params")
_EXPECTED = "expected `messages` (or `conversations`) as a list"


@dataclass(frozen=True, slots=True)
class Shape:
    """A row as messages; `row` holds its tools, `system` is a prompt outside the messages."""

    row: JsonObject
    messages: list[Any]
    system: Any = None


def plain(row: JsonObject) -> Shape | str:
    """Return the messages of a row, or what is wrong with it."""
    for key in _ENVELOPES:  # batch files, preference rows, reinforcement learning's rows
        if isinstance(row.get(key), dict):
            row = row[key]
    held = row.get("input")
    if isinstance(held, dict) and "messages" in held:
        chosen = row.get("preferred_output")
        row = {**held, "messages": _joined(held["messages"], chosen)}
    found = _messages(row)
    if isinstance(found, str):
        return found
    system = next((row[key] for key in _SYSTEM if not absent(row.get(key))), None)
    if isinstance(system, dict) and isinstance(system.get("parts"), list):
        system = system["parts"]  # Gemini
    return Shape({**row, **_tools_of(row)}, found, system)


def _messages(row: JsonObject) -> list[Any] | str:
    events = row.get("events")
    if isinstance(events, list) and events and harness(events[0]):
        return read_session(events)
    if is_atif(row):
        return read_atif(row["steps"])
    if isinstance(row.get("contents"), list):
        return read_gemini(row["contents"])
    for key in MESSAGES:
        value = parse(row[key]) if isinstance(row.get(key), str) else row.get(key)
        if isinstance(value, list) and (value or key == "messages"):
            return _of_items(value, row)
    return _by_other_keys(row)


def _of_items(items: list[Any], row: JsonObject) -> list[Any] | str:
    items = [parse(item) if isinstance(item, str) else item for item in items]
    if is_items(items):
        return read_items(items)
    if any(isinstance(item, dict) and isinstance(item.get("parts"), list) for item in items):
        return read_gemini(items)
    return react(items, row.get("system"))


def _by_other_keys(row: JsonObject) -> list[Any] | str:
    said, wrote = row.get("input"), row.get("output")
    if isinstance(said, list) or (isinstance(said, str) and isinstance(wrote, list)):
        first = said if isinstance(said, list) else [{"role": "user", "content": said}]
        return read_items(_joined(first, wrote))
    prompt = row.get("prompt")
    if isinstance(prompt, list) and prompt and isinstance(prompt[0], dict):
        return _joined(prompt, row.get("completion") or row.get("chosen"))
    if isinstance(row.get("chosen"), list):
        return list(row["chosen"])
    if isinstance(row.get("query"), str) and not absent(row.get("answers")):
        return xlam(row["query"], row["answers"])
    for key in ("chat", "sample"):
        if isinstance(row.get(key), str) and "ASSISTANT:" in row[key]:
            return glaive(row[key])
    return _named(row)


def _joined(first: Any, then: Any) -> list[Any]:
    """Return the messages of two columns, each a list of messages, one message or nothing."""
    sides = (side if isinstance(side, list) else [side] for side in (first, then) if side)
    return [message for side in sides for message in side]


def _tools_of(row: JsonObject) -> JsonObject:
    agent = row.get("agent")
    if isinstance(agent, dict) and agent.get("tool_definitions") and not row.get("tools"):
        return {"tools": agent["tool_definitions"]}
    return {}


def _named(row: JsonObject) -> str:
    """Say what a row is that holds no dialogue."""
    if name := harness(row):
        return (
            f"one event of a {name} session: a session is read whole, from a file of its own that"
            " begins with its first event"
        )
    if "question" in row and "function" in row:
        return f"a task of the BFCL benchmark, without a dialogue; {_EXPECTED}"
    if "instruction" in row and ("output" in row or "response" in row):
        return f"an Alpaca row (`instruction`, `output`), which holds no calls; {_EXPECTED}"
    if isinstance(row.get("text"), str):
        return f"a text rendered by a chat template, which is not taken apart again; {_EXPECTED}"
    if isinstance(row.get("prompt"), str) and ("completion" in row or "chosen" in row):
        return f"a prompt and its completion as texts, without messages; {_EXPECTED}"
    key = next((key for key in MESSAGES if row.get(key) is not None), "")
    if key:
        return f"{_EXPECTED}, got {shown(row[key])}"
    keys = ", ".join(str(key)[:30] for key in list(row)[:8])
    return f"{_EXPECTED}, got a row with {f'the keys {keys}' if keys else 'no keys'}"
