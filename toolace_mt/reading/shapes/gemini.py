"""Gemini: `contents` of `parts`, with calls and responses among them."""

from typing import Any

_CALLS = ("functionCall", "function_call")
_RESPONSES = ("functionResponse", "function_response")


def read_gemini(contents: list[Any]) -> list[Any]:
    """Return the messages of `contents`; parts that are responses become tool messages."""
    messages: list[Any] = []
    for content in contents:
        parts = content.get("parts") if isinstance(content, dict) else None
        if not isinstance(parts, list):
            messages.append(content)
            continue
        calls = [call for part in parts if (call := _held(part, _CALLS))]
        responses = [one for part in parts if (one := _held(part, _RESPONSES))]
        rest = [part for part in parts if not _held(part, _CALLS) and not _held(part, _RESPONSES)]
        for one in responses:
            name, value = one.get("name"), one.get("response")
            messages.append({"role": "tool", "name": name, "id": one.get("id"), "content": value})
        if rest or calls or not responses:
            role = content.get("role") or "user"
            messages.append({"role": role, "content": rest, "tool_calls": calls})
    return messages


def _held(part: Any, keys: tuple[str, ...]) -> dict[str, Any] | None:
    if not isinstance(part, dict):
        return None
    return next((part[key] for key in keys if isinstance(part.get(key), dict)), None)
