"""The question what a tool returns: fields with types and examples; code makes the schema."""

from typing import Any

from toolace_mt.calls.ask import Unreadable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.schemas.drawable import undrawable
from toolace_mt.schemas.narrow import decodable
from toolace_mt.texts.constrained import text_schema
from toolace_mt.trajectory import JsonObject, Tool

_NAME = "^[a-z]{3,12}(_[a-z]{2,12}){0,2}$"
_SUCCESS = ("success", "successful", "succeeded", "done", "valid")
_MOST_ITEMS = 3
_FEWEST = 3  # different examples of a field
_VALUES: dict[str, JsonObject] = {
    "string": {"type": "string", "minLength": 2, "maxLength": 60},
    "integer": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
    "number": {"type": "number", "minimum": 0, "maximum": 1_000_000},
}


def returns_question(tool: Tool) -> Question[JsonObject]:
    """Return the question for a tool's `returns`: the schema of an object or of a list of them."""
    return Question(render("enrich/returns", tool=tool.name), decodable(_SCHEMA), _parse)


def _field(kind: str) -> JsonObject:
    properties: dict[str, JsonObject] = {
        "name": {"type": "string", "pattern": _NAME},
        "type": {"const": kind},
        "description": text_schema(()),
    }
    if kind in _VALUES:
        examples = {"type": "array", "items": _VALUES[kind], "minItems": 4, "maxItems": 6}
        properties["examples"] = examples
    return closed(properties)


_SCHEMA = closed(
    {
        "many": {"type": "boolean"},
        "fields": {
            "type": "array",
            "minItems": 2,
            "maxItems": 5,
            "items": {"anyOf": [_field(kind) for kind in (*_VALUES, "boolean")]},
        },
    }
)


def _parse(answer: Any) -> JsonObject:
    try:
        read = [_read(field) for field in answer["fields"]]
        many = answer["many"] is True
    except (TypeError, KeyError) as error:
        raise Unreadable(f"no fields: {error}") from error
    properties = {name: schema for name, schema in read if schema and name != "error"}
    twice = len({name for name, _ in read}) < len(read)
    if twice or not any("examples" in each for each in properties.values()):
        raise Unreadable("a field twice, or none with three different examples")
    schema: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }
    if many:
        listed = {"type": "array", "items": schema, "minItems": 1, "maxItems": _MOST_ITEMS}
        schema = {"type": "object", "properties": {"results": listed}, "required": ["results"]}
    if fault := undrawable(schema):
        raise Unreadable(f"{fault.path}: {fault.reason}")
    return schema


def _read(field: JsonObject) -> tuple[str, JsonObject]:
    """Return the name and the schema of a field; {} for one whose examples are all the same."""
    kind = field["type"]
    schema = {"type": kind, "description": " ".join(str(field["description"]).split())}
    if kind not in _VALUES:  # what is asked for is the output of a call that succeeds
        certain = {"const": True} if field["name"] in _SUCCESS else {}
        return field["name"], {**schema, **certain}
    told = [" ".join(v.split()) if isinstance(v, str) else v for v in field["examples"]]
    examples = list(dict.fromkeys(v for v in told if not isinstance(v, str) or plain(v)))
    return field["name"], {**schema, "examples": examples} if len(examples) >= _FEWEST else {}


def plain(text: str) -> bool:
    """Return whether a text can be a value: no slot, no mark-up, and more than punctuation."""
    return not any(mark in text for mark in "{}<>[]\\`") and any(c.isalnum() for c in text)
