"""Dates and times in texts, in the forms in which people and tools write them."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from toolace_mt.verification.provenance.parsing.runs import Runs, read_runs
from toolace_mt.verification.provenance.parsing.spans import relative_words, spans_in
from toolace_mt.verification.provenance.parsing.words import word_set

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(\d\d?)(?:st|nd|rd|th)?\b"
_TO = r"(?:\s*(?:-|–|to|until|till|through|and|or|,)\s*(?:the\s+)?" + _DAY + r"(?![:\d]|\s*[ap]m))?"
_YEAR = r"(?:,?\s*(?:of\s+)?(\d{4}))?"

# Patterns begin with a character class or a letter: `re` then scans a long text quickly.
_DIGIT = re.compile(r"\d")
_NUMERIC = re.compile(
    r"\d\d{0,3}(?:[-/.]\d{1,4}){1,2}(?![-/\d])|(?:19|20)\d\d(?:[01]\d[0-3]\d)?(?![-/\d])"
)
_MONTH_DAY = re.compile(rf"{_MONTH}[\s.]*(?:the\s+)?{_DAY}{_TO}{_YEAR}")
_DAY_MONTH = re.compile(rf"{_DAY}{_TO}\s*(?:of\s+)?{_MONTH}{_YEAR}")
_MONTH_ONLY = re.compile(rf"(?<![a-z]){_MONTH}{_YEAR}")
_ORDINAL = re.compile(r"(?<!\d)(\d\d?)(?:st|nd|rd|th)\b")
_OF_ORDINALS, _OF_HALVES = word_set("st nd rd th"), word_set("a p am pm")
_CENTURIES = ("19", "20")
_BEFORE_MONTH, _AFTER_MONTH = 48, 32  # characters around the name of a month that tell its day
_CLOCK = re.compile(r":(\d\d)(?!\d)(?::\d\d(?:\.\d+)?)?(?:\s*([ap])\.?\s?m\b)?")
_HALF = re.compile(r"[ap]\.?\s?m\b")
_DAY_HALF = re.compile(r"\d\s*[ap]\.?\s?m\b")
_HOUR = re.compile(r"(\d\d?)(?:\s?(o'?clock|h)\b|\b(?!\s?[:/.-]?\d))")
_HOURS = re.compile(r"(\d\d?)\s?(?:-|–|to|until|till)\s?(\d\d?)(?:\s?([ap])\.?m)?(?![\d:/-])")
_BEFORE_HOUR = word_set("at by from until till to around about before after between and starting")
_BEFORE_HOURS = word_set("from between")
_IN_LIST = frozenset((", ", " and ", ", and ", " or ", ", or "))
_DAYTIMES = (
    *(("morning", 4, 12), ("breakfast", 5, 12), ("noon", 11, 13), ("lunch", 11, 15)),
    *(("afternoon", 12, 18), ("evening", 16, 24), ("dinner", 16, 23), ("night", 17, 30)),
    ("midnight", 24, 25),
)
_SLASHED_RANGE = re.compile(r"(\d)\s?[-–]\s?(?=\d\d?/\d)")
_YEAR_ENDS = ((1, 1), (12, 31))


class Moment(NamedTuple):
    """A date as far as it is told: year, month or day may be missing (0)."""

    year: int = 0
    month: int = 0
    day: int = 0

    def covers(self, other: "Moment") -> bool:
        """Tell whether this mention explains `other`, a date with a month."""
        if self.year and other.year and self.year != other.year:
            return False
        if not self.month:
            return self.day == other.day if self.day else (other.month, other.day) in _YEAR_ENDS
        if self.month != other.month:
            return False
        return self.day == other.day or (
            not self.day and other.day in (1, monthrange(other.year or 2024, other.month)[1])
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a text tells about time: dates, minutes after midnight, spans, relative words."""

    moments: frozenset[Moment] = frozenset()
    minutes: frozenset[int] = frozenset()
    spans: tuple[tuple[int, str], ...] = ()
    relative: tuple[str, ...] = ()
    daytimes: tuple[tuple[str, int, int], ...] = ()


