"""Values drawn from JSON Schemas by a seeded generator: realistic where the schema lets us."""

import math
import random
import string
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from toolace_mt.tools.compose import merged
from toolace_mt.tools.paths import resolve
from toolace_mt.tools.patterns import draw_text as draw_text
from toolace_mt.tools.signature import check_value
from toolace_mt.tools.words import BY_NAME, FREE, PROSE
from toolace_mt.trajectory import JsonObject

OPTIONAL = 0.3
"""Probability that an optional property which is not a boolean gets a value."""

_MAX_DEPTH = 12
_ATTEMPTS = 8
_EXTRA_ITEMS = 2
_SPAN = 100


def draw(schema: JsonObject, rng: random.Random, name: str = "") -> Any:
    """Return a value of a normalised schema; `name` is what the value is called, if anything.

    Taken in this order: `const`, `enum`, `examples`, `default`, `format`, `pattern`, bounds, and
    words that fit the property's name. Required properties are always there, optional ones with
    probability `OPTIONAL`, optional booleans never. Numbers have two decimals at most unless the
    schema demands more. The value is checked and drawn again a few times if need be, so it is
    valid unless the schema contradicts itself, demands endless nesting, or leans on keywords
    (`not`, `if`, ...) that no attempt happens to meet.
    """
    value = None
    for attempt in range(_ATTEMPTS):
        value = _draw(schema, rng, name, schema, 0)
        if not check_value(schema, value):
            break
        if attempt >= _ATTEMPTS // 2:  # the author's own examples or defaults may be what is wrong
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


def _draw(given: Any, rng: random.Random, name: str, root: JsonObject, depth: int) -> Any:
    schema = resolve(given, root)
    if not isinstance(schema, dict):
        return _word(name, rng)
    schema = _composed(schema, rng, root, depth)
    if "const" in schema:
        return schema["const"]
    for key in ("enum", "examples"):
        if isinstance(schema.get(key), list) and schema[key]:
            return _pick(schema[key], rng)
    if "default" in schema and (schema["default"] is not None or _type(schema) == "null"):
        return schema["default"]
    return _DRAW[_type(schema, rng)](schema, rng, name, root, depth)


def _composed(schema: JsonObject, rng: random.Random, root: JsonObject, depth: int) -> JsonObject:
    """Merge `allOf`, and one branch of `anyOf` and of `oneOf`, into the schema beside them."""
    for keyword in ("allOf", "anyOf", "oneOf"):
        branches = schema.get(keyword)
        if not isinstance(branches, list) or not branches or depth > _MAX_DEPTH:
            continue
        if keyword != "allOf":  # deep inside, an alternative that ends the nesting is wanted
            simple = [b for b in branches if _type(resolve(b, root)) not in ("object", "array")]
            shallow = simple if depth > 2 and simple else branches
            filled = [b for b in shallow if _type(resolve(b, root)) != "null"]
            branches = [_pick(filled or shallow, rng)]
        schema = {key: value for key, value in schema.items() if key != keyword}
        for branch in branches:
            inner = resolve(branch, root)
            if isinstance(inner, dict):
                schema = merged(schema, _composed(inner, rng, root, depth + 1))
    return schema


def _type(schema: Any, rng: random.Random | None = None) -> str:
    if not isinstance(schema, dict):
        return "string"
    declared = schema.get("type")
    if isinstance(declared, list):
        filled = [kind for kind in declared if kind != "null"] or ["null"]
        declared = _pick(filled, rng) if rng else filled[0]
    if declared in _DRAW:
        return str(declared)
    if "minimum" in schema or "maximum" in schema or "multipleOf" in schema:
        return "number"
    return "string"


def _pick(options: Any, rng: random.Random) -> Any:
    return options[int(rng.random() * len(options))]


# --- one type each -------------------------------------------------------------------------------


def _object(
    schema: JsonObject, rng: random.Random, _name: str, root: JsonObject, depth: int
) -> JsonObject:
    required = schema.get("required") or ()
    properties = schema.get("properties") or {}
    value: JsonObject = {}
    for key, inner in properties.items():
        if key not in required:
            flag = rng.random()  # drawn for each, so that one property does not shift the others
            if flag >= OPTIONAL or depth >= _MAX_DEPTH // 2 or _is_flag(inner, root):
                continue
        if depth > _MAX_DEPTH:
            break  # demanded without end: what is left out shows in the check of the value
        value[key] = _draw(inner, rng, key, root, depth + 1)
    extra = schema.get("additionalProperties", True)
    for key in required:
        if key not in value and depth <= _MAX_DEPTH:
            value[key] = _draw(properties.get(key, extra), rng, key, root, depth + 1)
    least = schema.get("minProperties", 0)
    spare = [key for key in properties if key not in value]
    while len(value) < least and (spare or extra is not False):
        key = spare.pop(0) if spare else f"{_pick(FREE, rng)}_{len(value)}"
        value[key] = _draw(properties.get(key, extra), rng, key, root, depth + 1)
    return value


def _is_flag(inner: Any, root: JsonObject) -> bool:
    schema = resolve(inner, root)
    return _type(schema) == "boolean" or schema is None


