"""The parts of a message in their many spellings: text, reasoning, calls, ids, tagged blocks.

Everything here takes linear time, so that no file can make a reader hang.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import ToolCall

Say = Callable[[str], None]
"""A function that is called with what is set aside, such as "reasoning"."""
CALL_PARTS = ("tool_use", "tool_call", "toolCall", "function_call", "functionCall")
OUTPUT_PARTS = ("tool_result", "toolResult", "function_call_output")
_TEXTS = frozenset(("text", "input_text", "output_text", "refusal", "summary_text"))
_REASONING = frozenset(("thinking", "reasoning", "redacted_thinking", "thought", "think"))
_THOUGHTS = ("think", "thinking", "thought", "reasoning", "scratch_pad")
_ARGUMENTS = ("arguments", "parameters", "input", "args", "params", "kwargs", "tool_input")
_NAMES = ("name", "function_name", "tool_name", "function", "tool")
_PYTHON = re.compile(r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"|\b(?:True|False|None)\b", re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}


def absent(value: object, depth: int = 0) -> bool:
    """Say whether a value is Arrow's padding: null, or an object with only nulls in it."""
    if value is None:
        return True
    if type(value) is not dict or not value or depth > 8:
        return False
    for inner in value.values():
        if inner is not None and (type(inner) is not dict or not absent(inner, depth + 1)):
            return False
    return True


def scalar_id(value: object) -> str:
    """Return an id as text, whatever JSON scalar it is (2.0 is "2"); "" if there is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else ""


def read_call(given: object, default_id: str, say: Say) -> ToolCall | str | None:
    """Return a call, or what is wrong with it, beginning with the place inside the call.

    None is a call to no tool of the row, such as a built-in one; `say` hears of it.
    """
    if isinstance(given, str):
        given = parse(given)
    if not isinstance(given, dict):
        return f": expected a call object, got {shown(given)}"
    function = given.get("function") or given.get("custom") or given.get("functionCall")
    if isinstance(function, str):
        function = parse(function)
    if not isinstance(function, dict):
        function = given
    name = next((function[k] for k in _NAMES if isinstance(function.get(k), str)), None)
    if not name:
        kind = given.get("type")
        if isinstance(kind, str) and kind not in ("function", *CALL_PARTS):
            say(f"a call of type {kind[:40]!r}")
            return None
        return f".name: expected a tool's name, got {shown(name)}"
    arguments = _arguments(function, given, say)
    if isinstance(arguments, str):
        return arguments
    ids = (scalar_id(given.get(key)) for key in ("id", "call_id", "tool_call_id", "toolUseId"))
    return ToolCall(next(filter(None, ids), default_id), name, arguments)


def _arguments(function: dict[str, Any], given: dict[str, Any], say: Say) -> dict[str, Any] | str:
    """Return the arguments of a call, or what is wrong with them.

    Arguments that cannot be read never become `{}` silently.
    """
    held = [key for key in _ARGUMENTS if key in function]
    key = next((k for k in held if function[k] not in (None, "", {})), "")
    value = function[key] if key else None
    if given.get("type") == "custom" and isinstance(value, str):
        return {"input": value}
    if not held:
        odd = [k for k, v in function.items() if k != "function" and _is_structure(v)]
        if odd:
            return f".arguments: expected an object under `arguments`, got {shown(odd[0])} instead"
        say("the absence of `arguments` in a call, read as {}")
    if isinstance(value, str):
        text, value = value, parse(value) if value.strip() else None
        if isinstance(value, str):
            double = value is not text and isinstance(parse(value), dict)
            reason = "are a JSON string inside a JSON string" if double else "are not valid JSON"
            return f".arguments: {reason}: {shown(text)}"
        if (twice := repeated_name(text, value)) is not None:
            return f".arguments: the name {shown(twice)} stands twice in {shown(text)}"
    if value is None:
        return {}
    if value == []:
        say("arguments [] of a call, read as {}")
        return {}
    if isinstance(value, list):
        value = _pairs(value)
    if not isinstance(value, dict):
        return f".arguments: expected an object, got {shown(value)}"
    return value


def _is_structure(value: Any) -> bool:
    return isinstance(parse(value) if isinstance(value, str) else value, dict | list)


def _pairs(items: list[Any]) -> Any:
    """Return the object that a map column turned into pairs, or the list if it is none."""
    if all(isinstance(i, dict) and i.keys() == {"key", "value"} for i in items):
        items = [(item["key"], item["value"]) for item in items]
    if items and all(isinstance(i, list | tuple) and len(i) == 2 for i in items):
        return dict(items) if all(isinstance(i[0], str) for i in items) else items
    return items


def repeated_name(text: str, value: Any) -> str | None:
    """Return a name that occurs twice in one object of a JSON text; None if there is none.

    `value` is the parsed text. Only a text with more names than its value is parsed again.
    """
    names, left = 0, [value]
    while left:
        one = left.pop()
        if type(one) is dict:
            names += len(one)
            left.extend(one.values())
        elif type(one) is list:
            left.extend(one)
    if text.count('":') + text.count('" :') - text.count('\\":') <= names:
        return None
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        once = dict(pairs)
        if len(once) != len(pairs):
            names = Counter(name for name, _ in pairs)
            found.append(names.most_common(1)[0][0])
        return once

    try:
        json.loads(text, object_pairs_hook=note)
    except (ValueError, RecursionError):
        return None
    return found[0] if found else None


def text_of(content: object, say: Say) -> str:
    """Return the text of a message's content, "" for null; `say` hears of what is no text."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, dict) and "type" not in content and "text" not in content:
        return json.dumps(content)
    parts = content if isinstance(content, list) else [content]
    return "\n".join(text for part in parts if (text := _part(part, say)))


