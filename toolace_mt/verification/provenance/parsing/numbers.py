"""Numbers in texts, in digits or in words."""

import math
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache

from toolace_mt.verification.provenance.parsing.runs import RUN, Runs

Number = int | float

CURRENCY_SIGNS = "$€£¥₹"
_SCALED = re.compile(
    r"(\d[\d.,]*)[ -]?(k|thousand|million|billion|bn|m|hundred|dozen)\b", re.IGNORECASE
)
_SCALE = re.compile(
    r"(?<=\d)[ -]?(?:[km]|thousand|million|b(?:illio)?n|hundred|dozen)\b", re.IGNORECASE
)
_OF_SCALES = frozenset(("k", "m", "thousand", "million", "bn", "billion", "hundred", "dozen"))
_FEET = re.compile(r"(\d\d?)\s*(?:'|ft\b|feet|foot)\s*(?:and\s*)?(\d{1,2})", re.IGNORECASE)
_APART = re.compile("[:/-]+")
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d{1,2}")
_GROUPED = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})(?:\.\d+)?")
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
    **{"both": 2, "twice": 2, "double": 2, "triple": 3, "single": 1, "million": 10**6},
    **{"once": 1},
}
_NUMBER_WORDS = frozenset(WORDS)
_LARGEST = 10**15
_LONGEST = 40  # digits of a number that are read; longer ones are compared as strings


def parse_number(text: str) -> Number | None:
    """Return the number that `text` is as a whole ("$1,250.50", "12%", "two"), or None."""
    if len(text) > _LONGEST:
        return None
    if text.isdecimal():
        return int(text)
    text = text.strip().lower()
    bare = text.strip(f"{CURRENCY_SIGNS}%° ")
    if _EUROPEAN.fullmatch(bare) and not _GROUPED.fullmatch(bare) and "," in bare:
        bare = bare.replace(".", "").replace(",", ".")
    bare = bare.replace(",", "")
    with suppress(ValueError):
        return int(bare)
    try:
        value = float(bare) if bare[:1].isdigit() or bare[:1] in "-+." else math.nan
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else WORDS.get(text)


def numbers_in(text: str, runs: Runs | None = None, *, spoken: bool = True) -> set[Number]:
    """Return every number written in digits in `text`, scaled ones ("2.5k") both ways.

    `runs` are its runs of digits with what separates them, where they are known already. Feet and
    inches are read in what somebody has said.
    """
    known = Runs(set(RUN.findall(text)), None) if runs is None else runs
    found: set[Number] = {int(run) for run in known.digits if len(run) <= _LONGEST}
    for run in known.parted:
        found.update(_read(run))
    scaled = known.may_precede(_OF_SCALES)
    if found and scaled and _SCALE.search(text):
        for digits, scale in _SCALED.findall(text):
            found.update(value * _SCALES[scale.lower()] for value in _read(digits))
    if found and spoken:
        found.update(12 * int(feet) + int(inches) for feet, inches in _FEET.findall(text))
    return found


@lru_cache(maxsize=16384)
def _read(run: str) -> tuple[Number, ...]:
    """Return what a run of digits and separators can mean as numbers, or a list of them."""
    parts = _APART.split(run)
    return tuple(number for part in parts if part for number in _read_one(part.rstrip(".,")))


def _read_one(token: str) -> list[Number]:
    if len(token) > _LONGEST:
        return []
    if token.isdecimal():
        return [int(token)]
    readings: list[Number] = []
    plain = token.replace(",", "")
    with suppress(ValueError):
        value = float(plain)
        if math.isfinite(value):
            readings.append(int(plain) if plain.isdecimal() else value)
    if _EUROPEAN.fullmatch(token):
        readings.append(float(token.replace(".", "").replace(",", ".")))
    if "," in token:
        readings += [int(part) for part in token.split(",") if part.isdecimal()]
    if not readings:  # of an address or a version
        readings += [int(part) for part in re.split("[.,]", token) if part.isdecimal()]
    return readings


def numbers_in_words(words: Sequence[str]) -> set[Number]:
    """Return the numbers written in words: "twenty five", "two hundred", "one and a half"."""
    found: set[Number] = set()
    if _NUMBER_WORDS.isdisjoint(words):
        return found
    total: Number = 0
    before = ""
    for word in words:
        value = WORDS.get(word)
        if word == "dozen" and before == "a" and total == 0.5:
            found.add(6)  # half a dozen
        before = word
        if value is None:
            if word not in ("and", "a"):
                total = 0
            continue
        found.add(value)
        bigger = value >= 100 or word == "dozen"
        total = max(total, 1) * value if bigger and total else total + value
        found.add(total)
    if 0.5 in found and "half" in words:
        found.update(number + 0.5 for number in tuple(found) if isinstance(number, int))
    return found


def is_amount(value: object) -> bool:
    """Tell whether a value is a number small enough to calculate with; NaN and `True` are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST


def amounts_of(values: Iterable[Number], most: int) -> list[Number]:
    """Return the largest of some numbers, at most so many: those that arithmetic may draw on."""
    return sorted(filter(is_amount, values), reverse=True)[:most]
