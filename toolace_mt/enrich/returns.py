"""The question what a tool returns: fields with types and examples; code makes the schema."""

from collections.abc import Iterable
from typing import Any

from toolace_mt.calls.ask import Unreadable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.schemas.drawable import undrawable
from toolace_mt.schemas.narrow import decodable
from toolace_mt.schemas.words import words_of
from toolace_mt.texts.constrained import text_schema
from toolace_mt.trajectory import JsonObject, Tool

_NAME = "^[a-z]{3,12}(_[a-z]{2,12}){0,2}$"
_IDLE = frozenset(("string", "example", "placeholder", "value", "null", "none", "foo", "foobar"))
_SUCCESS = ("success", "successful", "succeeded", "done", "valid")
_MOST_ITEMS = 3
_FEWEST = 3  # different examples of a field
_VALUES: dict[str, JsonObject] = {
    "string": {"type": "string", "pattern": "^[A-Za-z0-9/#@~.$+*][ -!#-;=?-Z^-z]{1,59}$"},
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
    if kind == "string":
        examples: list[Any] = real_values(field["name"], field["examples"])
    else:
        examples = list(dict.fromkeys(field["examples"]))
    return field["name"], {**schema, "examples": examples} if len(examples) >= _FEWEST else {}


def real_values(name: str, given: Iterable[Any]) -> list[str]:
    """Return the texts among some examples that can be real values of `name`, without repetition.

    None has slots or mark-up, is a word for any value, or is the name with something behind it. If
    they differ in nothing but numbers (`file1`, `file2`), one is left, unless they are numbers.
    """
    found: dict[str, str] = {}
    called = " ".join(words_of(name))
    for text in (" ".join(each.split()) for each in given if isinstance(each, str)):
        words = words_of(text)
        said = " ".join(words)
        marked = any(mark in text for mark in "{}<>[]\\`") or not text[:1].strip(",;:!?)")
        idle = not _IDLE.isdisjoint(words) or (called and said.startswith(called))
        if not marked and not idle and any(c.isalnum() for c in text):
            letters = "".join(c for c in text if not c.isdigit())
            found.setdefault(letters if any(map(str.isalpha, letters)) else text, text)
    return list(found.values())
