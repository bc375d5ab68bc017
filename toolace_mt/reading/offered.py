"""The tools that a row offers, wherever it keeps them: columns, prompts, providers' envelopes."""

from typing import Any

from toolace_mt.reading.parts import Say, absent, parse_literal, tagged
from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject

COLUMNS = ("tools", "functions", "tool_definitions", "available_tools", "function", "apis")
_TEMPLATE = ("tools", "xml_tools", "python_tools")  # inside `chat_template_kwargs`
_INNER = ("functionDeclarations", "function_declarations", "tools")
_PROMPTED = 400_000
_DEFINED = ("parameters", "input_schema", "inputSchema", "inputJsonSchema")


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


def definitions(given: Any, say: Say) -> Any:
    """Return the definitions in a value, one by one; `say` hears of tools that have none.

    Understood are lists, maps from names, one definition alone, and the envelopes of Gemini
    (`functionDeclarations`), MCP (`tools`) and Bedrock (`toolSpec`).
    """
    if isinstance(given, str):
        given = parse_literal(given)
    if isinstance(given, dict):
        if any(key in given for key in ("name", "function", "type", "toolSpec", *_INNER)):
            given = [given]
        else:
            given = [{"name": k, **v} if isinstance(v, dict) else v for k, v in given.items()]
    if not isinstance(given, list):
        return given
    found: list[Any] = []
    for one in given:
        if isinstance(one, str):
            one = parse_literal(one)
        if absent(one):
            continue
        if not isinstance(one, dict):
            found.append(one)
        elif inner := next((one[key] for key in _INNER if isinstance(one.get(key), list)), None):
            found += definitions(inner, say)
        elif isinstance(one.get("toolSpec"), dict):
            found.append(_bedrock(one["toolSpec"]))
        elif kind := _builtin(one):
            say(f"the built-in tool {kind[:40]!r}")
        elif one.get("type") == "custom":
            found.append(_custom(one))
        else:
            found.append(one)
    return found


def _bedrock(spec: JsonObject) -> JsonObject:
    schema = spec.get("inputSchema")
    return {**spec, "inputSchema": schema.get("json") if isinstance(schema, dict) else schema}


def _builtin(one: JsonObject) -> str:
    """Return the type of a tool that a provider runs; "" for what has a definition of its own."""
    kind = one.get("type")
    if one.get("function") or any(one.get(key) for key in (*_DEFINED, "description")):
        return ""
    if isinstance(kind, str):
        return kind if kind not in ("function", "object", "custom") else ""
    return next(iter(one)) if len(one) == 1 and isinstance(next(iter(one.values())), dict) else ""


def _custom(one: JsonObject) -> JsonObject:
    """Return OpenAI's tool with free text for its input as one with an argument `input`."""
    inner = one.get("custom")
    text = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    return {"parameters": text, **(inner if isinstance(inner, dict) else one), "type": "function"}


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
    """Return the JSON objects that begin at the start of a line, one or more lines each."""
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