def read_calendar(lower: str, runs: Runs, *, spoken: bool) -> Calendar:
    """Return what a text in lower case tells; spans, relative words and bare hours if `spoken`.

    In outputs "3" is no hour. `runs` as in `moments_in`.
    """
    minutes = minutes_in(lower, runs)
    if not spoken:
        return Calendar(frozenset(moments_in(lower, runs)), frozenset(minutes))
    return Calendar(
        moments=frozenset(moments_in(lower, runs)),
        minutes=frozenset((*minutes, *_hours(lower))) if runs else frozenset(minutes),
        spans=spans_in(lower),
        relative=relative_words(lower),
        daytimes=tuple(entry for entry in _DAYTIMES if entry[0] in lower),
    )


def moments_in(lower: str, runs: Runs | None = None) -> set[Moment]:
    """Return the dates that a text in lower case mentions, in both readings of 5/6.

    `runs` are its runs of digits with what separates them, where they are known already.
    """
    if runs is None:
        runs = read_runs(lower)
    if any(["/" in run for run in runs.parted]):  # noqa: C419 (a list is faster here)
        runs = read_runs(_SLASHED_RANGE.sub(r"\1 to ", lower))
    whole: set[Moment] = set()
    part: set[Moment] = set()
    dated = [run for run in runs.digits if run[-4:-2] in _CENTURIES or run[-8:-6] in _CENTURIES]
    several = "\n".join([run for run in (*runs.parted, *dated) if 3 < len(run) < 40])
    for token in set(_NUMERIC.findall(several)):
        for moment in _readings(token):
            (whole if moment[2] else part).add(moment)
    months, told = _with_months(lower)
    for month, first, last, year in told:
        named = (_moment(year, _month(month), day) for day in (first, last) if day)
        whole.update(moment for moment in named if 0 < moment.day <= 31)
    part |= months
    ordinals = _ORDINAL.findall(lower) if runs and runs.may_precede(_OF_ORDINALS) else ()
    days = {int(day) for day in ordinals}
    if part:
        part.difference_update([Moment(y, m) for year, m, _ in whole for y in (0, year)])
        part.difference_update([Moment(year) for year, month, _ in whole if month])
        part -= {Moment(year) for year, month, _ in part if month}
    if days:
        days -= {day for _, _, day in whole}
        whole |= {Moment(day=day) for day in days if 0 < day <= 31}
    return whole | part


def _with_months(lower: str) -> tuple[set[Moment], list[tuple[str, str, str, str]]]:
    """Return the months that a text names, and each that has days: month, first, last, year.

    Only what stands around the name of a month is read.
    """
    starts = []
    for month in [month for month in _MONTHS if month in lower]:
        at = lower.find(month)
        while at >= 0:
            starts.append(at)
            at = lower.find(month, at + 3)
    starts.sort()
    alone = [found for at in starts if (found := _MONTH_ONLY.match(lower, at))]
    told: list[tuple[str, str, str, str]] = []
    end = 0
    for at in starts if alone else ():
        after = _MONTH_DAY.match(lower, at)
        if after:
            told.append((after[1], after[2], after[3], after[4]))
        start = max(end, at - _BEFORE_MONTH)
        before = _DAY_MONTH.search(lower, start, at + _AFTER_MONTH)
        if before and before.start(3) == at:
            end = before.end()
            told.append((before[3], before[1], before[2], before[4]))
    return {_moment(found[2], _month(found[1]), 0) for found in alone}, told


@lru_cache(maxsize=16384)
def _readings(token: str) -> tuple[Moment, ...]:
    """Return what digits with separators can mean, as far as there are such dates."""
    read = _read(token)
    return tuple([m for m in read if m.month <= 12 and m.day <= 31 and (m.month or not m.day)])


