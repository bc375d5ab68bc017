"""Numbers in texts, in digits or in words, and what follows from them by simple arithmetic."""

import math
import re
from collections.abc import Iterable, Sequence

Number = int | float

# Patterns begin with one character class, which is what `re` scans a long text for fastest.
_DIGITS = re.compile(
    r"(\d\d*(?:,\d\d\d?)*(?:\.\d+)?(?:e[+-]?\d{1,3}\b)?)"
    r"(?:[ -]?(k|thousand|million|billion|bn|m|hundred|dozen)\b)?",
    re.IGNORECASE,
)
_FEET = re.compile(r"(\d\d?)\s*(?:'|ft\b|feet|foot)\s*(?:and\s*)?(\d{1,2})", re.IGNORECASE)
_SCALES: dict[str, Number] = {
    **{"k": 1000, "thousand": 1000, "m": 10**6, "million": 10**6},
    **{"bn": 10**9, "billion": 10**9, "hundred": 100, "dozen": 12},
}
WORDS: dict[str, Number] = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
    **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13},
    **{"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18},
    **{"nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60},
    **{"seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "dozen": 12},
    **{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7},
    **{"eighth": 8, "ninth": 9, "tenth": 10, "half": 0.5, "quarter": 0.25, "couple": 2, "pair": 2},
    **{"both": 2, "twice": 2, "double": 2, "triple": 3, "single": 1},
    **{"once": 1},
}
_NUMBER_WORDS = frozenset(WORDS)
_POINTS = (".", ",")
_LARGEST = 10**15
_LONGEST = 40  # digits of a number that are read; longer ones are compared as strings

# What one unit is of another, and the words that must stand near for it to count.
_CONVERSIONS: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (factor, re.compile(words))
    for factor, words in (
        (60, "minute|hour|second|duration|min|sec|hr|time"),
        (3600, "hour|second|sec"),
        (7, "week"),
        (12, "year|month|dozen"),
        (24, "day|hour"),
        (30, "month|day"),
        (365, "year|day"),
        (100, r"\bcents?\b|cm|centim|meter"),
        (1000, "kilo|thousand|gram|met|milli|lit|km|kg|ms|ml|mh|mv|ma|kw|kj"),
        (10**6, "million|mega|micro|µ|mhz|mw|mb"),
        (10**9, "billion|giga|nano|ghz|gb"),
        (math.pi, r"\bpi\b|π"),
        (1.609344, "mile|km|kilomet"),
        (0.45359237, "pound|lb|kg|kilo"),
        (0.3048, "feet|foot|ft|met"),
        (2.54, "inch|cm|centi"),
    )
)
# Numbers that a word implies where a unit or a rate is asked for.
_IMPLIED: dict[str, tuple[int, ...]] = {
    **{"minute": (60,), "hour": (60, 3600), "hourly": (24,), "day": (1, 24), "daily": (365, 1)},
    **{"week": (7, 1), "weekly": (52, 7), "biweekly": (26, 14), "fortnight": (14,)},
    **{"weekend": (2,), "month": (30, 31, 1), "monthly": (12, 30), "quarter": (3, 4, 90)},
    **{"quarterly": (4, 3), "semiannually": (2,), "year": (365, 12, 1), "yearly": (1, 12)},
    **{"a": (1,), "an": (1,), "another": (1,), "alone": (1,), "myself": (1,)},
    **{"annually": (1, 12), "annual": (1, 12), "decade": (10,), "century": (100,)},
}


def parse_number(text: str) -> Number | None:
    """Return the number that `text` is as a whole ("$1,250.50", "12%", "two"), or None."""
    if len(text) > _LONGEST:
        return None
    if text.isdecimal():
        return int(text)
    text = text.strip().lower()
    bare = text.strip("$€£¥₹%° ").replace(",", "")
    try:
        return int(bare)
    except ValueError:
        pass  # not a whole number; the next line tries the other spelling
    try:
        value = float(bare) if bare[:1].isdigit() or bare[:1] in "-+." else math.nan
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else WORDS.get(text)


def number_stands_in(written: str, text: str) -> bool:
    """Tell whether a number stands in `text` as it is, not as a part of another ("5" in "1.5")."""
    at = text.find(written)
    if at < 0:
        return False
    before, after = text[max(0, at - 2) : at], text[at + len(written) : at + len(written) + 2]
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    return not (
        (before[-1:] in _POINTS and before[:1].isdigit())
        or (after[:1] in _POINTS and after[1:].isdigit())
    )


def numbers_in(text: str) -> set[Number]:
    """Return every number written in digits in `text`, scaled ones ("2.5k") both ways."""
    found: set[Number] = set()
    for digits, scale in _DIGITS.findall(text):
        if len(digits) > _LONGEST:
            continue
        if "," in digits:  # a number with separators, or a list of numbers: both, if need be
            found.update(int(part) for part in digits.split(",") if part.isdecimal())
        plain = digits.replace(",", "")
        value = int(plain) if plain.isdecimal() else float(plain)
        if not math.isfinite(value):
            continue
        found.add(value)
        if scale:
            found.add(value * _SCALES[scale.lower()])
    found.update(12 * int(feet) + int(inches) for feet, inches in _FEET.findall(text))
    return found


def numbers_in_words(words: Sequence[str]) -> set[Number]:
    """Return the numbers written in words: "twenty five", "two hundred", "one and a half"."""
    found: set[Number] = set()
    if _NUMBER_WORDS.isdisjoint(words):
        return found
    total: Number = 0
    for word in words:
        value = WORDS.get(word)
        if value is None:
            if word not in ("and", "a"):
                total = 0
            continue
        found.add(value)
        bigger = value >= 100 or word == "dozen"
        total = max(total, 1) * value if bigger and total else total + value
        found.add(total)
    return found


def conversion(value: Number, known: Iterable[Number], near: str) -> str:
    """Return how `value` follows from a known number by a change of unit; "" if it does not.

    `near` is the lower-case wording around both, which must name the units.
    """
    factors = [factor for factor, words in _CONVERSIONS if words.search(near)]
    fahrenheit = "fahr" in near or "celsius" in near
    for number in known:
        for factor in factors if number != 1 else ():
            if _close(value, number * factor):
                return f"{number} in another unit"
            if (factor >= 1000 or 4 * number >= factor) and _close(value, number / factor):
                return f"{number} in another unit"
        if 0 < value < 1 < number <= 100 and _close(value, number / 100):
            return f"{number}%"
        if 0 < number < 1 and _close(value, number * 100):
            return f"{number} in percent"
        if fahrenheit and (
            _close(value, number * 9 / 5 + 32) or _close(value, (number - 32) * 5 / 9)
        ):
            return f"{number} degrees in another unit"
    return ""


def implied(value: Number, words: frozenset[str]) -> str:
    """Return the word that implies `value` ("compounded quarterly" is 4 times a year), or ""."""
    return next((w for w, numbers in _IMPLIED.items() if value in numbers and w in words), "")


def rounding(value: Number, known: Iterable[Number]) -> str:
    """Return which known number `value` is rounded from; "" if none."""
    for number in known:
        near = abs(number - value) <= 0.5 * 10 ** -_decimals(value)
        if isinstance(number, float) and (near or math.floor(number) == value):
            return f"{number} rounded"
        if value and abs(number) >= 1000 and abs(number - value) <= 0.005 * abs(number):
            zeros = len(str(int(value))) - len(str(int(value)).rstrip("0"))
            if zeros >= 2:
                return f"{number} rounded"
    return ""


def is_amount(value: object) -> bool:
    """Tell whether a value is a number small enough to calculate with; NaN and `True` are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST


def combination(value: Number, told: Sequence[Number], returned: Sequence[Number]) -> str:
    """Return how `value` is the sum, difference or product of known numbers; "" if it is not.

    At least one operand must have been returned by a tool: those are prices and amounts. Small
    integers only multiply, else any small integer would be explained by any other.
    """
    if len(returned) > 2 and _close(value, sum(returned)):
        return f"sum of {len(returned)} numbers"
    for one in returned:
        for other in (*told, *returned):
            if _large(one) and _large(other) and _close(value, one + other):
                return f"{one} + {other}"
            if _large(one) and _large(other) and _close(value, abs(one - other)):
                return f"{max(one, other)} - {min(one, other)}"
            if _large(one) and other > 1 and _close(value, one * other):
                return f"{one} x {other}"
    return ""


def _large(number: Number) -> bool:
    return isinstance(number, float) or abs(number) >= 20


def _decimals(value: Number) -> int:
    return len(str(value).partition(".")[2]) if isinstance(value, float) else 0


def _close(value: Number, result: float) -> bool:
    """Equal to what a person would write down: half a unit of the last digit, at most 0.5%."""
    if value == result:
        return True
    if not result:
        return False
    return bool(abs(value - result) <= min(0.5 * 10 ** -_decimals(value), 0.005 * abs(result)))
