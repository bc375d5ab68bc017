"""What follows from known numbers by simple arithmetic: units, rates, rounding, sums."""

import math
from collections.abc import Iterable, Sequence

from toolace_mt.verification.provenance.numbers import Number
from toolace_mt.verification.provenance.words import word_set

# What one unit is of another, and the words of which one must stand near for it to count.
_CONVERSIONS: tuple[tuple[float, frozenset[str]], ...] = tuple(
    (factor, word_set(words))
    for factor, words in (
        (60, "minute minutes min mins hour hours hr hrs second seconds sec secs duration"),
        (3600, "hour hours hr hrs second seconds sec secs"),
        (7, "week weeks weekly"),
        (12, "year years yearly annual annually month months monthly dozen dozens"),
        (24, "day days daily hour hours"),
        (30, "month months monthly day days"),
        (365, "year years yearly annual day days"),
        (100, "cent cents cm centimeter centimeters centimetre centimetres meter meters"),
        (1000, "kilo thousand km kilometer kilometers kilometre kilometres meter meters metre"),
        (1000, "metres kg kilogram kilograms gram grams mg ml milliliter milliliters liter liters"),
        (1000, "litre litres ms millisecond milliseconds mh mv ma kw kj"),
        (10**6, "million millions mega micro mhz mw mb"),
        (10**9, "billion billions giga nano ghz gb"),
        (math.pi, "pi π"),
        (1.609344, "mile miles km kilometer kilometers kilometre kilometres"),
        (0.45359237, "pound pounds lb lbs kg kilo kilos kilogram kilograms"),
        (0.3048, "feet foot ft meter meters metre metres"),
        (2.54, "inch inches cm centimeter centimeters centimetre centimetres"),
    )
)
_DEGREES = word_set("fahrenheit celsius")
# Numbers that a word implies where a unit or a rate is asked for.
_IMPLIED: dict[str, tuple[int, ...]] = {
    **{"minute": (60,), "hour": (60, 3600), "hourly": (24,), "day": (1, 24), "daily": (365, 1)},
    **{"week": (7, 1), "weekly": (52, 7), "biweekly": (26, 14), "fortnight": (14,)},
    **{"weekend": (2,), "month": (30, 31, 1), "monthly": (12, 30), "quarter": (3, 4, 90)},
    **{"quarterly": (4, 3), "semiannually": (2,), "year": (365, 12, 1), "yearly": (1, 12)},
    **{"a": (1,), "an": (1,), "another": (1,), "alone": (1,), "myself": (1,)},
    **{"annually": (1, 12), "annual": (1, 12), "decade": (10,), "century": (100,)},
}


def conversion(value: Number, known: Iterable[Number], near: frozenset[str]) -> str:
    """Return how `value` follows from a known number by a change of unit; "" if it does not.

    `near` are the words around both, in lower case, which must name the units.
    """
    factors = [factor for factor, words in _CONVERSIONS if not words.isdisjoint(near)]
    fahrenheit = not _DEGREES.isdisjoint(near)
    slack = _slack(value)
    for number in known:
        ratio = value / number if number else 0
        for factor in factors if ratio and number != 1 else ():
            times, part = ratio / factor, ratio * factor
            if 0.99 < times < 1.01 and _close(value, number * factor, slack):
                return f"{number} in another unit"
            divisible = factor >= 1000 or 4 * number >= factor
            if 0.99 < part < 1.01 and divisible and _close(value, number / factor, slack):
                return f"{number} in another unit"
        if 0 < value < 1 < number <= 100 and _close(value, number / 100, slack):
            return f"{number}%"
        if 0 < number < 1 and _close(value, number * 100, slack):
            return f"{number} in percent"
        if fahrenheit and any(
            _close(value, degrees, slack) for degrees in (number * 1.8 + 32, (number - 32) / 1.8)
        ):
            return f"{number} degrees in another unit"
    return ""


def implied(value: Number, words: frozenset[str]) -> str:
    """Return the word that implies `value` ("compounded quarterly" is 4 times a year), or ""."""
    return next((w for w, numbers in _IMPLIED.items() if value in numbers and w in words), "")


def rounding(value: Number, known: Iterable[Number]) -> str:
    """Return which known number `value` is rounded from; "" if none."""
    slack = _slack(value)
    for number in known:
        off = abs(number - value)
        if isinstance(number, float) and (off <= slack or math.floor(number) == value):
            return f"{number} rounded"
        if value and abs(number) >= 1000 and off <= 0.005 * abs(number):
            zeros = len(str(int(value))) - len(str(int(value)).rstrip("0"))
            if zeros >= 2:
                return f"{number} rounded"
    return ""


def combination(value: Number, told: Sequence[Number], returned: Sequence[Number]) -> str:
    """Return how `value` is the sum, difference or product of known numbers; "" if it is not.

    At least one operand must have been returned by a tool: those are prices and amounts. Small
    integers only multiply, else any small integer would be explained by any other. The numbers
    returned must be akin (all prices, say); of many, pairs equal anything by chance.
    """
    slack = _slack(value)
    if len(returned) > 2 and _close(value, sum(returned), slack):
        return f"sum of {len(returned)} numbers"
    others = [(number, _large(number)) for number in (*told, *returned)]
    for one in filter(_large, returned):
        for other, large in others:
            if large and _close(value, one + other, slack):
                return f"{one} + {other}"
            if large and _close(value, abs(one - other), slack):
                return f"{max(one, other)} - {min(one, other)}"
            if other > 1 and _close(value, one * other, slack):
                return f"{one} x {other}"
    return ""


def _large(number: Number) -> bool:
    return isinstance(number, float) or abs(number) >= 20


def _slack(value: Number) -> float:
    """Return half a unit of the last digit that is written down."""
    if isinstance(value, int):
        return 0.5
    return 0.5 * 10.0 ** -len(str(value).partition(".")[2])


def _close(value: Number, result: float, slack: float) -> bool:
    """Tell whether `value` is what a person would write for `result`: within 0.5% at most."""
    off = abs(value - result)
    return off <= slack and off <= 0.005 * abs(result)
