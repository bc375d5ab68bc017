"""The question for examples of values, where nobody gave any and names alone would decide."""

from collections.abc import Iterator
from typing import Any

from toolace_mt.calls.ask import Unreadable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.enrich.returns import real_values
from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.normalise import normalise_schema
from toolace_mt.schemas.paths import child
from toolace_mt.trajectory import JsonObject

_ADVISED = frozenset(("examples", "enum", "const", "format", "pattern", "default", "$ref"))
_MOST_PLACES = 8
_DEEPEST = 4
_FEWEST = 3
_TEXT = "^[A-Za-z0-9/#@~.$+*][ -!#-;=?-Z^-z]{0,99}$"


def lacking(parameters: JsonObject) -> list[str]:
    """Return the paths of texts without examples in an object's schema (`files[].name`)."""
    return list(dict.fromkeys(_texts(parameters, "", 0)))[:_MOST_PLACES]


def _texts(schema: Any, path: str, depth: int) -> Iterator[str]:
    if not isinstance(schema, dict) or depth > _DEEPEST or not _ADVISED.isdisjoint(schema):
        return
    plain_type = normalise_schema({"type": schema.get("type")}).get("type")
    if isinstance(schema.get("properties"), dict):
        for name, inner in schema["properties"].items():
            yield from _texts(inner, child(path, str(name)), depth + 1)
    elif isinstance(schema.get("items"), dict):
        yield from _texts(schema["items"], f"{path}[]", depth + 1)
    elif plain_type == "string" and path:
        yield path


def values_question(name: str, parameters: JsonObject) -> Question[JsonObject]:
    """Return the question for examples; its answer are the parameters with examples in place."""
    places = lacking(parameters)
    texts = {"type": "array", "items": {"type": "string", "pattern": _TEXT}}
    properties = {path: {**texts, "minItems": 4, "maxItems": 7} for path in places}
    instruction = render("enrich/values", tool=name, places=places)
    return Question(instruction, closed(properties), lambda a: _parse(a, parameters, places))


def _parse(answer: JsonObject, parameters: JsonObject, places: list[str]) -> JsonObject:
    found: dict[str, list[str]] = {}
    for path in places:
        given = answer.get(path)
        given = given if isinstance(given, list) else []
        said = real_values(path.rpartition(".")[2].removesuffix("[]"), given)
        if len(said) >= _FEWEST:
            found[path] = said
    placed: JsonObject = with_examples(parameters, found)
    if placed is parameters:
        raise Unreadable("no parameter has three different examples that fit it")
    return placed


def with_examples(schema: Any, found: dict[str, list[str]], path: str = "") -> Any:
    """Return a schema with examples at the paths that `lacking` gave; those that do not fit go."""
    if not isinstance(schema, dict):
        return schema
    if path in found:
        alone = normalise_schema(schema)
        fitting = [text for text in found[path] if not check_value(alone, text)]
        return {**schema, "examples": fitting} if len(fitting) >= _FEWEST else schema
    changed: JsonObject = {}
    properties = schema.get("properties")
    if isinstance(properties, dict):
        inner = {n: with_examples(s, found, child(path, str(n))) for n, s in properties.items()}
        if any(inner[name] is not properties[name] for name in properties):
            changed["properties"] = inner
    items = with_examples(schema.get("items"), found, f"{path}[]")
    if items is not schema.get("items"):
        changed["items"] = items
    return {**schema, **changed} if changed else schema
