"""Schemas that a constrained decoder accepts, and with which output cannot run away.

xgrammar 0.2.8, as vLLM uses it, refuses some keywords (`uniqueItems`, `multipleOf`, `contains`,
unknown formats, lengths beside a pattern, ...) and ignores others. It lets unbounded strings,
numbers and arrays grow to the token limit. The schemas made here are built from the few keywords
that it accepts and enforces, each with a bound.

- A number with two bounds has at most six decimals.
- Objects name their members, or say what a member's name looks like. xgrammar reads an object with
  nothing but `required` as the empty object.
- Arrays describe an item: xgrammar refuses an array with nothing but `minItems`.
- Plain strings keep `maxLength`, which `engine.vllm.grammar` turns into rules. Other servers may
  put raw control characters into them, so answers are read with `json.loads(text, strict=False)`.
"""

from dataclasses import dataclass
from typing import Any

from toolace_mt.schemas.formats import PATTERNS
from toolace_mt.schemas.merge import admits_nothing, merged
from toolace_mt.schemas.numbers import bounded_number
from toolace_mt.schemas.paths import PYTHON_TYPES, resolve
from toolace_mt.schemas.patterns import bounded
from toolace_mt.trajectory import JsonObject

_MAX_DEPTH = 12
_MAX_NODES = 2000
_MOST_UNNAMED = 16
_KEY = "^[A-Za-z0-9_]{1,32}$"


def decodable(schema: JsonObject, max_string: int = 200, max_items: int = 4) -> JsonObject:
    """Return a bounded schema for constrained decoding, whose values are values of `schema`.

    Strings get at most `max_string` characters unless the schema demands more, arrays and maps at
    most `max_items` members, and objects no undeclared names. References are written out; endless
    nesting is cut where it is optional. What no grammar can express (`not`, `if`, `uniqueItems`,
    ...) is dropped, so values must still be checked. A schema without values gives that of the
    empty object, which then fails the check.
    """
    narrowed = _Decoding(schema, max_string, max_items).node(schema, 0)
    empty: JsonObject = {"type": "object", "properties": {}, "additionalProperties": False}
    return empty if narrowed is None else narrowed


