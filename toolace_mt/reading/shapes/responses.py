"""OpenAI's Responses API: a dialogue as a list of items, calls and outputs among them."""

from typing import Any

_CALLS = ("function_call", "custom_tool_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")
_ITEMS = (*_CALLS, *_OUTPUTS, "reasoning")


def is_items(items: list[Any]) -> bool:
    """Say whether these are items of the Responses API: some have a type and no role."""
    return any(
        isinstance(item, dict) and item.get("type") in _ITEMS and not item.get("role")
        for item in items
    )


def read_items(items: list[Any]) -> list[Any]:
    """Return the messages of items; calls join the assistant's message before them."""
    messages: list[Any] = []
    for item in items:
        if not isinstance(item, dict):
            messages.append(item)
            continue
        kind = item.get("type")
        if kind in _CALLS:
            call = {**item, "id": item.get("call_id") or item.get("id")}
            if kind == "custom_tool_call":
                call["type"] = "custom"
            open_ = messages and isinstance(messages[-1], dict) and "calls_open" in messages[-1]
            if not open_:
                messages.append(_assistant(""))
            messages[-1]["tool_calls"].append(call)
        elif kind in _OUTPUTS:
            content = item.get("output")
            messages.append(
                {"role": "tool", "tool_call_id": item.get("call_id"), "content": content}
            )
        elif kind == "reasoning":
            messages.append(_assistant(""))
            messages[-1]["reasoning"] = True
        elif item.get("role") == "assistant":
            open_ = messages and isinstance(messages[-1], dict) and "calls_open" in messages[-1]
            if open_ and not messages[-1]["content"] and not messages[-1]["tool_calls"]:
                messages[-1]["content"] = item.get("content")
            else:
                messages.append(_assistant(item.get("content"), item))
        elif item.get("role"):
            messages.append(item)
        else:  # built-in tools' calls, references
            messages.append({"role": kind if isinstance(kind, str) else None})
    return messages


def _assistant(content: Any, item: dict[str, Any] | None = None) -> dict[str, Any]:
    calls = item.get("tool_calls") if item else None
    calls = list(calls) if isinstance(calls, list) else []
    return {"role": "assistant", "content": content, "tool_calls": calls, "calls_open": True}