def _part(part: object, say: Say) -> str:
    if isinstance(part, str):
        return part
    if absent(part):
        return ""
    if not isinstance(part, dict):
        return json.dumps(part)
    kind = part.get("type")
    if part.get("thought") is True or (isinstance(kind, str) and kind in _REASONING):
        say("reasoning")
        return ""
    key = "refusal" if kind == "refusal" else "text"
    if isinstance(part.get(key), str) and (kind is None or kind in _TEXTS):
        return str(part[key])
    kind = kind or next((name for name, inner in part.items() if inner is not None), "")
    say(f"a part of type {str(kind)[:40]!r}")
    return ""


def without_thoughts(text: str, say: Say) -> str:
    """Return an assistant's text without the reasoning in `<think>` and similar tags."""
    if "</" not in text:
        return text
    for tag in _THOUGHTS:
        if f"</{tag}>" not in text:
            continue
        if f"<{tag}>" not in text:  # the chat template opened the tag
            text = text.partition(f"</{tag}>")[2].strip()
        else:
            text = tagged(text, tag)[1]
        say("reasoning")
    return text


def written_calls(content: object, say: Say) -> tuple[str, object]:
    """Return the text and the calls of a message of calls.

    Before the calls may stand reasoning in its tags, or a text if the calls are in theirs.
    """
    if not isinstance(content, str):
        return "", content
    said = without_thoughts(content, say)
    found, rest = tagged(said, "tool_call")
    if not found:
        return "", parse(said)
    calls = [parse(call) for call in found]
    return rest, calls[0] if len(calls) == 1 else calls  # parallel calls may be one list


def tagged(text: str, tag: str) -> tuple[list[str], str]:
    """Return the texts between `<tag>` and `</tag>`, and the rest of the text, in linear time."""
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


def parse_literal(text: str) -> Any:
    """Return the value of a text that is JSON or a Python literal, else the text."""
    value = parse(text.strip())
    return value if not isinstance(value, str) else parse(_PYTHON.sub(_json_token, text.strip()))


def _json_token(found: re.Match[str]) -> str:
    token = found[0]
    if token in _WORDS:
        return _WORDS[token]
    inside = token[1:-1].replace("\\'", "'").replace('\\"', '"').replace("\n", "\\n")
    return '"' + inside.replace('"', '\\"').replace("\\x", "\\u00") + '"'


def shown(value: object) -> str:
    """Return a value for a problem's text; for what may be large, its type."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    small = value is None or isinstance(value, bool | float)
    return repr(value) if small else type(value).__name__
