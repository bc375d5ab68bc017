"""Schemas of OpenAPI documents, inlined: references resolved, cycles cut, size bounded."""

from typing import Any, Literal

from toolace_mt.schemas.merge import merged
from toolace_mt.tools.sources.openapi_examples import spread
from toolace_mt.tools.sources.openapi_refs import pointed
from toolace_mt.trajectory import JsonObject

_DEPTHS = (8, 6, 5, 4, 3, 2)
_MOST_NODES = 150
_MOST_OPTIONAL = 60
_MOST_BRANCHES = 8
_MOST_CHOICES = 200
_LONGEST = {"request": 200, "response": 120}
_DROPPED = frozenset(
    (
        "xml",
        "externalDocs",
        "discriminator",
        "readOnly",
        "writeOnly",
        "example",
        "deprecated",
        "$ref",
    )
)
_NESTED = ("items", "additionalProperties", "not", "contains", "propertyNames")


class _TooLarge(Exception):
    """The schema has more nodes than a tool may have; a smaller depth is tried."""


class Inliner:
    """Inlines schemas of one document, for requests or for responses.

    Requests omit `readOnly` properties, responses `writeOnly` ones. A schema with more than 150
    nodes is cut at a smaller depth: below it, optional properties are dropped and required ones
    keep only their type.
    """

    def __init__(self, document: JsonObject, direction: Literal["request", "response"]) -> None:
        self._document = document
        self._hidden = "readOnly" if direction == "request" else "writeOnly"
        self._longest = _LONGEST[direction]
        self._nodes = 0
        self._depth = 0
        self._last = False  # the smallest depth: optional parts are cut

    def whole(self, given: Any) -> Any:
        """Return the schema without references; True, False and None are returned unchanged."""
        for depth in _DEPTHS:
            self._depth, self._nodes = depth, 0
            try:
                return self._node(given, 0, ())
            except _TooLarge:
                continue
        self._depth, self._nodes, self._last = 1, 0, True
        return self._node(given, 0, ())

    def _node(self, given: Any, depth: int, above: tuple[str, ...]) -> Any:
        """Return one schema inlined; None if it is part of a cycle or lies too deep."""
        if not isinstance(given, dict):
            return given
        self._nodes += 1
        if self._nodes > _MOST_NODES and not self._last:
            raise _TooLarge
        reference = given.get("$ref")
        if isinstance(reference, str):
            if reference in above:
                return None
            above = (*above, reference)
        schema = pointed(self._document, given)
        if not isinstance(schema, dict):
            return {} if schema is None else schema
        if isinstance(schema.get("$ref"), str):
            return {}
        if depth > self._depth:
            return None
        return self._written(schema, depth, above)

    def _written(self, schema: JsonObject, depth: int, above: tuple[str, ...]) -> JsonObject:
        out: JsonObject = {}
        for key, value in schema.items():
            if key in _DROPPED or key.startswith("x-") or key in ("properties", "required"):
                continue
            if key in ("allOf", "anyOf", "oneOf") and isinstance(value, list):
                continue
            if key in _NESTED:
                inner = self._node(value, depth + 1, above)
                out[key] = {} if inner is None else inner
            elif key == "description" and isinstance(value, str):
                text = " ".join(value.split())
                out[key] = text if len(text) <= self._longest else f"{text[: self._longest]} ..."
            elif key == "enum" and isinstance(value, list):
                out[key] = value[:_MOST_CHOICES]
            elif key == "examples" and isinstance(value, dict):
                named = [each for each in value.values() if isinstance(each, dict)]
                out[key] = [each["value"] for each in named if "value" in each]
            else:
                out[key] = value
        examples = out.pop("examples", [])
        examples = examples if isinstance(examples, list) else []
        if schema.get("example") is not None:
            examples = [*examples, schema["example"]]
        self._object(schema, out, depth, above)
        return spread(self._composed(schema, out, depth, above), examples)

    def _object(
        self, schema: JsonObject, out: JsonObject, depth: int, above: tuple[str, ...]
    ) -> None:
        properties = schema.get("properties")
        listed = schema.get("required")
        listed = listed if isinstance(listed, list) else ()
        required = [name for name in listed if isinstance(name, str)]
        if not isinstance(properties, dict):
            if required:
                out["required"] = required
            return
        kept: JsonObject = {}
        for name, given in properties.items():
            target = pointed(self._document, given)
            if isinstance(target, dict) and target.get(self._hidden) is True:
                required = [other for other in required if other != name]
                continue
            if self._last and name not in required and len(kept) >= _MOST_OPTIONAL:
                continue
            inner = self._node(given, depth + 1, above)
            if inner is None and name in required:
                kind = target.get("type") if isinstance(target, dict) else None
                inner = {"type": kind} if isinstance(kind, str) else {}
            if inner is not None:
                kept[name] = inner
        out["properties"] = kept
        if required:
            out["required"] = required

    def _composed(
        self, schema: JsonObject, out: JsonObject, depth: int, above: tuple[str, ...]
    ) -> JsonObject:
        for part in schema.get("allOf") or ():
            inner = self._node(part, depth, above)
            if isinstance(inner, dict):
                described: JsonObject = {
                    key: out[key] for key in ("description", "title") if key in out
                }
                out = {**_both(out, inner), **described}
        for key in ("anyOf", "oneOf"):
            branches = schema.get(key)
            if not isinstance(branches, list):
                continue
            written = []
            for branch in branches[:_MOST_BRANCHES]:
                inner = self._node(branch, depth + 1, above)
                if isinstance(inner, dict):
                    written.append(_told_apart(schema, branch, inner))
            if len(written) == 1:
                out = _both(out, written[0])
            elif written:
                out["anyOf"] = written  # equivalent to `oneOf` for values that fit one branch
        return out


def _both(one: JsonObject, other: JsonObject) -> JsonObject:
    try:
        return merged(one, other)
    except (TypeError, AttributeError):  # keywords of the wrong type: the parser will say so
        return {**one, **other}


def _told_apart(schema: JsonObject, branch: Any, inner: JsonObject) -> JsonObject:
    """Return a branch with the discriminator value that selects it."""
    discriminator = schema.get("discriminator")
    if not isinstance(discriminator, dict) or not isinstance(branch, dict):
        return inner
    name, reference = discriminator.get("propertyName"), branch.get("$ref")
    properties = inner.get("properties")
    if (
        not isinstance(name, str)
        or not isinstance(reference, str)
        or not isinstance(properties, dict)
    ):
        return inner
    mapping = discriminator.get("mapping")
    mapping = mapping if isinstance(mapping, dict) else {}
    last = reference.rpartition("/")[2]
    value = next((key for key, to in mapping.items() if to in (reference, last)), last)
    told = {**properties, name: {"type": "string", "const": value}}
    required = [*inner.get("required", ()), name]
    return {**inner, "properties": told, "required": list(dict.fromkeys(required))}
