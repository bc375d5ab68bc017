"""Schemas closed to undeclared names, including objects composed of several schemas."""

from typing import Any

from toolace_mt.schemas.paths import resolve

_OPEN_ENDED = ("additionalProperties", "patternProperties", "unevaluatedProperties")
_CHOICES = ("anyOf", "oneOf")
_IN_PLACE = ("$ref", "$dynamicRef", "allOf", *_CHOICES, "if", "then", "else", "dependentSchemas")


def close(schema: Any) -> Any:
    """Return a normalised schema that forbids undeclared names in its objects.

    Objects stay open if they say what else they take (`additionalProperties` and the like) or
    declare no names at all. Names in `required` count as declared. An object composed by `$ref`,
    `allOf`, `anyOf` and the like is closed once, as a whole: every part is checked against all of
    its names, so closing a part would forbid the names of the others.
    """
    return _closed(schema, schema, place=True)


def _closed(schema: Any, root: Any, place: bool) -> Any:
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    for key in ("allOf", *_CHOICES):
        if isinstance(schema.get(key), list):
            closed[key] = [_closed(inner, root, False) for inner in schema[key]]
    for key in ("if", "then", "else"):
        if key in schema:
            closed[key] = _closed(schema[key], root, False)
    for key in ("$defs", "definitions"):
        if isinstance(schema.get(key), dict):
            closed[key] = {name: _closed(part, root, False) for name, part in schema[key].items()}
    if isinstance(schema.get("prefixItems"), list):
        closed["prefixItems"] = [_closed(item, root, True) for item in schema["prefixItems"]]
    if "items" in schema:
        closed["items"] = _closed(schema["items"], root, True)
    properties = schema.get("properties")
    if isinstance(properties, dict):
        required = schema.get("required")
        needed = [n for n in required if isinstance(n, str)] if isinstance(required, list) else []
        declared = {name: _closed(inner, root, True) for name, inner in properties.items()}
        closed["properties"] = dict.fromkeys(needed, True) | declared
    if place and not any(key in schema for key in _OPEN_ENDED):
        if any(key in schema for key in _IN_PLACE):
            if _declares(schema, root, {}):
                closed["unevaluatedProperties"] = False
        elif isinstance(properties, dict):
            closed["additionalProperties"] = False
    return closed


def _declares(schema: Any, root: Any, known: dict[str, bool]) -> bool:
    """Return whether every object that fits has declared names; true if no object can fit.

    `known` holds the answers for references, which may be cyclic.
    """
    if not isinstance(schema, dict):
        return False
    if isinstance(schema.get("properties"), dict):
        return True
    kind = schema.get("type")
    if kind is not None and "object" not in (kind if isinstance(kind, list) else [kind]):
        return True
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference not in known:
            known[reference] = False
            known[reference] = _declares(resolve(schema, root), root, known)
        return known[reference]
    if any(_declares(inner, root, known) for inner in schema.get("allOf") or ()):
        return True
    choices = [inner for key in _CHOICES for inner in schema.get(key) or ()]
    return bool(choices) and all(_declares(inner, root, known) for inner in choices)
