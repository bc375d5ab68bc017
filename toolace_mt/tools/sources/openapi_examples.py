"""Examples of parameters, bodies and responses, moved into the schemas of their values."""

from typing import Any

from toolace_mt.tools.sources.openapi_refs import pointed
from toolace_mt.trajectory import JsonObject

_MOST = 8
_LONGEST = 200
_DEEPEST = 8


def example_values(document: JsonObject, holder: JsonObject) -> list[Any]:
    """Return the values of `example` and `examples` of a parameter or media type."""
    found = [holder["example"]] if holder.get("example") is not None else []
    listed = holder.get("examples")
    if isinstance(listed, dict):
        named = (pointed(document, each) for each in listed.values())
        found += [each["value"] for each in named if isinstance(each, dict) and "value" in each]
    return found


def spread(schema: JsonObject, examples: list[Any], depth: int = 0) -> JsonObject:
    """Return the schema with the scalars of examples at their places.

    The example of a whole object would be drawn as a whole, the same in every dialogue. Its
    scalars, each at its place, can be combined. Places with examples of their own keep them.
    """
    if not examples or depth > _DEEPEST:
        return schema
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(properties, dict):
        held = [each for each in examples if isinstance(each, dict)]
        inner = {
            name: spread(part, [each[name] for each in held if name in each], depth + 1)
            if isinstance(part, dict)
            else part
            for name, part in properties.items()
        }
        return {**schema, "properties": inner}
    if isinstance(items, dict):
        members = [item for each in examples if isinstance(each, list) for item in each]
        return {**schema, "items": spread(items, members, depth + 1)}
    if "examples" in schema or "enum" in schema:
        return schema
    values: list[Any] = []
    for each in examples:
        scalar = isinstance(each, str | int | float) and len(str(each)) <= _LONGEST
        if scalar and each not in values:
            values.append(each)
    return {**schema, "examples": values[:_MOST]} if values else schema
