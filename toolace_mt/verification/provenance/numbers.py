"""Numbers in texts, in digits or in words."""

import math
import re
from collections.abc import Sequence
from contextlib import suppress

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


def parse_number(text: str) -> Number | None:
    """Return the number that `text` is as a whole ("$1,250.50", "12%", "two"), or None."""
    if len(text) > _LONGEST:
        return None
    if text.isdecimal():
        return int(text)
    text = text.strip().lower()
    bare = text.strip("$€£¥₹%° ").replace(",", "")
    with suppress(ValueError):
        return int(bare)
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


def is_amount(value: object) -> bool:
    """Tell whether a value is a number small enough to calculate with; NaN and `True` are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST
