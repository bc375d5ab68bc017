"""Values drawn from JSON Schemas by a seeded generator, realistic where the schema allows it."""

import math
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.formats import DRAWN, choose
from toolace_mt.schemas.merge import admits_nothing, merged
from toolace_mt.schemas.named import draw_named
from toolace_mt.schemas.numbers import draw_integer, draw_number, is_bare, near
from toolace_mt.schemas.paths import resolve
from toolace_mt.schemas.prose import draw_text
from toolace_mt.schemas.realistic import words
from toolace_mt.schemas.vocabulary import PROSE
from toolace_mt.schemas.words import singular
from toolace_mt.trajectory import JsonObject

OPTIONAL = 0.3
"""Probability that an optional property gets a value, unless it is a boolean."""

_MAX_DEPTH = 12
_MAX_PARTS = 2000
_DEEP = 6  # levels; from this depth on, optional parts are left out
_ATTEMPTS = 16
_EXTRA_ITEMS = 2
_EXTRA_ATTEMPTS = 4
_SENTENCE = 8
_TYPES = frozenset(("object", "array", "string", "number", "integer", "boolean", "null"))
_HARD = frozenset(
    (
        *("not", "if", "contains", "dependentRequired", "dependentSchemas", "propertyNames"),
        *("patternProperties", "oneOf", "allOf", "unevaluatedProperties", "maxProperties"),
    )
)