def _array(
    schema: JsonObject, rng: random.Random, name: str, root: JsonObject, depth: int
) -> list[Any]:
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", least + _EXTRA_ITEMS), least + _EXTRA_ITEMS)
    first = schema.get("prefixItems") or []
    rest = schema.get("items", True)
    if rest is False:
        least, most = min(least, len(first)), min(most, len(first))
    count = int(rng.triangular(least, most + 0.999, max(least, 1))) if most > least else least
    if depth > _MAX_DEPTH // 2:
        count = least if depth <= _MAX_DEPTH else 0
    singular = name.removesuffix("s")
    value: list[Any] = []
    for attempt in range(count * _ATTEMPTS):
        if len(value) == count:
            break
        inner = first[len(value)] if len(value) < len(first) else rest
        item = _draw(inner, rng, singular, root, depth + 1)
        last = attempt >= count * (_ATTEMPTS - 1)
        if item not in value or (last and not schema.get("uniqueItems")):
            value.append(item)
    return value


def _number(schema: JsonObject, rng: random.Random, *_: Any) -> float:
    low, high = _range(schema)
    step = schema.get("multipleOf")
    if step:
        first, last = math.ceil(low / step), max(math.ceil(low / step), math.floor(high / step))
        count = rng.randint(first, last)
        return count * step if isinstance(step, int) else round(count * float(step), 9)
    value = round(rng.uniform(low, high), 2)
    return value if low < value < high else rng.uniform(low, high)


def _integer(schema: JsonObject, rng: random.Random, *_: Any) -> int:
    low, high = _range(schema)
    step = schema.get("multipleOf") or 1
    if step != int(step):
        step = 1
    first, last = math.ceil(low / step), math.floor(high / step)
    return int(rng.randint(first, max(first, last)) * step)


def _range(schema: JsonObject) -> tuple[float, float]:
    """Return bounds for a number; where the schema has none, small ones near what it has."""
    whole = _type(schema) == "integer"
    gap = 1 if whole else 0.01
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is not None and (low is None or above >= low):
        low = math.floor(above) + 1 if whole else above
    if below is not None and (high is None or below <= high):
        high = math.ceil(below) - 1 if whole else below
    span = max(_SPAN, abs(schema.get("multipleOf") or 0) * _SPAN)
    if low is None:
        low = gap if high is None or high > 1 else high - span
    return low, low + span if high is None else high


def _string(schema: JsonObject, rng: random.Random, name: str, *_: Any) -> str:
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    pattern, form = schema.get("pattern"), _FORMATS.get(schema.get("format", ""))
    if isinstance(pattern, str):
        with suppress(ValueError):  # cannot be turned round: words then, and the check decides
            return draw_text(pattern, rng, low, high)
    if form is not None:
        return form(rng)
    text = _word(name, rng)
    while len(text) < low:
        text = f"{text} {_pick(PROSE, rng)}"
    if len(text) > low and high is not None:  # never cut inside a minimum
        text = text[:high].rstrip().ljust(min(low, high), "e")
    return text


def _word(name: str, rng: random.Random) -> str:
    called = name.lower().replace("-", "_")
    if called == "id" or called.endswith(("_id", "id_")) or name.endswith(("Id", "ID")):
        stem = called.removesuffix("id").strip("_")[:3] or "ref"
        return f"{stem}_{rng.randrange(1000, 100000)}"
    for key, words in BY_NAME:
        if key in called:
            return str(_pick(words, rng))
    return str(_pick(FREE, rng))


def _day(rng: random.Random) -> date:
    return date(2026, 1, 5) + timedelta(days=int(rng.random() * 700))


def _clock(rng: random.Random) -> str:
    return f"{rng.randrange(7, 22):02d}:{rng.randrange(0, 60, 5):02d}"


def _uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _hosted(rng: random.Random) -> str:
    return f"{_pick(FREE, rng)}.example.{_pick(('com', 'org', 'net'), rng)}"


def _uri(rng: random.Random) -> str:
    return f"https://{_hosted(rng)}/{_pick(FREE, rng)}/{rng.randrange(10, 10000)}"


_FORMATS: dict[Any, Callable[[random.Random], str]] = {
    "date": lambda rng: _day(rng).isoformat(),
    "time": _clock,
    "date-time": lambda rng: f"{_day(rng).isoformat()}T{_clock(rng)}:00Z",
    "duration": lambda rng: f"PT{rng.randrange(5, 95, 5)}M",
    "email": lambda rng: f"{_pick(FREE, rng)}.{rng.randrange(10, 100)}@{_hosted(rng)}",
    "idn-email": lambda rng: f"{_pick(FREE, rng)}.{rng.randrange(10, 100)}@{_hosted(rng)}",
    "hostname": _hosted,
    "idn-hostname": _hosted,
    "uri": _uri,
    "iri": _uri,
    "uri-reference": _uri,
    "iri-reference": _uri,
    "uri-template": _uri,
    "uuid": _uuid,
    "ipv4": lambda rng: ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
    "ipv6": lambda rng: ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(8)),
    "json-pointer": lambda rng: f"/{_pick(FREE, rng)}/{rng.randrange(10)}",
    "relative-json-pointer": lambda rng: f"{rng.randrange(5)}/{_pick(FREE, rng)}",
    "regex": lambda rng: f"^{_pick(FREE, rng)}{_pick(string.digits, rng)}$",
}
_DRAW: dict[Any, Callable[..., Any]] = {
    "object": _object,
    "array": _array,
    "number": _number,
    "integer": _integer,
    "string": _string,
    "boolean": lambda _schema, rng, *_: rng.random() < 0.5,
    "null": lambda *_: None,
}
