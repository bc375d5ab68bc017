"""The parts of a message in their many spellings: texts, calls, outputs, tagged blocks.

Everything here takes linear time: nobody's file may make a reader hang.
"""

from typing import Any

from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import ToolCall


def read_call(given: object, default_id: str) -> ToolCall | str:
    """Return the call, or what is wrong with it, starting with its place inside the call."""
    if isinstance(given, str):
        given = parse(given)
    if not isinstance(given, dict):
        return f": expected a call object, got {shown(given)}"
    function = given.get("function")
    if not isinstance(function, dict):
        function = given
    name = function.get("name")
    if not isinstance(name, str) or not name:
        return f".name: expected a tool's name, got {shown(name)}"
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        text = arguments
        arguments = parse(text) if text.strip() else {}
        if isinstance(arguments, str):
            double = arguments is not text and isinstance(parse(arguments), dict)
            reason = "are a JSON string inside a JSON string" if double else "are not valid JSON"
            return f".arguments: {reason}: {shown(text)}"
    elif arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        return f".arguments: expected an object, got {shown(arguments)}"
    call_id = given.get("id")
    return ToolCall(
        call_id if isinstance(call_id, str) and call_id else default_id, name, arguments
    )


def output_values(content: object, expected: int) -> list[Any]:
    """Return the outputs in one tool message: one, unless it answers `expected` calls at once."""
    text = content if isinstance(content, str) else text_of(content)
    if text is None:
        value: Any = content
    elif "<tool_response>" in text and (found := tagged(text, "tool_response")[0]):
        return [parse(each) for each in found]
    else:
        value = parse(text)
    several = expected > 1 and isinstance(value, list) and len(value) == expected
    return value if several else [value]


def is_error(value: object) -> bool:
    """Say whether an output reports a failed call: an object with `error` or `is_error` set."""
    return isinstance(value, dict) and bool(value.get("error") or value.get("is_error"))


def text_of(content: object) -> str | None:
    """Return the text of a message's content, "" for null, None if it is no text."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if not isinstance(content, list):
        return None
    parts = [part.get("text") if isinstance(part, dict) else part for part in content]
    return "\n".join(parts) if all(isinstance(part, str) for part in parts) else None  # type: ignore[arg-type]


def tagged(text: str, tag: str) -> tuple[list[str], str]:
    """Return what stands between `<tag>` and `</tag>`, and the text without it; linear time."""
    outside, *pieces = text.split(f"<{tag}>")
    rest, found = [outside], []
    for piece in pieces:
        inside, closed, after = piece.partition(f"</{tag}>")
        if closed:
            found.append(inside.strip())
            rest.append(after)
        else:
            rest.append(f"<{tag}>{piece}")
    return found, "".join(rest).strip()


def several(text: str) -> list[Any]:
    """Return the definitions of a `<tools>` block: a JSON list, or one object a line."""
    value = parse(text)
    if isinstance(value, list):
        return value
    return [parse(line) for line in text.splitlines() if line.strip()]


def shown(value: object) -> str:
    """Return the value, or its type where it may be large, for a problem's text."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    small = value is None or isinstance(value, bool | float)
    return repr(value) if small else type(value).__name__
