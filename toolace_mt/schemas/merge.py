"""Two schemas that must both hold, merged into one."""

from collections.abc import Callable
from typing import Any

from toolace_mt.trajectory import JsonObject

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def merged(one: JsonObject, other: JsonObject) -> JsonObject:
    """Return a schema whose values fit both, as far as keywords can express that.

    Where they cannot (two patterns, two formats, `not`, ...) the keyword of `other` wins. Values of
    the result must therefore still be checked against the original schemas.
    """
    both = {**one, **other}
    for key in one.keys() & other.keys():
        merge = _MERGE.get(key)
        if merge is not None:
            both[key] = merge(one[key], other[key])
    return both


def admits_nothing(schema: Any) -> bool:
    """Return whether a schema plainly has no values: `false`, or `{"not": {}}`."""
    if isinstance(schema, dict):
        return "not" in schema and schema["not"] in ({}, True)
    return schema is False or schema is None


def _types(one: Any, other: Any) -> Any:
    ones, others = ([kind] if isinstance(kind, str) else list(kind) for kind in (one, other))
    shared = [kind for kind in ones if kind in others]
    if "integer" not in shared and "integer" in ones + others and "number" in ones + others:
        shared.append("integer")
    return shared[0] if len(shared) == 1 else shared


def _properties(one: Any, other: Any) -> Any:
    shared = {name: {"allOf": [one[name], other[name]]} for name in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _additional(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    return other if one is True else one if other is True else {"allOf": [one, other]}


def _common(one: Any, other: Any) -> Any:
    return [value for value in one if value in other]


_MERGE: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(_LOWER, max),
    **dict.fromkeys(_UPPER, min),
    "type": _types,
    "properties": _properties,
    "required": lambda one, other: list(dict.fromkeys([*one, *other])),
    "enum": _common,
    "examples": lambda one, other: _common(one, other) or other,
    "items": _additional,
    "additionalProperties": _additional,
    "allOf": lambda one, other: [*one, *other],
}
