"""Answers without names: where an object's names are known, only its values are generated.

Names, braces and quotes are a third to a half of a call written as JSON, and say nothing that the
plan and the tools' schemas do not say already. So an object becomes the list of its values, in the
order in which its schema names them; code puts the names back.
"""

from typing import Any

from toolace_mt.calls.ask import Unreadable
from toolace_mt.trajectory import JsonObject

_ABSENT: JsonObject = {"type": "null"}


def compacted(schema: JsonObject) -> JsonObject:
    """Return the schema of the same values with lists in place of objects.

    Only objects whose names are all declared become lists; an optional value that is absent is
    null. Choices between schemas stay as they are, since lists could not be told apart.
    """
    if _is_closed(schema):
        required = schema.get("required", ())
        places = [
            compacted(inner) if name in required else {"anyOf": [compacted(inner), _ABSENT]}
            for name, inner in schema["properties"].items()
        ]
        count = len(places)
        bounds = {"minItems": count, "maxItems": count}
        return {"type": "array", "prefixItems": places, "items": False, **bounds}
    if schema.get("type") != "array":
        return schema
    lists = dict(schema)
    if isinstance(schema.get("items"), dict):
        lists["items"] = compacted(schema["items"])
    if "prefixItems" in schema:
        lists["prefixItems"] = [compacted(inner) for inner in schema["prefixItems"]]
    return lists


def expanded(schema: JsonObject, value: Any) -> Any:
    """Return a value of `schema` from one of its compacted form; raises Unreadable."""
    if _is_closed(schema):
        properties = schema["properties"]
        if not isinstance(value, list) or len(value) != len(properties):
            raise Unreadable(
                f"expected a list of {len(properties)} values: {', '.join(properties)}"
            )
        required = schema.get("required", ())
        return {
            name: expanded(inner, each)
            for (name, inner), each in zip(properties.items(), value, strict=True)
            if each is not None or name in required
        }
    if schema.get("type") != "array" or not isinstance(value, list):
        return value
    first = schema.get("prefixItems", [])
    rest = schema.get("items")
    return [
        expanded(first[place], each)
        if place < len(first)
        else expanded(rest, each)
        if isinstance(rest, dict)
        else each
        for place, each in enumerate(value)
    ]


def _is_closed(schema: JsonObject) -> bool:
    return (
        schema.get("type") == "object"
        and bool(schema.get("properties"))
        and schema.get("additionalProperties") is False
        and "patternProperties" not in schema
    )
