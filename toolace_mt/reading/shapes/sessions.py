"""Session traces of coding agents: one file a session, one event a line.

Claude Code (Anthropic's messages, one block a line), Codex (items of OpenAI's Responses API), Pi,
and the Hub's Session Trace Simple Format (a header, then messages).
"""

from typing import Any

from toolace_mt.reading.parts import OUTPUT_PARTS
from toolace_mt.reading.shapes.responses import read_items

_CLAUDE = frozenset(("user", "assistant", "system", "summary", "file-history-snapshot"))
_CODEX = frozenset(("session_meta", "turn_context", "response_item", "event_msg", "compacted"))


def harness(event: Any) -> str:
    """Return the name of the program whose session an event belongs to, "" for other objects."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return ""
    kind = event["type"]
    if kind in _CODEX and isinstance(event.get("payload"), dict):
        return "Codex"
    if kind == "session" and ("harness" in event or "id" in event):
        return "Pi or STS-Format"
    if kind == "session_start":
        return "Droid"
    if kind == "message" and isinstance(event.get("message"), dict):
        return "Pi or STS-Format"
    if kind in _CLAUDE and ("sessionId" in event or "uuid" in event or "leafUuid" in event):
        return "Claude Code"
    return ""


def read_session(events: list[Any]) -> list[Any]:
    """Return the messages of a session's events, without those of sub-agents."""
    if any(isinstance(e, dict) and e.get("type") == "response_item" for e in events):
        items = [e.get("payload") for e in events if e.get("type") == "response_item"]
        return read_items(items)
    messages: list[Any] = []
    for event in events:
        message = event.get("message") if isinstance(event, dict) else None
        if not isinstance(message, dict) or event.get("isSidechain") or event.get("isMeta"):
            continue
        before = messages[-1] if messages else {}
        one_answer = message.get("id") and message.get("id") == before.get("id")
        if one_answer or (_only_outputs(before) and _only_outputs(message)):
            messages[-1] = {**before, "content": _parts(before) + _parts(message)}
        else:
            messages.append(message)
    return messages


def _only_outputs(message: dict[str, Any]) -> bool:
    parts = _parts(message)
    return bool(parts) and all(isinstance(p, dict) and p.get("type") in OUTPUT_PARTS for p in parts)


def _parts(message: dict[str, Any]) -> list[Any]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content) if isinstance(content, list) else []