def draw(schema: JsonObject, rng: random.Random, name: str = "") -> Any:
    """Return a value of a normalised schema; `name` is the name of its property, if it has one.

    Sources of values, in this order: `const`, `enum`, `examples`, `default`, `format`, `pattern`,
    bounds, and words that fit the name. Required properties are always present, optional ones with
    probability `OPTIONAL`, optional booleans never. Numbers are whole unless schema or name speak
    for a fraction; they then have two decimals, or as many as the schema demands.

    A value that may be wrong (an author's default, keywords like `not`) is checked and drawn again
    up to 16 times. The result is valid unless the schema contradicts itself, demands endless
    nesting, or asks for what no attempt happens to meet.
    """
    value = None
    for attempt in range(_ATTEMPTS):
        drawing = _Drawing(schema, rng, whole=attempt < _ATTEMPTS // 2)
        value = drawing.value(schema, name, 0)
        # Only doubtful values are checked: compiling a new prose pattern is slow.
        if not drawing.doubtful or not check_value(schema, value):
            break
        if attempt >= _ATTEMPTS // 2:  # the author's examples or defaults may be wrong
            schema = _unadvised(schema)
    return value


def _unadvised(schema: Any, named: bool = False) -> Any:
    """Return a schema without `default` and `examples` (`named`: a map of names to schemas)."""
    if isinstance(schema, dict):
        return {
            key: _unadvised(value, not named and key in ("properties", "$defs", "definitions"))
            for key, value in schema.items()
            if named or key not in ("default", "examples")
        }
    return [_unadvised(inner) for inner in schema] if isinstance(schema, list) else schema


@dataclass(slots=True)
class _Drawing:
    """One value being drawn; `doubtful` is set once a part of it may not fit the schema.

    `whole`: numbers have no decimals unless the schema demands them.
    """

    root: JsonObject
    rng: random.Random
    whole: bool = True
    doubtful: bool = False
    parts: int = 0

    def value(self, given: Any, name: str, depth: int) -> Any:
        self.parts += 1
        if depth > _MAX_DEPTH or self.parts > _MAX_PARTS:
            self.doubtful = True
            return None
        schema = resolve(given, self.root)
        if not isinstance(schema, dict):
            self.doubtful = self.doubtful or schema is not True
            return draw_named(name, self.rng)
        schema = self._composed(schema, depth)
        self.doubtful = self.doubtful or not _HARD.isdisjoint(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            filled = [choice for choice in schema["enum"] if choice is not None]
            return choose(filled or schema["enum"], self.rng)
        kind = self._kind(schema)
        if (advice := self._advice(schema, kind)) is not None:
            return advice
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                return draw_integer(schema, self.rng, name)
            case "number":
                return draw_number(schema, self.rng, name, self.whole)
            case "boolean":
                return self.rng.random() < 0.5
            case "null":
                return None
        return self._string(schema, name)

    def _advice(self, schema: JsonObject, kind: str) -> Any:
        """Return an example or default of the author, None without one.

        Of a default that is a number without bounds, every other value is one near it.
        """
        examples, default = schema.get("examples"), schema.get("default")
        if not examples and default is not None and is_bare(schema, kind):
            return default if self.rng.random() < 0.5 else near(default, self.rng)
        advice = examples or ([default] if default is not None else None)
        if not isinstance(advice, list):
            return None
        self.doubtful = True
        return choose(advice, self.rng)

    def _composed(self, schema: JsonObject, depth: int) -> JsonObject:
        """Merge `allOf`, and one branch of `anyOf` and of `oneOf`, into the schema beside them."""
        for keyword in ("allOf", "anyOf", "oneOf"):
            given = schema.get(keyword)
            if not isinstance(given, list) or depth > _MAX_DEPTH:
                continue
            self.doubtful = self.doubtful or keyword != "anyOf"
            branches = [resolve(inner, self.root) for inner in given]
            branches = [inner for inner in branches if not admits_nothing(inner)]
            if branches and keyword != "allOf":
                branches = [self._branch(branches, depth)]
            schema = {key: value for key, value in schema.items() if key != keyword}
            for branch in branches:
                if isinstance(branch, dict):
                    schema = merged(schema, self._composed(branch, depth + 1))
        return schema

    def _branch(self, branches: list[Any], depth: int) -> Any:
        """Choose an alternative: one that is not null if possible, and a shallow one when deep."""
        simple = [inner for inner in branches if _declared(inner) not in ("object", "array")]
        shallow = simple if simple and depth > 2 else branches
        filled = [inner for inner in shallow if _declared(inner) != "null"]
        return choose(filled or shallow, self.rng)

    def _kind(self, schema: JsonObject) -> str:
        declared = schema.get("type")
        if isinstance(declared, list) and declared:
            declared = choose([kind for kind in declared if kind != "null"] or ["null"], self.rng)
        known = isinstance(declared, str) and declared in _TYPES
        return str(declared) if known else _declared(schema)

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        required = schema.get("required") or ()
        properties = schema.get("properties") or {}
        value: JsonObject = {}
        for key, inner in properties.items():
            # Every property uses one draw, so that leaving one out does not change the others.
            wanted = key in required or self.rng.random() < OPTIONAL
            if key not in required and (depth >= _DEEP or self._is_flag(inner)):
                continue
            if wanted:
                value[key] = self.value(inner, key, depth + 1)
        extra = schema.get("additionalProperties", True)
        for key in required:
            if key not in value:
                value[key] = self.value(properties.get(key, extra), key, depth + 1)
        spare = [key for key in properties if key not in value]
        while len(value) < schema.get("minProperties", 0) and (spare or extra is not False):
            key = spare.pop(0) if spare else f"{choose(words(), self.rng)}_{len(value)}"
            value[key] = self.value(properties.get(key, extra), key, depth + 1)
        return value

    def _is_flag(self, inner: Any) -> bool:
        schema = resolve(inner, self.root)
        return admits_nothing(schema) or _declared(schema) == "boolean"

    def _array(self, schema: JsonObject, name: str, depth: int) -> list[Any]:
        first, rest = schema.get("prefixItems") or [], schema.get("items", True)
        count = self._count(schema, depth)
        if admits_nothing(resolve(rest, self.root)):
            count = min(count, len(first))
        unique = schema.get("uniqueItems")
        # Distinct items are worth only a few attempts: in nested lists the attempts multiply.
        most = count * _ATTEMPTS if unique else count + _EXTRA_ATTEMPTS
        value: list[Any] = []
        for attempt in range(most):
            if len(value) == count or self.parts > _MAX_PARTS:
                break
            inner = first[len(value)] if len(value) < len(first) else rest
            item = self.value(inner, singular(name), depth + 1)
            last = attempt >= most - count
            if item not in value or (last and not unique):
                value.append(item)
        self.doubtful = self.doubtful or len(value) < schema.get("minItems", 0)
        return value

    def _count(self, schema: JsonObject, depth: int) -> int:
        least = int(schema.get("minItems", 0))
        most = int(min(schema.get("maxItems", least + _EXTRA_ITEMS), least + _EXTRA_ITEMS))
        if depth >= _DEEP or most <= least:
            return least
        return self.rng.randint(max(least, 1), most)  # empty lists are unrealistic

    def _string(self, schema: JsonObject, name: str) -> str:
        low, high = int(schema.get("minLength", 0)), schema.get("maxLength")
        pattern, form = schema.get("pattern"), schema.get("format")
        self.doubtful = self.doubtful or bool(pattern and (low or high is not None or form))
        if isinstance(pattern, str):
            with suppress(ValueError):  # no string can be drawn from it: words, then the check
                return draw_text(pattern, self.rng, low, high)
            self.doubtful = True
        if form in DRAWN:
            self.doubtful = self.doubtful or bool(low or high is not None)
            return DRAWN[form](self.rng)
        if low >= _SENTENCE:  # long strings are sentences
            top = min(low + 60, max(low, high if high is not None else math.inf))
            return draw_text(f"[A-Z][a-z ]{{{low - 3},{int(top) - 3}}}[a-z][.]", self.rng)
        text = draw_named(name, self.rng)
        while len(text) < low:
            text = f"{text} {choose(PROSE, self.rng)}"
        if high is not None and len(text) > high:
            text = text[: int(high)].rstrip().ljust(min(low, int(high)), "e")
        return text


def _declared(schema: Any) -> str:
    """Return the first type that a schema declares, or the one its keywords imply."""
    if not isinstance(schema, dict):
        return "string"
    declared = schema.get("type")
    if isinstance(declared, list):
        declared = next((kind for kind in declared if kind != "null"), "null")
    if declared in _TYPES:
        return str(declared)
    if "properties" in schema or "items" in schema:
        return "object" if "properties" in schema else "array"
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    return "number" if any(key in schema for key in bounds) else "string"
