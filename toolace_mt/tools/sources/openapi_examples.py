"""Examples of parameters, bodies and responses, given to the schemas of the values in them."""

from typing import Any

from toolace_mt.tools.sources.openapi_refs import pointed
from toolace_mt.trajectory import JsonObject

_MOST = 8
_LONGEST = 200
_DEEPEST = 8


def example_values(document: JsonObject, holder: JsonObject) -> list[Any]:
    """Return what `example` and `examples` of a parameter or media type hold."""
    found = [holder["example"]] if holder.get("example") is not None else []
    listed = holder.get("examples")
    if isinstance(listed, dict):
        named = (pointed(document, each) for each in listed.values())
        found += [each["value"] for each in named if isinstance(each, dict) and "value" in each]
    return found


def spread(schema: JsonObject, examples: list[Any], depth: int = 0) -> JsonObject:
    """Return the schema with the scalars of examples at the places where they stand.

    An example of a whole object would be drawn whole, the same in every dialogue; its values at
    their places are combined. Places that have examples of their own keep these.
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
