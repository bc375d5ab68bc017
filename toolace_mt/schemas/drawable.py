"""Whether values can be drawn from a schema at all, and how to mend it if not.

For most schemas a look at the keywords is enough. For the others a few values are drawn and
checked, and the first place that does not fit is reported.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.formats import DRAWN
from toolace_mt.schemas.paths import PYTHON_TYPES, leaves, schema_at
from toolace_mt.schemas.patterns import parsed
from toolace_mt.schemas.survey import keywords, parts
from toolace_mt.trajectory import JsonObject

LARGEST = 2**63 - 1
"""The largest 64-bit signed integer: decoders, Arrow and most languages hold no larger one."""

_SEEDS = 6
TRIED = frozenset(
    (
        *("pattern", "patternProperties", "propertyNames", "not", "if", "allOf", "oneOf", "$ref"),
        *("$dynamicRef", "contains", "uniqueItems", "multipleOf", "minProperties", "maxProperties"),
        *("dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties"),
        "unevaluatedItems",
    )
)
"""Keywords that make a schema be tested by drawing values from it."""

_LOOKED_AT = frozenset(
    (
        *("enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"),
        *("minLength", "maxLength", "minItems", "maxItems", "anyOf", "additionalProperties"),
        "prefixItems",
    )
)
_LEADING = frozenset(("properties", "anyOf", "items", "additionalProperties"))
_PAIRS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"))


@dataclass(frozen=True, slots=True)
class Fault:
    """Why no value can be drawn: the place in the value, what is wrong there, the remedy."""

    path: str
    reason: str
    remedy: str


def undrawable(schema: JsonObject, keys: frozenset[str] | None = None) -> Fault | None:
    """Return why no values can be drawn from a normalised schema, None if they can.

    A schema passes if any of six seeds gives a valid value whose integers all fit in 64 bits.
    `keys` are all keys of the schema at any depth, if the caller has them already; further ones do
    no harm.
    """
    keys = keywords(schema) if keys is None else keys
    plain = keys.isdisjoint(TRIED) and (keys.isdisjoint(_LOOKED_AT) or _all_plain(schema))
    if plain:
        return None
    fault = None
    for seed in range(_SEEDS):
        found = _fault_of(schema, draw(schema, random.Random(seed)))
        if found is None:
            return None
        fault = fault or found
    return fault


def _all_plain(schema: JsonObject) -> bool:
    """Return whether all parts of a schema are plain, as far as the keywords here lead to them."""
    stack: list[Any] = [schema]
    while stack:
        here = stack.pop()
        if type(here) is not dict:
            continue
        keys = here.keys()
        if not keys.isdisjoint(_LOOKED_AT) and not _plain(here):
            return False
        if not keys.isdisjoint(_LEADING):
            stack += (here.get("properties") or {}).values()
            stack += here.get("anyOf") or ()
            stack += (here.get("items"), here.get("additionalProperties"))
    return True


def _plain(part: JsonObject) -> bool:
    """Return whether a value surely fits the keywords of one schema, without drawing it."""
    kind, choices = part.get("type"), part.get("enum")
    if "const" in part or part.get("additionalProperties") is False:
        declared = part.get("properties") or {}
        names = part.get("required") or ()
        if "const" in part or not all(name in declared for name in names):
            return False
    if isinstance(choices, list):
        kinds = PYTHON_TYPES.get(kind, ()) if isinstance(kind, str) else (object,)
        if not choices or not all(isinstance(choice, kinds) for choice in choices):
            return False
    if (
        "format" in part
        and part["format"] in DRAWN
        and ("minLength" in part or "maxLength" in part)
    ):
        return False
    if "exclusiveMinimum" in part or "exclusiveMaximum" in part or "prefixItems" in part:
        return False
    for low, high in _PAIRS:
        least, most = part.get(low, 0), part.get(high, LARGEST)
        bounds = isinstance(least, int | float) and isinstance(most, int | float)
        if not bounds or least > most or abs(least) > LARGEST or abs(most) > LARGEST:
            return False
    return "anyOf" not in part or all(isinstance(b, dict) and b for b in part["anyOf"])


def _fault_of(schema: JsonObject, value: Any) -> Fault | None:
    for path, leaf in leaves(value):
        if isinstance(leaf, int) and abs(leaf) > LARGEST:
            reason = f"draws {leaf}, beyond the 64 bits that decoders and tables hold"
            return Fault(path, reason, f"set `maximum` to at most {LARGEST}, or use a string")
    wrong = check_value(schema, value)
    if not wrong:
        return None
    place = schema_at(schema, wrong[0].path) or {}
    return Fault(wrong[0].path, f"no value fits: {wrong[0].message}", _remedy(place))


def _remedy(place: JsonObject) -> str:
    return next(
        _remedies(place), "mend the keywords that contradict each other, or give `examples`"
    )


def _remedies(place: JsonObject) -> Iterator[str]:
    if isinstance(place.get("pattern"), str):
        try:
            parsed(place["pattern"])
        except ValueError:
            yield "write `pattern` without look-around and back-references, or give `examples`"
        yield "give `examples` that match `pattern` and the lengths beside it"
    if "enum" in place and "type" in place:
        yield "make `type` that of the values in `enum`"
    for low, high in _PAIRS:
        if low in place and high in place and place[low] > place[high]:
            yield f"`{low}` is above `{high}`"
    if any("$ref" in part for part in parts(place)):
        yield "let the nesting end: make the property that refers to itself optional"