def _read(token: str) -> Iterator[Moment]:
    """Yield what a run of digits and separators can mean as a date."""
    if len(token) == 8 and token.isdecimal():
        if token[:2] in ("19", "20"):
            yield _moment(token[:4], token[4:6], token[6:])
        return
    if len(token) == 4 and token.isdecimal() and token[:2] in ("19", "20"):
        yield _moment(token, 0, 0)
    dotted = "." in token
    parts = token.replace("/", "-").replace(".", "-").split("-")
    if len(parts) == 1:
        return
    sizes = [len(part) for part in parts]
    if len(parts) == 3 and sizes[0] == 4 and max(sizes[1:]) <= 2:
        yield _moment(*parts)
    elif len(parts) == 3 and max(sizes[:2]) <= 2 and (sizes[2] == 4 or (sizes[2] == 2 > dotted)):
        year = parts[2] if sizes[2] == 4 else f"20{parts[2]}"
        if not dotted or int(parts[1]) > 12:  # with dots the day comes first
            yield _moment(year, parts[0], parts[1])
        yield _moment(year, parts[1], parts[0])
    elif len(parts) == 2 and not dotted and max(sizes) <= 2:
        yield _moment(0, parts[0], parts[1])
        yield _moment(0, parts[1], parts[0])
    elif len(parts) == 2 and not dotted and sorted(sizes)[1] == 4 and sorted(sizes)[0] <= 2:
        year, month = parts if sizes[0] == 4 else parts[::-1]
        yield _moment(year, month, 0)


def minutes_in(lower: str, runs: Runs | None = None) -> set[int]:
    """Return the times of day in a text in lower case, as minutes after midnight."""
    found = {12 * 60} if "noon" in lower or "midday" in lower else set()
    if "midnight" in lower:
        found.add(0)
    for match in _CLOCK.finditer(lower) if ":" in lower else ():
        hours = _digits_before(lower, match.start())
        if hours:
            found |= _minutes(int(hours), int(match[1]), match[2] or "", sure=len(hours) == 2)
    halves = runs is None or runs.may_precede(_OF_HALVES)
    for match in _HALF.finditer(lower) if halves else ():
        hours = _digits_before(lower, len(lower[: match.start()].rstrip(" ")))
        if hours:
            found |= _minutes(int(hours), 0, match[0][0])
    return found


def _digits_before(lower: str, end: int) -> str:
    """Return the one or two digits of an hour that end there, "" if there are none."""
    start = end
    while start > max(0, end - 2) and "0" <= lower[start - 1] <= "9":
        start -= 1
    if lower[start - 1 : start] == ":" or lower[start - 1 : start].isdecimal():
        return ""
    return lower[start:end]


def _hours(lower: str) -> set[int]:
    """Return the times in "at 3", "at 10, 11 and 12", "5 o'clock", "from 8-11": both readings."""
    found: set[int] = set()
    end = -1  # of the last hour that was told
    for match in _HOUR.finditer(lower):
        start = match.start()
        listed = end >= 0 and lower[end:start] in _IN_LIST
        if match[2] or listed or _word_before(lower, start) in _BEFORE_HOUR:
            found |= _minutes(int(match[1]), 0, "")
            end = match.end()
    for match in _HOURS.finditer(lower):
        if match[3] or _word_before(lower, match.start()) in _BEFORE_HOURS:
            found |= _minutes(int(match[1]), 0, match[3] or "")
            found |= _minutes(int(match[2]), 0, match[3] or "")
    return found


def _word_before(lower: str, at: int) -> str:
    return "".join(lower[max(0, at - 9) : at].split()[-1:])


def _minutes(hour: int, minute: int, half: str, *, sure: bool = False) -> set[int]:
    if hour > 24 or minute > 59:
        return set()
    if half:
        return {(hour % 12 + (12 if half == "p" else 0)) * 60 + minute}
    found = {hour % 24 * 60 + minute}
    return found if sure or hour > 12 else found | {(hour + 12) % 24 * 60 + minute}


def is_timed(value: str) -> bool:
    """Tell whether a short value gives a time of day: with a colon, or as "3 pm"."""
    return ":" in value or _DAY_HALF.search(value.lower()) is not None


def read_dates(text: str) -> list[list[Moment]]:
    """Return the dates of a value that is a date, a date-time or a range, each in its readings."""
    if not 4 <= len(text) <= 64:
        return []
    found = []
    for token in _NUMERIC.findall(text):
        readings = [m for m in _read(token) if 0 < m.month <= 12 and m.day <= 31]
        if readings and (readings[0].day or len(token) > 5):
            kept = [m for m in readings if m.day or len(token) <= 7]
            found += [kept] if kept else []
    if found:
        return found
    told = [moment for moment in moments_in(text.lower()) if moment.month and moment.day]
    return [told] if told else []


def _moment(year: str | int, month: str | int, day: str | int) -> Moment:
    return Moment(int(year or 0), int(month or 0), int(day or 0))


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1
