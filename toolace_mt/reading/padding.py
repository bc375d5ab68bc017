"""Removes Arrow's padding: nulls for keys that an object does not have.

A struct column gives every row the keys of all rows. A null in a call's arguments is taken for
padding unless the tool's schema admits null there, or requires the key.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from toolace_mt.trajectory import JsonObject, Tool, Turn

_DEEPEST = 32


def without_padding(turns: list[Turn], tools: list[Tool]) -> tuple[Turn, ...]:
    """Return the turns with the padding removed from all calls' arguments."""
    schemas = {tool.name: tool.parameters for tool in tools}

    def unpadded(turn: Turn) -> Turn:
        if not any(_holds_null(call.arguments) for call in turn.calls):
            return turn
        calls = []
        for call in turn.calls:
            schema = schemas.get(call.name, {})
            calls.append(replace(call, arguments=_without(call.arguments, [schema], schema, 0)))
        return replace(turn, calls=tuple(calls))

    return tuple(unpadded(turn) for turn in turns)


def _holds_null(value: object, depth: int = 0) -> bool:
    if value is None:
        return True
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return any(_holds_null(inner, depth + 1) for inner in value.values())
    return isinstance(value, list) and any(_holds_null(inner, depth + 1) for inner in value)


def _without(value: Any, schemas: list[Any], root: JsonObject, depth: int) -> Any:
    """Return the value without padding; `schemas` are all those that apply to it."""
    if depth > _DEEPEST:
        return value
    forms = list(_forms(schemas, root))
    if isinstance(value, list):
        items = [form["items"] for form in forms if isinstance(form.get("items"), dict)]
        return [_without(item, items, root, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, inner in value.items():
        declared = [part for form in forms for part in _declared(form, name)]
        required = any(name in _listed(form, "required") for form in forms)
        if inner is not None or required or any(map(_admits_null, _forms(declared, root))):
            kept[name] = _without(inner, declared, root, depth + 1)
    return kept


def _declared(form: JsonObject, name: str) -> Iterator[Any]:
    properties = form.get("properties")
    if isinstance(properties, dict) and name in properties:
        yield properties[name]
    elif isinstance(form.get("additionalProperties"), dict):
        yield form["additionalProperties"]


def _forms(schemas: list[Any], root: JsonObject) -> Iterator[JsonObject]:
    """Yield the schemas, and those that they refer to or are composed of."""
    left, seen = list(schemas), 0
    while left and seen < 100:
        schema = left.pop()
        seen += 1
        if not isinstance(schema, dict):
            continue
        yield schema
        for key in ("anyOf", "oneOf", "allOf"):
            left.extend(_listed(schema, key))
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            left.append(_referred(root, reference))


def _referred(root: Any, reference: str) -> Any:
    for step in reference.removeprefix("#").strip("/").split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        root = root.get(step) if isinstance(root, dict) and step else root
    return root


def _listed(schema: JsonObject, key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _admits_null(form: JsonObject) -> bool:
    kind = form.get("type")
    said = kind == "null" or (isinstance(kind, list) and "null" in kind)
    choices = (*_listed(form, "enum"), *_listed(form, "examples"))
    return said or form.get("nullable") is True or None in choices or form.get("default", 0) is None
