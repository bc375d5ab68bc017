"""The targets of references in an OpenAPI document."""

from typing import Any

from toolace_mt.tools.dialects import Malformed
from toolace_mt.trajectory import JsonObject

_MOST_HOPS = 32


def pointed(document: JsonObject, given: Any) -> Any:
    """Follow the local references of a value; None if one leads nowhere or in a circle.

    Raises Malformed for a reference into another file.
    """
    for _ in range(_MOST_HOPS):
        if not isinstance(given, dict) or not isinstance(given.get("$ref"), str):
            return given
        reference = given["$ref"]
        if not reference.startswith("#"):
            raise Malformed(
                "", f"$ref {reference[:80]!r} leads to another file; bundle the document"
            )
        target: Any = document
        for part in reference[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
            if isinstance(target, dict):
                target = target.get(key)
            elif isinstance(target, list) and key.isdigit() and int(key) < len(target):
                target = target[int(key)]
            else:
                target = None
        beside = {key: value for key, value in given.items() if key != "$ref"}
        given = {**target, **beside} if isinstance(target, dict) else target
    return None
