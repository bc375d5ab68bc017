"""The shapes in which tool definitions come, brought to one set of keys.

Known are OpenAI's nested and flat functions, Anthropic's tools, replies to MCP's `tools/list`,
Gemini's `functionDeclarations`, and rows of datasets (also as JSON strings, also padded with nulls
by Arrow). Definitions are untrusted input of any JSON type.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from toolace_mt.tools.json_text import parse
from toolace_mt.trajectory import JsonObject

PARAMETERS = ("parameters", "inputSchema", "input_schema", "parametersJsonSchema")
RETURNS = ("returns", "outputSchema", "output_schema", "response", "responseJsonSchema")
KNOWN = frozenset(
    (
        *PARAMETERS,
        *RETURNS,
        *("type", "function", "name", "original", "description", "title", "domain", "category"),
        *("server", "source", "license", "usage", "strict", "annotations", "icons", "execution"),
        *("_meta", "meta", "behavior", "cache_control", "defer_loading", "input_examples", "id"),
        *("examples", "tags", "version", "required", "deprecated", "api_name", "tool_name"),
    )
)
"""Keys of a definition that mean something somewhere; a key that is close to one is a slip."""

KEYWORDS = frozenset(
    (
        *("type", "description", "title", "default", "examples", "enum", "const", "format"),
        *("items", "properties", "required", "additionalProperties", "patternProperties"),
        *("propertyNames", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("multipleOf", "pattern", "minLength", "maxLength", "minItems", "maxItems"),
        *("uniqueItems", "prefixItems", "contains", "minProperties", "maxProperties", "allOf"),
        *("anyOf", "oneOf", "not", "if", "then", "else", "readOnly", "writeOnly"),
        *("deprecated", "nullable", "optional", "example", "contentEncoding"),
        *("contentMediaType", "dependentRequired", "dependentSchemas", "dependencies"),
        *("definitions", "unevaluatedProperties", "unevaluatedItems", "minContains"),
        *("maxContains", "discriminator", "option", "options", "name", "names", "label"),
        *("values", "value", "version", "range", "unit"),
    )
)
"""Keywords of JSON Schema and OpenAPI, and words that stand beside them and are no slips."""

_LISTS = ("tools", "functionDeclarations", "function_declarations", "functions", "function")
_MOST_SLIPS = 5


class Malformed(Exception):
    """A definition that cannot be used: the place inside it (`.parameters`), and the reason."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__((f"{place.removeprefix('.')}: {reason}" if place else reason)[:300])
        self.place = place
        self.reason = reason


def unpacked(given: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every definition inside a value, with its place (`.tools[3]`).

    A value without a list of tools is one definition. A string with JSON is parsed first.
    """
    value = parse(given) if isinstance(given, str) else given
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from unpacked(inner, f"{place}[{index}]")
        return
    if isinstance(value, dict):
        result = value.get("result")  # a whole JSON-RPC message
        if isinstance(result, dict) and isinstance(result.get("tools"), list):
            yield from unpacked(result["tools"], f"{place}.result.tools")
            return
        if not isinstance(value.get("name"), str):
            keys = [key for key in _LISTS if isinstance(value.get(key), list)]
            for key in keys:
                yield from unpacked(value[key], f"{place}.{key}")
            if keys:
                return
    yield place, value


def flat(given: Any) -> JsonObject:
    """Return one definition as a flat object without nulls; raises Malformed."""
    value = parse(given) if isinstance(given, str) else given
    if not isinstance(value, dict):
        raise Malformed("", f"expected a tool definition, got {type(value).__name__}")
    inner = value.get("function")
    if isinstance(inner, str):
        inner = parse(inner)
    if isinstance(inner, dict):
        value = {**value, **inner}
    return value


def builtin(definition: JsonObject) -> str:
    """Return the type of a tool that the model's provider runs, "" for any other definition.

    Such a definition has a type (`web_search`, `code_interpreter`, `computer_20250124`) and no
    parameters, so there is no schema for its calls. Gemini's have a key of their own in place of a
    name.
    """
    kind = definition.get("type")
    described = any(definition.get(key) is not None for key in (*PARAMETERS, "description"))
    if isinstance(kind, str) and kind not in ("function", "object", "custom") and not described:
        return kind
    if set(definition) and set(definition) <= _GEMINI:
        return str(next(iter(definition)))
    return ""


_GEMINI = frozenset(
    (
        *("googleSearch", "google_search", "codeExecution", "code_execution", "urlContext"),
        *("googleSearchRetrieval", "url_context", "googleMaps", "google_maps"),
    )
)


def first(definition: JsonObject, keys: Iterable[str]) -> tuple[str, Any]:
    """Return the first of the keys whose value is not empty, and the value; ("", None) if none."""
    for key in keys:
        value = definition.get(key)
        if value is not None:
            return key, value
    return "", None


def slips(keys: Iterable[str], known: frozenset[str] = KNOWN) -> list[str]:
    """Describe unknown keys that are nearly known: `paramters: unknown key, is it parameters?`."""
    unknown = sorted(set(keys) - known)
    near = ((key, _near(key, known)) for key in unknown if len(key) < 40)
    said = [f"{key}: unknown key; is it `{other}`?" for key, other in near if other]
    return said[:_MOST_SLIPS]


@lru_cache(maxsize=8192)
def _near(key: str, known: frozenset[str]) -> str:
    if key.startswith(("x-", "_", "$")) or len(key) < 4:
        return ""
    found = get_close_matches(key, sorted(known), n=1, cutoff=0.82)
    same_word = found and found[0].rstrip("s") == key.rstrip("s")
    return "" if not found or same_word else found[0]
