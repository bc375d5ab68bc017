"""Tool definitions as people write them: nested or flat, objects or JSON strings."""

from functools import lru_cache
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from toolace_mt.schemas.normalise import parameters_schema
from toolace_mt.trajectory import Tool

_JSON_START = frozenset('{["-0123456789tfn')


def parse(text: str) -> Any:
    """Return the JSON value that the text is, or the text itself if it is none.

    NaN, infinities by name and nesting deeper than 200 are no JSON here.
    """
    if text[:1] not in _JSON_START and not text[:1].isspace():
        return text
    try:
        return from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError):  # TypeError: lone surrogates, which are not Unicode text
        return text


def read_tools(definitions: object) -> tuple[list[Tool], list[str]]:
    """Return the tools of a row, and what is wrong with the others (place first: `[2].name`).

    `definitions` is a list, or a JSON string of one, of nested (`{"type": "function", "function":
    {...}}`) or flat function objects, or of JSON strings of these; None is an empty list.
    """
    if isinstance(definitions, str):
        definitions = parse(definitions) if definitions.strip() else None
    if definitions is None:
        return [], []
    if not isinstance(definitions, list):
        return [], [f": expected a list of tool definitions, got {type(definitions).__name__}"]
    tools, wrong = [], []
    for place, given in enumerate(definitions):
        tool = _cached(given)
        if isinstance(tool, Tool):
            tools.append(tool)
        else:
            wrong.append(f"[{place}]{tool}")
    return tools, wrong


def _cached(given: object) -> Tool | str:
    try:
        return _tool(given if isinstance(given, str) else to_json(given))
    except (PydanticSerializationError, ValueError, RecursionError):
        return ": is not JSON"


@lru_cache(maxsize=4096)
def _tool(text: str | bytes) -> Tool | str:
    """Return the tool, or what is wrong with its definition.

    Dialogues of one file repeat their tools: the cache saves bringing schemas to one form, and
    equal definitions become one object, so that its validator is found by identity, too.
    """
    given = parse(text) if isinstance(text, str) else from_json(text)
    if not isinstance(given, dict):
        return f": expected a tool definition, got {type(given).__name__}"
    function = given.get("function")
    if isinstance(function, str):
        function = parse(function)
    if not isinstance(function, dict):
        function = given
    function = _without_padding(function)
    name = function.get("name")
    if not isinstance(name, str) or not name:
        return f".name: expected text, got {type(name).__name__}"
    keys = ("parameters", "input_schema", "inputSchema")
    parameters = next((function[key] for key in keys if function.get(key) is not None), None)
    if isinstance(parameters, str):
        parameters = parse(parameters) if parameters.strip() else None
    if not isinstance(parameters, dict | None):
        return f".parameters: expected a JSON Schema object, got {type(parameters).__name__}"
    description = function.get("description")
    return Tool(
        name,
        description if isinstance(description, str) else "",
        parameters_schema(parameters),
    )


def _without_padding(schema: Any, depth: int = 0) -> Any:
    """Return a definition without Arrow's nulls, with `nullable: true` as JSON Schema has it."""
    if isinstance(schema, list):
        return [_without_padding(item, depth + 1) for item in schema if item is not None]
    if not isinstance(schema, dict) or depth > 64:
        return schema
    kept = {
        key: value if key in ("default", "const", "enum", "examples") else inner
        for key, value in schema.items()
        if (inner := _without_padding(value, depth + 1)) is not None or key == "default"
    }
    if kept.get("nullable") is True:
        del kept["nullable"]
        if isinstance(kept.get("type"), str):
            kept["type"] = [kept["type"], "null"]
        if isinstance(kept.get("enum"), list):
            kept["enum"] = [*kept["enum"], None]
        for key in ("anyOf", "oneOf"):
            if isinstance(kept.get(key), list):
                kept[key] = [*kept[key], {"type": "null"}]
        if "$ref" in kept:
            kept["anyOf"] = [{"$ref": kept.pop("$ref")}, {"type": "null"}]
    return kept
