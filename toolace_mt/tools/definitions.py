"""The one parser of tool definitions: strict for pools, lenient for rows of any dataset.

Both readers accept every shape that `tools.dialects` knows.

- A pool needs tools that dialogues can be generated with. `parse_tool` demands usable schemas and
  gives each tool a name that every API accepts.
- A row already has a dialogue, which calls tools by their names. `read_tools` keeps these names and
  leaves broken schemas to the rules.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from toolace_mt.schemas.check import schema_problem
from toolace_mt.schemas.drawable import TRIED, undrawable
from toolace_mt.schemas.normalise import MAX_DEPTH, normalise_schema, parameters_schema
from toolace_mt.schemas.paths import resolve
from toolace_mt.schemas.survey import Survey, keywords, loop, meta_problem, survey
from toolace_mt.tools.dialects import PARAMETERS, RETURNS, Malformed, builtin, first, flat, unpacked
from toolace_mt.tools.json_text import parse
from toolace_mt.tools.names import usable_name
from toolace_mt.tools.usage import read_usage
from toolace_mt.trajectory import JsonObject, Tool

_COMPILED = frozenset(("$ref", "$dynamicRef", "pattern", "patternProperties"))
_LOOKED_FOR = TRIED | _COMPILED


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A tool that a model's provider runs (`web_search`); it has a type and no schema."""

    type: str


def parse_tool(definition: Any) -> Tool | BuiltIn:
    """Return the tool of one parsed definition, with normalised schemas.

    Raises Malformed if the value is no definition, or if no values fit its schemas.
    """
    definition = flat(definition)
    if provided := builtin(definition):
        return BuiltIn(provided)
    found = survey(definition)
    if found.depth > MAX_DEPTH:
        raise Malformed("", f"nested deeper than {MAX_DEPTH} levels")
    name = _name(definition)
    parameters = _tried(_parameters(definition), _key(definition), found)
    returns = _returns(definition)
    if returns is not None:
        returns = _tried(returns, first(definition, RETURNS)[0], found)
    usable = usable_name(name)
    original = _text(definition, "original") or name
    return Tool(
        name=usable,
        description=_text(definition, "description", "title"),
        parameters=parameters,
        returns=returns,
        domain=_text(definition, "domain", "category", "server") or "general",
        license=_text(definition, "license"),
        usage=read_usage(definition.get("usage"), parameters, returns),
        original=original if original != usable else "",
        server=_text(definition, "server"),
        source=_text(definition, "source"),
    )


def read_tools(definitions: object) -> tuple[list[Tool], list[str]]:
    """Return the tools of a row, and what is wrong with the others (place first: `[2].name`).

    `definitions` is a list of definitions in any shape, or its JSON text; None is an empty list.
    Built-in tools have no schema and are in neither list (see `builtin_types`).
    """
    if isinstance(definitions, str):
        definitions = parse(definitions) if definitions.strip() else None
    if definitions is None:
        return [], []
    tools, wrong = [], []
    for place, given in unpacked(definitions):
        if not place:  # neither a list nor an object that holds one
            return [], [f": expected a list of tool definitions, got {type(definitions).__name__}"]
        read = _cached(given)
        if isinstance(read, Tool):
            tools.append(read)
        elif isinstance(read, str):
            wrong.append(place + read)
    return tools, wrong


def builtin_types(definitions: object) -> list[str]:
    """Return the types of the built-in tools among definitions."""
    found = (given for _, given in unpacked(definitions or []) if isinstance(given, dict))
    return [kind for given in found if (kind := builtin(flat(given)))]


def _cached(given: object) -> Tool | BuiltIn | str | None:
    if given is None:  # padding
        return None
    try:
        return _lenient(to_json(given))
    except (PydanticSerializationError, ValueError, RecursionError):
        return ": is not JSON"


@lru_cache(maxsize=4096)
def _lenient(text: bytes) -> Tool | BuiltIn | str:
    """Return the tool, or what is wrong with its definition.

    Dialogues of one file repeat their tools. The cache saves the normalising, and equal definitions
    become one object, so their validator is found by identity.
    """
    try:
        definition = flat(from_json(text))
        if provided := builtin(definition):
            return BuiltIn(provided)
        description = definition.get("description")
        return Tool(
            _name(definition),
            description if isinstance(description, str) else "",
            _parameters(definition),
        )
    except Malformed as malformed:
        return f"{malformed.place}: {malformed.reason}"


def _name(definition: JsonObject) -> str:
    name = definition.get("name")
    if not isinstance(name, str) or not name.strip():
        shown = repr(name)[:40] if isinstance(name, str) else type(name).__name__
        raise Malformed(".name", f"expected text, got {shown}")
    return name


def _text(definition: JsonObject, *keys: str) -> str:
    for key in keys:
        value = definition.get(key)
        if value is not None and not isinstance(value, str):
            raise Malformed(f".{key}", f"expected a text, got {type(value).__name__}")
        if value:
            return value.strip()
    return ""


def _key(definition: JsonObject) -> str:
    return first(definition, PARAMETERS)[0] or PARAMETERS[0]


def _parameters(definition: JsonObject) -> JsonObject:
    key, given = first(definition, PARAMETERS)
    if isinstance(given, str):
        given = parse(given) if given.strip() else None
    if given is not None and not isinstance(given, dict):
        raise Malformed(f".{key}", f"expected a JSON Schema object, got {type(given).__name__}")
    schema: JsonObject = parameters_schema(given)
    return schema


def _returns(definition: JsonObject) -> JsonObject | None:
    """Return the schema of the outputs, of any type; None if the definition has none."""
    key, given = first(definition, RETURNS)
    if isinstance(given, str):
        given = parse(given)
    if given is None or isinstance(given, bool | str) or given == {}:
        return None  # prose about the output, not a schema
    if not isinstance(given, dict):
        raise Malformed(f".{key}", f"expected a JSON Schema, got {type(given).__name__}")
    schema: JsonObject = normalise_schema(given)
    return schema


def _tried(schema: JsonObject, key: str, found: Survey) -> JsonObject:
    """Return the schema, with a reference at its top written out; raises Malformed if unusable.

    Compiling a schema finds every fault but is expensive. A schema with neither references nor
    patterns is therefore only checked against the meta-schema. `found` surveys the definition.
    """
    if key in PARAMETERS:
        kind = schema.setdefault("type", "object") if "$ref" not in schema else "object"
        if isinstance(kind, list) and "object" in kind:
            schema["type"] = "object"
        elif kind != "object":
            raise Malformed(f".{key}", f"expected a schema of type object, got {kind!r}"[:200])
    keys = found.keys if found.keys.isdisjoint(_LOOKED_FOR) else keywords(schema)
    plain = keys.isdisjoint(_COMPILED)
    problem = meta_problem(schema) if plain else schema_problem(schema) or loop(schema)
    if problem:
        raise Malformed(f".{key}", f"not a usable JSON Schema: {problem}")
    if "$ref" in schema:  # prompts show the properties at the schema's top level
        schema = {**schema, **resolve(schema, schema)}
        del schema["$ref"]
        schema.setdefault("type", "object")
    fault = undrawable(schema, keys)
    if fault is not None:
        place = f".{key}.{fault.path}" if fault.path else f".{key}"
        raise Malformed(place, f"{fault.reason}; {fault.remedy}")
    return schema
