"""Numbers within the bounds of a schema: drawing them, and bounds for a decoder."""

import math
import random

from toolace_mt.schemas.vocabulary import FRACTIONS_BY_NAME, WHOLE_BY_NAME
from toolace_mt.schemas.words import words_of
from toolace_mt.trajectory import JsonObject

_SPAN = 100
_REACH = 1_000_000_000
"""Limit of a number without bounds, or its distance from its only bound."""

_MAX_STEPS = 100
_NARROW = 10
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_WHOLE = dict(WHOLE_BY_NAME)
_FRACTIONS = dict(FRACTIONS_BY_NAME)


def draw_number(
    schema: JsonObject, rng: random.Random, name: str = "", whole: bool = True
) -> float:
    """Return a number within the bounds: whole, unless something speaks for a fraction.

    A fraction is drawn if the range is narrow, if a bound or `multipleOf` is no whole number, if
    the last word of the name suggests it (`unit_price`), or with `whole=False`. It has two
    decimals, or as many as the bounds demand.
    """
    words = words_of(name)
    bounded = any(key in schema for key in _BOUNDS)
    if not bounded and words and (usual := _FRACTIONS.get(words[-1])):
        low, high, decimals = usual
        return round(rng.uniform(low, high), decimals)
    if whole and _is_whole(schema, words):
        return draw_integer(schema, rng, name)
    low, high = _range(schema, 0.01)
    step = schema.get("multipleOf")
    if step:
        first = math.ceil(low / step)
        count = rng.randint(first, max(first, math.floor(high / step)))
        return count * step if isinstance(step, int) else round(count * float(step), 9)
    value = round(rng.uniform(low, high), 2)
    return value if low < value < high else rng.uniform(low, high)


def is_bare(schema: JsonObject, kind: str) -> bool:
    """Return whether the default of a schema is a number, and nothing bounds it."""
    default = schema.get("default")
    fits = (int,) if kind == "integer" else (int, float) if kind == "number" else ()
    return type(default) in fits and not any(key in schema for key in (*_BOUNDS, "multipleOf"))


def near(number: float, rng: random.Random) -> float:
    """Return a number between half of one and its double, as round as it is; 1 to 9 for 0.

    A share from 0 to 1 stays one.
    """
    if isinstance(number, int):
        if not number:
            return rng.randint(1, 9)
        zeros = len(str(number)) - len(str(number).rstrip("0"))
        grain = int("1" + "0" * (zeros - 1))
        low, high = sorted((number // 2, number * 2))
        return rng.randint(math.ceil(low / grain), high // grain) * grain
    decimals = len(repr(number).partition(".")[2])
    most = 1.0 if 0 <= number <= 1 else number * 2
    return round(rng.uniform(number / 2, most), decimals)


def _is_whole(schema: JsonObject, words: tuple[str, ...]) -> bool:
    held = [schema[key] for key in _BOUNDS if key in schema]
    if any(bound != int(bound) for bound in held if math.isfinite(bound)):
        return False
    if words and words[-1] in _FRACTIONS:
        return False
    if schema.get("multipleOf") is not None:
        return False  # drawn by it
    low, high = _range({**schema, **_whole_bounds(schema)}, 1)
    return high - low >= _NARROW


def draw_integer(schema: JsonObject, rng: random.Random, name: str = "") -> int:
    """Return an integer within the bounds.

    Where there are none, it is small, or fits the last word of its name (`month`).
    """
    words = words_of(name)
    bounded = any(key in schema for key in _BOUNDS) or "multipleOf" in schema
    if not bounded and words and (usual := _WHOLE.get(words[-1])):
        return rng.randint(*usual)
    low, high = _range({**schema, **_whole_bounds(schema)}, 1)
    step = schema.get("multipleOf") or 1
    step = int(step) if step == int(step) else 1
    first = math.ceil(low / step)
    return rng.randint(first, max(first, math.floor(high / step))) * step


def _whole_bounds(schema: JsonObject) -> JsonObject:
    """Return the exclusive bounds of an integer as equivalent inclusive ones."""
    whole: JsonObject = {}
    if "exclusiveMinimum" in schema:
        above = math.floor(schema["exclusiveMinimum"]) + 1
        whole["minimum"] = max(above, schema.get("minimum", above))
    if "exclusiveMaximum" in schema:
        below = math.ceil(schema["exclusiveMaximum"]) - 1
        whole["maximum"] = min(below, schema.get("maximum", below))
    return whole


def _range(schema: JsonObject, least: float) -> tuple[float, float]:
    """Return lower and upper bound of a number; a missing one lies near the other, or near 0."""
    lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
    span = max(_SPAN, abs(schema.get("multipleOf") or 0) * _SPAN)
    high = min(highs) if highs else None
    low = max(lows) if lows else least if high is None or high > least else high - span
    return low, low + span if high is None else high


def bounded_number(schema: JsonObject, kind: str) -> JsonObject | None:
    """Return the schema of the same numbers with both bounds, None if there are no such numbers.

    `kind` is "integer" or "number". Multiples are enumerated.
    """
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above = schema.get("exclusiveMinimum", -math.inf)
    below = schema.get("exclusiveMaximum", math.inf)
    step = schema.get("multipleOf")
    if kind == "integer" or step == 1:
        low, above = max(_up(low), _up(above) + (_up(above) == above)), -math.inf
        high, below = min(_down(high), _down(below) - (_down(below) == below)), math.inf
    least, most = max(low, above), min(high, below)
    if least > most or (least == most and (above == least or below == most)):
        return None
    if step and step != 1:
        return _multiples(least, most, step, (above, below))
    lowest = min(-_REACH, math.floor(most) - _REACH) if math.isfinite(most) else -_REACH
    if least < lowest:
        least, low, above = lowest, lowest, -math.inf
    highest = max(_REACH, math.ceil(least) + _REACH)
    if most > highest:
        high, below = highest, math.inf
    lower = {"exclusiveMinimum": above} if above >= low else {"minimum": low}
    upper = {"exclusiveMaximum": below} if below <= high else {"maximum": high}
    return {"type": "integer" if step == 1 else kind, **lower, **upper}


def _up(bound: float) -> float:
    return math.ceil(bound) if math.isfinite(bound) else bound


def _down(bound: float) -> float:
    return math.floor(bound) if math.isfinite(bound) else bound


def _multiples(
    least: float, most: float, step: float, excluded: tuple[float, float]
) -> JsonObject | None:
    """Enumerate multiples, which no grammar of numbers has; of many, an even selection."""
    start = math.ceil(max(least, 0 if most >= 0 else most - step * _MAX_STEPS) / step)
    stop = start + _MAX_STEPS if math.isinf(most) else math.floor(most / step)
    stride = max(1, (stop - start) // _MAX_STEPS)
    values = [count * step for count in range(start, stop + 1, stride)]
    rounded = [value if isinstance(value, int) else round(value, 9) for value in values]
    admitted = [value for value in rounded if value not in excluded]
    return {"enum": admitted} if admitted else None
