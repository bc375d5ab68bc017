"""The fields of a message in their many spellings: speaker, content, and the call it answers."""

from typing import Any

from toolace_mt.reading.parts import CALL_PARTS, scalar_id
from toolace_mt.trajectory import JsonObject

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "ai", "bot", "chatgpt"), "assistant"),
    **dict.fromkeys(("function_call", "tool_call", "function-call"), "call"),
    **dict.fromkeys(("tool", "function", "observation", "tool_response", "ipython"), "tool"),
    **dict.fromkeys(("function_response", "tool_result", "toolresult", "environment"), "tool"),
}
SPEAKER = ("role", "from", "type")
_CONTENT = ("content", "value", "text", "message", "output", "result", "response", "observation")
_ID = ("tool_call_id", "call_id", "tool_use_id", "toolCallId", "source_call_id")
_NAME = ("name", "tool_name", "toolName")
_REASONING = ("reasoning_content", "reasoning", "thinking")


def spoken(message: JsonObject) -> tuple[JsonObject, str]:
    """Return the message, without LangChain's envelope, and its role in `ROLES`, "" if unknown."""
    for key in SPEAKER:
        raw = message.get(key)
        role = ROLES.get(raw.lower()) if isinstance(raw, str) else None
        if role is not None:
            inner = message.get("data")
            return (inner if key == "type" and isinstance(inner, dict) else message), role
        if raw:
            break
    return message, ""


def content_of(message: JsonObject) -> Any:
    """Return the content of a message, None if there is none."""
    for key in _CONTENT:
        if (content := message.get(key)) is not None:
            return content
    return None


def answer_of(message: JsonObject) -> tuple[str, str, bool]:
    """Return for a tool message the id and name of its call, and whether the call failed.

    Id and name are "" where the message has none.
    """
    call_id = next((found for key in _ID if (found := scalar_id(message.get(key)))), "")
    name = next((message[key] for key in _NAME if isinstance(message.get(key), str)), "")
    failed = any(message.get(key) is True for key in ("is_error", "isError", "error"))
    return call_id, name, failed or message.get("status") == "error"


def reasoned(message: JsonObject) -> bool:
    """Say whether a message has reasoning beside its content."""
    return any(message.get(key) for key in _REASONING)


def is_thought(message: JsonObject) -> bool:
    """Say whether a message is only reasoning, on gpt-oss's channel for it."""
    return message.get("channel") == "analysis" and not message.get("tool_calls")


def is_call(part: object) -> bool:
    """Say whether a part of a message's content is a call."""
    return isinstance(part, dict) and part.get("type") in CALL_PARTS
