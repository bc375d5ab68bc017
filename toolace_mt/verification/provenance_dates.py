"""Dates and times in texts, in the forms people write, and what follows from them."""

import re
from calendar import monthrange
from dataclasses import dataclass

from toolace_mt.verification.provenance_numbers import WORDS

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?\b"
_TO = r"(?:\s*(?:-|–|to|until|till|through|and|or|,)\s*(?:the\s+)?" + _DAY + r"(?![:\d]|\s*[ap]m))?"
_YEAR = r"(?:,?\s*(?:of\s+)?(\d{4}))?"

_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d\d|19\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)")
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/])")
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_TO}{_YEAR}", re.IGNORECASE)
_DAY_MONTH = re.compile(rf"\b{_DAY}{_TO}\s*(?:of\s+)?{_MONTH}{_YEAR}", re.IGNORECASE)
_MONTH_ONLY = re.compile(rf"\b{_MONTH}{_YEAR}", re.IGNORECASE)
_MONTH_YEAR = re.compile(r"(?<!\d)(?:(\d{4})[-/](\d{1,2})|(\d{1,2})[-/](\d{4}))(?![-/\d])")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_QUICK = re.compile(rf"\d|{_MONTH}", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})(?::(\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*"
    r"(a\.?m\b|p\.?m\b|o'?clock|h\b|(?=z|[+-]\d\d|\b))",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\b(\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple|few|next|following"
    r"|previous)(?: of| more)?[\s-]+(minute|min|hour|hr|night|day|week|fortnight|month|year)s?\b"
    r"|\b(?:the|one|a) (day) (?:after|before)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(today|tonight|tomorrow|yesterday|weekend|ago|now|immediately|asap|current(?:ly)?"
    r"|(?:this|next|last|past|coming|previous|following|same)\s+(?:\w+\s+)?(?:day|night|week|month"
    r"|year|quarter|summer|winter|spring|fall|autumn|morning|afternoon|evening)s?"
    r"|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?"
    r"|christmas|new year|easter|thanksgiving|halloween|valentine)\b",
    re.IGNORECASE,
)
_DAYTIME = (
    ("morning", 4, 12), ("breakfast", 5, 12), ("noon", 11, 13), ("lunch", 11, 15),
    ("afternoon", 12, 18), ("evening", 16, 24), ("dinner", 16, 23), ("night", 17, 30),
    ("midnight", 24, 25),
)  # fmt: skip
_COUNTS = {"": 1, "a": 1, "an": 1, "couple": 2, "few": 3, "next": 1, "following": 1, "previous": 1}
_COUNTS |= {word: int(value) for word, value in WORDS.items() if 1 <= value <= 10}


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as far as it is told: year, month or day may be missing (0)."""

    year: int = 0
    month: int = 0
    day: int = 0

    def covers(self, other: "Moment") -> bool:
        """Tell whether this mention explains `other`, a date with month and day."""
        if self.year and other.year and self.year != other.year:
            return False
        if not self.month:
            return self.day == other.day if self.day else (other.month, other.day) in _YEAR_ENDS
        if self.month != other.month:
            return False
        return self.day == other.day or (
            not self.day and other.day in (1, monthrange(other.year or 2024, other.month)[1])
        )


_YEAR_ENDS = ((1, 1), (12, 31))


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a text tells about time: dates, minutes after midnight, spans, relative words."""

    moments: frozenset[Moment] = frozenset()
    minutes: frozenset[int] = frozenset()
    spans: tuple[tuple[int, str], ...] = ()
    relative: tuple[str, ...] = ()
    daytimes: tuple[tuple[str, int, int], ...] = ()


def read_calendar(text: str) -> Calendar:
    """Return every date, time of day, span and relative word in `text`."""
    if not _QUICK.search(text) and not _RELATIVE.search(text) and not _SPAN.search(text):
        return Calendar(daytimes=_daytimes(text))
    return Calendar(
        moments=frozenset(moments_in(text)),
        minutes=frozenset(minutes_in(text)),
        spans=tuple(
            (int(count) if count.isdecimal() else _COUNTS[count.lower()], (unit or day).lower())
            for count, unit, day in _SPAN.findall(text)
        ),
        relative=tuple(word.lower() for word in _RELATIVE.findall(text)[:16]),
        daytimes=_daytimes(text),
    )


def _daytimes(text: str) -> tuple[tuple[str, int, int], ...]:
    lower = text.lower()
    return tuple(entry for entry in _DAYTIME if entry[0] in lower)


def moments_in(text: str) -> set[Moment]:
    """Return the dates that `text` mentions; both readings where day and month may be swapped."""
    found: set[Moment] = set()
    for pattern in (_ISO, _COMPACT):
        found |= {_moment(y, m, d) for y, m, d in pattern.findall(text)}
    for one, other, year in _SLASHED.findall(text):
        full = f"20{year}" if len(year) == 2 else year
        found |= {_moment(full, one, other), _moment(full, other, one)}
    for month, first, last, year in _MONTH_DAY.findall(text):
        found |= {_moment(year, _month(month), day) for day in (first, last) if day}
    for first, last, month, year in _DAY_MONTH.findall(text):
        found |= {_moment(year, _month(month), day) for day in (first, last) if day}
    for year, month, month_first, year_last in _MONTH_YEAR.findall(text):
        found.add(_moment(year or year_last, month or month_first, 0))
    found |= {_moment(year, _month(month), 0) for month, year in _MONTH_ONLY.findall(text)}
    found |= {Moment(day=int(day)) for day in _ORDINAL.findall(text)}
    return {moment for moment in found if moment.month <= 12 and moment.day <= 31} - {Moment()}


def minutes_in(text: str) -> set[int]:
    """Return the times of day in `text` as minutes after midnight; "at 3" is 3:00 and 15:00."""
    found = {12 * 60} if "noon" in text.lower() else set()
    if "midnight" in text.lower():
        found.add(0)
    for hours, rest, half in _CLOCK.findall(text):
        hour, minute, half = int(hours), int(rest or 0), half.lower().replace(".", "")
        if hour > 24 or minute > 59:
            continue
        if half in ("am", "pm"):
            found.add((hour % 12 + (12 if half == "pm" else 0)) * 60 + minute)
        else:
            found.add(hour % 24 * 60 + minute)
            if hour <= 12 and not (rest and len(hours) == 2):
                found.add((hour + 12) % 24 * 60 + minute)
    return found


def read_date(text: str) -> list[Moment]:
    """Return the readings of the first date in a value that is a date or a date-time."""
    if len(text) > 40:
        return []
    iso = _ISO.search(text) or _COMPACT.search(text)
    if iso:
        return [_moment(*iso.groups())]
    whole = [moment for moment in moments_in(text) if moment.month and moment.day]
    whole = whole or [moment for moment in moments_in(text) if moment.month and moment.year]
    return sorted(whole, key=lambda m: (-m.year, m.month, m.day))


def _moment(year: str | int, month: str | int, day: str | int) -> Moment:
    return Moment(int(year or 0), int(month or 0), int(day or 0))


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1
