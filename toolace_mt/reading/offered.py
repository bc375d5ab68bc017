"""The tools that a row offers, in columns, system prompts or templates' settings."""

from typing import Any

from toolace_mt.reading.parts import absent, parse_literal, tagged
from toolace_mt.tools.dialects import LISTS
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject

COLUMNS = ("tools", "functions", "tool_definitions", "available_tools", "function", "apis")
_TEMPLATE = ("tools", "xml_tools", "python_tools")  # inside `chat_template_kwargs`
_ONE = ("name", "function", "type", "toolSpec")  # a value with one of these is one definition
_PROMPTED = 400_000


def first_with_tools(row: JsonObject) -> tuple[str, Any]:
    """Return name and value of the first column that offers any tool, or ("tools", None)."""
    more = row.get("chat_template_kwargs")
    inside = {key: more.get(key) for key in _TEMPLATE} if isinstance(more, dict) else {}
    for name, value in [*((key, row.get(key)) for key in COLUMNS), *inside.items()]:
        if isinstance(value, str):
            value = parse_literal(value) if value.strip() else None
        if isinstance(value, list):
            value = [one for one in value if one != {} and not absent(one)]
        if value not in (None, [], {}) and not absent(value):
            return name, value
    return "tools", None


def definitions(given: Any) -> Any:
    """Return the definitions in a value, in spellings that `read_tools` understands.

    On top of the shapes of `tools.dialects`, a value may be a map from names to definitions, and
    definitions may be text that is JSON or a Python literal. Padding by Arrow is left out.
    """
    if isinstance(given, str):
        given = parse_literal(given)
    if isinstance(given, dict) and not any(key in given for key in (*_ONE, *LISTS)):
        given = [{"name": k, **v} if isinstance(v, dict) else v for k, v in given.items()]
    if isinstance(given, dict):
        given = [given]
    if not isinstance(given, list):
        return given
    parsed = (parse_literal(one) if isinstance(one, str) else one for one in given)
    return [one for one in parsed if not absent(one)]


def in_prompt(text: str) -> list[Any]:
    """Return the definitions in a system prompt: Hermes `<tools>` blocks, JSON lists or objects."""
    if "<tools>" in text:
        return [one for block in tagged(text, "tools")[0] for one in _block(block)]
    if not any(f"{quote}name{quote}" in text for quote in "\"'") or len(text) > _PROMPTED:
        return []
    start, end = text.find("["), text.rfind("]")
    while 0 <= start < end and text[start + 1 : start + 9].lstrip()[:1] != "{":
        start = text.find("[", start + 1)
    listed = parse_literal(text[start : end + 1]) if 0 <= start < end else None
    found = listed if isinstance(listed, list) else _objects(text)
    return [one for one in found if isinstance(one, dict) and _is_definition(one)]


def _is_definition(one: JsonObject) -> bool:
    inner = one.get("function") if isinstance(one.get("function"), dict) else one
    return isinstance(inner, dict) and isinstance(inner.get("name"), str) and "parameters" in inner


def _block(text: str) -> list[Any]:
    value = parse(text)
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    return [parse(line) for line in text.splitlines() if line.strip()]


def _objects(text: str) -> list[Any]:
    """Return the JSON objects that begin at the start of a line; each may take several lines."""
    found, held = [], ""
    for line in text.splitlines():
        if held or line.startswith("{"):
            held += line + "\n"
            if line.rstrip().endswith("}") and isinstance(value := parse(held), dict):
                found.append(value)
                held = ""
            elif len(held) > 50_000:
                held = ""
    return found
