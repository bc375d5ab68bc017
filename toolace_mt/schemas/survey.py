"""Facts about a whole schema: its depth, its keywords, whether it is a schema at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from toolace_mt.schemas.paths import resolve
from toolace_mt.trajectory import JsonObject

_MOST_LEVELS = 200


@dataclass(frozen=True, slots=True)
class Survey:
    """The depth of nesting (a flat object has 1) and every key at any depth."""

    depth: int
    keys: frozenset[str]


def survey(value: Any) -> Survey:
    """Return depth and keys of a JSON value, to at most 200 levels, without recursion."""
    keys: set[str] = set()
    level, depth = [value], 0
    while level and depth < _MOST_LEVELS:
        below: list[Any] = []
        for here in level:
            kind = type(here)
            if kind is dict:
                keys.update(here)
                below += here.values()
            elif kind is list:
                below += here
        level = below
        depth += 1
    return Survey(depth, frozenset(keys))


_MAPS = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
_VALUES = frozenset(("default", "examples", "example", "enum", "const", "required"))


def keywords(schema: Any) -> frozenset[str]:
    """Return the keywords of a schema at any depth, without the names of its properties."""
    found: set[str] = set()
    stack = [schema]
    while stack:
        here = stack.pop()
        if isinstance(here, list):
            stack += here
        elif isinstance(here, dict):
            found.update(here)
            for key, value in here.items():
                if key in _MAPS and isinstance(value, dict):
                    stack += value.values()
                elif key not in _VALUES:
                    stack.append(value)
    return frozenset(found)


def meta_problem(schema: JsonObject) -> str | None:
    """Return why a value is no JSON Schema of draft 2020-12, None if it is one."""
    try:
        if jsonschema_rs.meta.is_valid(schema):
            return None
        jsonschema_rs.meta.validate(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return " ".join(str(getattr(error, "message", error)).split())[:200]
    return None


def loop(schema: JsonObject) -> str | None:
    """Return the first `$ref` that leads in a circle or to nowhere, None if all resolve."""
    for part in parts(schema):
        if "$ref" in part and isinstance(part["$ref"], str) and resolve(part, schema) is None:
            return f"$ref {part['$ref']!r} leads to no schema"
    return None


def parts(value: Any) -> Iterator[JsonObject]:
    """Yield every object inside a JSON value."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            yield here
            stack.extend(here.values())
        elif isinstance(here, list):
            stack.extend(here)
