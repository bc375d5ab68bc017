"""What follows from known numbers by simple arithmetic: units, rates, rounding, sums."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from toolace_mt.verification.provenance.parsing.numbers import Number
from toolace_mt.verification.provenance.parsing.words import word_set

# What one unit is of another, and the words of which one must stand near for it to count.
_CONVERSIONS: tuple[tuple[float, frozenset[str]], ...] = tuple(
    (factor, word_set(words))
    for factor, words in (
        (60, "minute minutes min mins hour hours hr hrs second seconds sec secs duration 分 小"),
        (3600, "hour hours hr hrs second seconds sec secs"),
        (7, "week weeks weekly"),
        (12, "year years yearly annual annually month months monthly dozen dozens 年 月"),
        (24, "day days daily hour hours"),
        (30, "month months monthly day days"),
        (365, "year years yearly annual day days"),
        (100, "cent cents cm centimeter centimeters centimetre centimetres meter meters"),
        (1000, "kilo thousand km kilometer kilometers kilometre kilometres meter meters metre"),
        (1000, "metres kg kilogram kilograms gram grams mg ml milliliter milliliters liter liters"),
        (1000, "m mm millimeter millimeters millimetre millimetres l"),
        (1000, "litre litres ms millisecond milliseconds mh mv ma kw kj kb mb gb"),
        (1024, "kb kib mb mib gb gib tb bytes"),
        (1024**2, "mb mib bytes"),
        (1024**3, "gb gib bytes"),
        (10**6, "million millions mega micro mhz mw mb"),
        (10**9, "billion billions giga nano ghz gb"),
        (math.pi, "pi π"),
        (1.609344, "mile miles km kilometer kilometers kilometre kilometres"),
        (0.45359237, "pound pounds lb lbs kg kilo kilos kilogram kilograms"),
        (0.3048, "feet foot ft meter meters metre metres"),
        (2.54, "inch inches cm centimeter centimeters centimetre centimetres"),
    )
)
_UNITS = frozenset().union(*(words for _, words in _CONVERSIONS))
_DEGREES = word_set("fahrenheit celsius f c")
# Numbers that a word implies where a unit or a rate is asked for.
_IMPLIED: dict[str, tuple[int, ...]] = {
    **{"minute": (60,), "hour": (60, 3600), "hourly": (24,), "day": (1, 24), "daily": (365, 1)},
    **{"week": (7, 1), "weekly": (52, 7), "biweekly": (26, 14), "fortnight": (14,)},
    **{"weekend": (2,), "month": (30, 31, 1), "monthly": (12, 30), "quarter": (3, 4, 90)},
    **{"quarterly": (4, 3), "semiannually": (2,), "year": (365, 12, 1), "yearly": (1, 12)},
    **{"a": (1,), "an": (1,), "another": (1,), "alone": (1,), "myself": (1,), "me": (1,)},
    **{"annually": (1, 12), "annual": (1, 12), "decade": (10,), "century": (100,)},
}
_FEW = 100  # how many of a thing somebody may buy, stay or share


def conversion(value: Number, known: Sequence[Number], near: frozenset[str]) -> str:
    """Return how `value` follows from a known number by a change of unit; "" if it does not.

    `known` are in ascending order; `near` are the words around both, in lower case, which must
    name the units.
    """
    slack = _slack(value)
    if not near.isdisjoint(_UNITS):
        for factor, words in _CONVERSIONS:
            if words.isdisjoint(near):
                continue
            for number in _around(known, value / factor, slack / factor):
                if number != 1 and _close(value, number * factor, slack):
                    return f"{number} in another unit"
            for number in _around(known, value * factor, slack * factor):
                divisible = factor >= 1000 or 4 * number >= factor
                if number != 1 and divisible and _close(value, number / factor, slack):
                    return f"{number} in another unit"
    if 0 < value < 1:
        for number in _around(known, value * 100, slack * 100):
            if 1 < number <= 100 and _close(value, number / 100, slack):
                return f"{number}%"
    if 1 < value <= 100:
        for number in _around(known, value / 100, slack / 100):
            if 0 < number < 1 and _close(value, number * 100, slack):
                return f"{number} in percent"
    if not _DEGREES.isdisjoint(near):
        for other in ((value - 32) / 1.8, value * 1.8 + 32):
            for number in _around(known, other, 1):
                if (
                    abs(value - (number * 1.8 + 32)) <= 0.6
                    or abs(value - (number - 32) / 1.8) <= 0.6
                ):
                    return f"{number} degrees in another unit"
    return ""


def implied(value: Number, words: frozenset[str]) -> str:
    """Return the word that implies `value` ("compounded quarterly" is 4 times a year), or ""."""
    return next((w for w, numbers in _IMPLIED.items() if value in numbers and w in words), "")


def rounding(value: Number, known: Sequence[Number]) -> str:
    """Return which known number `value` is rounded from; "" if none. `known` are ascending."""
    slack = _slack(value)
    for number in _around(known, value, 1):
        whole = isinstance(value, int) and math.floor(number) == value
        if isinstance(number, float) and (abs(number - value) <= slack or whole):
            return f"{number} rounded"
    if value and abs(value) >= 1000:
        zeros = len(str(int(value))) - len(str(int(value)).rstrip("0"))
        for number in _around(known, value, 0.006 * abs(value)) if zeros >= 2 else ():
            if abs(number - value) <= 0.005 * abs(number):
                return f"{number} rounded"
    return ""


def _around(known: Sequence[Number], middle: float, reach: float) -> Iterator[Number]:
    """Yield the numbers from `middle - reach` to `middle + reach`, with room for rounding."""
    reach += 1e-9 * abs(middle) + 1e-9
    at = bisect_left(known, middle - reach)
    while at < len(known) and known[at] <= middle + reach:
        yield known[at]
        at += 1


def combination(value: Number, told: Sequence[Number], returned: Sequence[Number]) -> str:
    """Return how `value` is the sum, difference or product of known numbers; "" if it is not.

    At least one operand must have been returned by a tool: those are prices and amounts. Small
    integers only multiply, else any small integer would be explained by any other. The numbers
    returned must be akin (all prices, say); of many, pairs equal anything by chance.
    """
    slack = _slack(value)
    if len(returned) > 2 and _close(value, sum(returned), slack):
        return f"sum of {len(returned)} numbers"
    ascending = sorted((*told, *returned))
    for one in filter(_large, returned):
        if not _completes(value, one, ascending, slack):
            continue
        others = [(number, _large(number)) for number in (*told, *returned)]
        for other, large in others:
            if large and _close(value, one + other, slack):
                return f"{one} + {other}"
            if large and _close(value, abs(one - other), slack):
                return f"{max(one, other)} - {min(one, other)}"
            if other > 1 and _close(value, one * other, slack):
                return f"{one} x {other}"
    return ""


def _completes(value: Number, one: Number, ascending: Sequence[Number], slack: float) -> bool:
    """Tell whether one of some numbers may make `value` of another, by any of four operations."""
    wanted = [(value - one, slack), (one - value, slack), (one + value, slack)]
    if one:
        wanted.append((value / one, slack / abs(one)))
    return any(True for middle, reach in wanted for _ in _around(ascending, middle, reach))


def scaled(value: Number, numbers: Sequence[Number], factors: Sequence[Number]) -> str:
    """Return how `value` is a number times, or shared by, one of some small counts; "" if not."""
    slack = _slack(value)
    counts = [f for f in factors if isinstance(f, int) and 1 < f <= _FEW]
    for number in numbers:
        for count in counts:
            if number > 3:
                if _close(value, number * count, slack):
                    return f"{number} x {count}"
                if number > count and _close(value, number / count, slack):
                    return f"{number} / {count}"
    return ""


def ratio(value: Number, numbers: Sequence[Number]) -> str:
    """Return of which two numbers `value` is the percentage or the change in percent, or ""."""
    slack = _slack(value)
    for one in numbers:
        for other in numbers:
            if not other or one == other:
                continue
            share = 100 * one / other
            if any(abs(value - result) <= slack for result in (share, abs(share - 100))):
                return f"{one} of {other} in percent"
    return ""


def percentage(value: Number, numbers: Sequence[Number], rates: Sequence[Number]) -> str:
    """Return how `value` is a share of a number, or the number with that share on or off."""
    slack = _slack(value)
    for number in numbers:
        for rate in rates:
            part = number * rate / 100
            if any(_close(value, result, slack) for result in (part, number + part, number - part)):
                return f"{rate}% of {number}"
    return ""


def running_sum(value: Number, told: list[Number]) -> str:
    """Return "sum of numbers" if `value` is the sum of some numbers in a row, or ""."""
    running: list[Number] = [0]
    for number in told:
        running = [0, *(total + number for total in running)]
        if any(abs(total - value) < 0.01 for total in running):
            return "sum of numbers"
    return ""


def _large(number: Number) -> bool:
    return isinstance(number, float) or abs(number) >= 20


def _slack(value: Number) -> float:
    """Return half a unit of the last digit that is written down."""
    if isinstance(value, int):
        return 0.5
    return 0.5 * 10.0 ** -len(str(value).partition(".")[2]) + 1e-9


def _close(value: Number, result: float, slack: float) -> bool:
    """Tell whether `value` is what a person would write for `result`: within 0.5% at most."""
    off = abs(value - result)
    return off <= slack and off <= 0.005 * abs(result)
