"""Rows with a dialogue, or its calls, in a text format of their own: xLAM, Glaive, ToolBench."""

import re
from typing import Any

from toolace_mt.reading.parts import parse_literal
from toolace_mt.tools.json_text import parse

_SPEAKERS = re.compile(r"(?:^|\n)\s{0,9}(SYSTEM|USER|ASSISTANT|FUNCTION RESPONSE): ?")
_ROLES = {"USER": "user", "ASSISTANT": "assistant", "FUNCTION RESPONSE": "tool", "SYSTEM": "system"}
_CALL = "<functioncall>"
_END = "<|endoftext|>"
_ACTION, _INPUT = "Action:", "Action Input:"


def xlam(query: str, answers: Any) -> list[Any]:
    """Return the messages of an APIGen or xLAM row: a query and its calls."""
    calls = parse(answers) if isinstance(answers, str) else answers
    messages: list[Any] = [{"role": "user", "content": query}]
    if isinstance(calls, list) and not calls:
        return messages
    calls = calls if isinstance(calls, list) else [calls]
    return [*messages, {"role": "assistant", "content": "", "tool_calls": calls}]


def glaive(chat: str) -> list[Any]:
    """Return the messages of Glaive's `chat`: `USER:`, `ASSISTANT:` and `FUNCTION RESPONSE:`."""
    _, *pieces = _SPEAKERS.split(chat)
    messages: list[Any] = []
    for speaker, text in zip(pieces[::2], pieces[1::2], strict=True):
        text = text.replace(_END, "").strip()
        before, found, after = text.partition(_CALL)
        message: dict[str, Any] = {"role": _ROLES[speaker], "content": text}
        if found and speaker == "ASSISTANT":
            message = {**message, "content": before.strip(), "tool_calls": [_functioncall(after)]}
        messages.append(message)
    return messages


def _functioncall(text: str) -> Any:
    """Read Glaive's call, whose arguments are JSON between single quotes inside JSON."""
    text = text.strip()
    call = parse(text)
    if not isinstance(call, str):
        return call
    head, quote, rest = text.partition("'")
    inside, closed, tail = rest.rpartition("'")
    named = parse(f"{head}null{tail}") if quote and closed else None
    if isinstance(named, dict):
        return {**named, "arguments": inside.replace("\\'", "'")}
    return call


def react(messages: list[Any], system: Any) -> list[Any]:
    """Return messages with the calls in ToolBench's `Action:` texts, if a prompt asks for them.

    Only a text that an output follows is a call. Any other stays text, for the rules to judge.
    """
    prompts = [system, *(m.get("value", m.get("content")) for m in messages if _is(m, "system"))]
    if not any(isinstance(text, str) and _INPUT in text for text in prompts):
        return messages
    read: list[Any] = []
    for message, after in zip(messages, [*messages[1:], None], strict=True):
        text = message.get("value", message.get("content")) if _is(message, "assistant") else None
        called = isinstance(text, str) and _INPUT in text and _is(after, "function", "tool")
        read.append({**message, **_action(text)} if called and isinstance(text, str) else message)
    return read


def _is(message: Any, *roles: str) -> bool:
    return isinstance(message, dict) and (message.get("from") or message.get("role")) in roles


def _action(text: str) -> dict[str, Any]:
    thought, _, rest = text.partition(_ACTION)
    name, _, given = rest.partition(_INPUT)
    value = parse_literal(given.strip() or "{}")
    arguments = value if isinstance(value, dict) else given.strip()
    call = {"name": name.strip(), "arguments": arguments}
    thought = thought.strip().removeprefix("Thought:").strip()
    parts = [{"type": "thinking"}] if thought else []
    return {"value": None, "content": parts, "tool_calls": [call]}