@dataclass(slots=True)
class _Decoding:
    """One schema being rewritten. Every method returns None where no value is possible."""

    root: JsonObject
    max_string: int
    max_items: int
    nodes: int = 0

    def node(self, given: Any, depth: int) -> JsonObject | None:
        self.nodes += 1
        schema = resolve(given, self.root)
        if admits_nothing(schema) or depth > _MAX_DEPTH or self.nodes > _MAX_NODES:
            return None
        if not isinstance(schema, dict):
            schema = {}
        if "const" in schema:
            return {"const": schema["const"]}
        if isinstance(schema.get("enum"), list):
            kinds = _kinds(schema)
            fitting = [v for v in schema["enum"] if not kinds or any(_is(v, k) for k in kinds)]
            return {"enum": fitting or schema["enum"]} if schema["enum"] else None
        for keyword in ("allOf", "anyOf", "oneOf"):
            if isinstance(schema.get(keyword), list) and schema[keyword]:
                return self._composed(schema, keyword, depth)
        kinds = _kinds(schema) or ["string", "number", "boolean"]
        return _any([self._typed(schema, kind, depth) for kind in kinds])

    def _composed(self, schema: JsonObject, keyword: str, depth: int) -> JsonObject | None:
        base = {key: value for key, value in schema.items() if key != keyword}
        branches = [resolve(branch, self.root) for branch in schema[keyword]]
        parts = [branch for branch in branches if isinstance(branch, dict)]
        if keyword != "allOf":
            return _any([self.node(merged(base, part), depth + 1) for part in parts])
        for part in parts:
            base = merged(base, part)
        return self.node(base, depth + 1)

    def _typed(self, schema: JsonObject, kind: str, depth: int) -> JsonObject | None:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return self._string(schema)
            case "integer" | "number":
                return bounded_number(schema, kind)
        return {"type": kind}

    def _object(self, schema: JsonObject, depth: int) -> JsonObject | None:
        declared = schema.get("properties") or {}
        required = [name for name in schema.get("required") or () if isinstance(name, str)]
        extra = schema.get("additionalProperties", True)
        properties: JsonObject = {}
        names = dict.fromkeys([*declared, *required])
        if names and extra is not False:  # more members are demanded than named: any name will do
            missing = min(schema.get("minProperties", 0) - len(names), _MOST_UNNAMED)
            names.update(dict.fromkeys(f"field_{n}" for n in range(1, missing + 1)))
        for name in names:
            inner = self.node(declared.get(name, extra), depth + 1)
            if inner is not None:
                properties[name] = inner
            elif name in required:
                return None
        if not declared and not required and extra is not False:
            return self._map(schema, extra, depth)
        spare = [name for name in properties if name not in required]
        demanded = max(0, schema.get("minProperties", 0) - len(required))
        allowed = schema.get("maxProperties", len(properties)) - len(required)
        if demanded > len(spare) or allowed < 0:
            return None
        kept = [name for name in properties if name in required or name in spare[:allowed]]
        needed = [name for name in kept if name in required or name in spare[:demanded]]
        return {
            "type": "object",
            "properties": {name: properties[name] for name in kept},
            "required": needed,
            "additionalProperties": False,
        }

    def _map(self, schema: JsonObject, extra: Any, depth: int) -> JsonObject | None:
        least = schema.get("minProperties", 0)
        most = max(least, min(schema.get("maxProperties", self.max_items), self.max_items))
        key, inner = _KEY, self.node(extra, depth + 1)
        for pattern, valued in (schema.get("patternProperties") or {}).items():
            key, inner = _bounded(pattern) or _KEY, self.node(valued, depth + 1)
        if inner is None:
            most = 0
        if least > most:
            return None
        if most == 0:
            return {"type": "object", "properties": {}, "additionalProperties": False}
        return {
            "type": "object",
            "patternProperties": {key: inner},
            "additionalProperties": False,
            "minProperties": least,
            "maxProperties": most,
        }

    def _array(self, schema: JsonObject, depth: int) -> JsonObject | None:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", self.max_items), max(least, self.max_items))
        first: list[JsonObject] = []
        for given in schema.get("prefixItems") or ():
            place = self.node(given, depth + 1)
            if place is None:
                most = min(most, len(first))
                break
            first.append(place)
        rest = self.node(schema.get("items", True), depth + 1) if most > len(first) else None
        if rest is None:
            most = min(most, len(first))
        if least > most:
            return None
        array: JsonObject = {"type": "array", "minItems": least, "maxItems": most}
        if first:
            array["prefixItems"] = first[:most]
        array["items"] = False if rest is None else rest
        return array

    def _string(self, schema: JsonObject) -> JsonObject | None:
        low, high = schema.get("minLength", 0), schema.get("maxLength")
        if high is not None and low > high:
            return None
        if isinstance(schema.get("pattern"), str):
            pattern = _bounded(schema["pattern"], low, high)
            if pattern is not None:
                return {"type": "string", "pattern": pattern}
        form = schema.get("format")  # xgrammar's grammars of formats are unbounded
        if isinstance(form, str) and form in PATTERNS:
            return {"type": "string", "pattern": f"^{PATTERNS[form]}$"}
        most = max(low, self.max_string) if high is None else min(high, max(low, self.max_string))
        bounds = {"minLength": low} if low else {}
        return {"type": "string", **bounds, "maxLength": most}


def _kinds(schema: JsonObject) -> list[str]:
    declared = schema.get("type")
    if declared is not None:
        return [declared] if isinstance(declared, str) else list(declared) or ["nothing"]
    if any(key in schema for key in ("minimum", "maximum", "multipleOf", "exclusiveMinimum")):
        return ["number"]
    return ["string"] if "pattern" in schema or "format" in schema else []


def _is(value: Any, kind: str) -> bool:
    fits = isinstance(value, PYTHON_TYPES.get(kind, ()))
    return fits and (kind == "boolean" or not isinstance(value, bool))


def _any(branches: list[JsonObject | None]) -> JsonObject | None:
    possible: list[JsonObject] = []
    for branch in branches:
        if branch is not None and branch not in possible:
            possible.append(branch)
    if len(possible) == 1:
        return possible[0]
    return {"anyOf": possible} if possible else None


def _bounded(pattern: str, low: int = 0, high: int | None = None) -> str | None:
    try:
        return bounded(pattern, low, high)
    except ValueError:
        return None
