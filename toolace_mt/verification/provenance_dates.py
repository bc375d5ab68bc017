"""Dates and times in texts, in the forms people write, and what follows from them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from toolace_mt.verification.provenance_numbers import WORDS

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?\b"
_TO = r"(?:\s*(?:-|–|to|until|till|through|and|or|,)\s*(?:the\s+)?" + _DAY + r"(?![:\d]|\s*[ap]m))?"
_YEAR = r"(?:,?\s*(?:of\s+)?(\d{4}))?"

_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d\d|19\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)")
_SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/])")
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_TO}{_YEAR}", re.IGNORECASE)
_DAY_MONTH = re.compile(rf"\b{_DAY}{_TO}\s*(?:of\s+)?{_MONTH}{_YEAR}", re.IGNORECASE)
_MONTH_ONLY = re.compile(rf"\b{_MONTH}{_YEAR}", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_QUICK = re.compile(rf"\d|{_MONTH}", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})(?::(\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*"
    r"(a\.?m\b|p\.?m\b|o'?clock|h\b|(?=z|[+-]\d\d|\b))",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\b(\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple|few)(?: of| more)?[\s-]+"
    r"(minute|min|hour|hr|night|day|week|fortnight|month|year)s?\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(today|tonight|now|currently|tomorrow|yesterday|recent(?:ly)?|latest|upcoming|soon|asap"
    r"|immediately|weekend|(?:this|next|last|past|coming|previous|current|following|same)\s+"
    r"(?:\w+\s+)?(?:day|night|week|month|year|quarter|summer|winter|spring|fall|autumn|morning"
    r"|afternoon|evening)s?|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?|ago|christmas|new year|easter|thanksgiving|halloween"
    r"|valentine|summer|winter|spring|autumn|fall|holidays?)\b",
    re.IGNORECASE,
)
_DAYTIME = (
    ("morning", 4, 12), ("breakfast", 5, 12), ("noon", 11, 13), ("lunch", 11, 15),
    ("afternoon", 12, 18), ("evening", 16, 24), ("dinner", 16, 23), ("night", 17, 30),
    ("midnight", 24, 25),
)  # fmt: skip
_COUNTS = {"a": 1, "an": 1, "couple": 2, "few": 3}
_COUNTS |= {word: int(value) for word, value in WORDS.items() if 1 <= value <= 10}
_SPAN_DAYS = {"night": 1, "day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_SPAN_MINUTES = {"minute": 1, "min": 1, "hour": 60, "hr": 60}


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
    """What a text tells about time."""

    moments: frozenset[Moment] = frozenset()
    minutes: frozenset[int] = frozenset()
    spans: tuple[tuple[int, str], ...] = ()
    relative: str = ""
    daytimes: tuple[tuple[str, int, int], ...] = ()


def read_calendar(text: str) -> Calendar:
    """Return every date, time of day, span and relative word in `text`."""
    relative = _RELATIVE.search(text)
    if not relative and not _QUICK.search(text):
        return Calendar(daytimes=_daytimes(text))
    return Calendar(
        moments=frozenset(moments_in(text)),
        minutes=frozenset(minutes_in(text)),
        spans=tuple(
            (_COUNTS.get(count.lower()) or int(count[:6] if count.isdigit() else 0), unit.lower())
            for count, unit in _SPAN.findall(text)
        ),
        relative=relative.group().lower() if relative else "",
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


def whole_dates(text: str) -> list[Moment]:
    """Return the dates in a value that is a date (or date-time, or a range of them)."""
    if len(text) > 80:
        return []
    return sorted(
        (m for m in moments_in(text) if m.month and m.day), key=lambda m: (m.year, m.month, m.day)
    )


def explain_date(moment: Moment, known: Calendar, today: date | None) -> str:
    """Return how a date follows from what one text tells; "" if it does not."""
    for mention in known.moments:
        if mention.covers(moment):
            return "the same date"
    for count, unit in known.spans:
        days = count * _SPAN_DAYS.get(unit, 0)
        for mention in known.moments:
            if days and mention.day and mention.month and _apart(moment, mention, days, unit):
                return f"{count} {unit}s from a date"
    if known.relative and (today is None or _plausible(moment, known, today)):
        return f"{known.relative!r}"
    return ""


def _apart(moment: Moment, mention: Moment, days: int, unit: str) -> bool:
    year = mention.year or moment.year
    try:
        gap = date(moment.year or year, moment.month, moment.day) - date(
            year, mention.month, mention.day
        )
    except ValueError:
        return False
    slack = {"month": 1 + days // 30, "year": 1 + days // 365}.get(unit, 1)
    return abs(abs(gap.days) - days) <= slack


def _plausible(moment: Moment, known: Calendar, today: date) -> bool:
    try:
        ahead = (date(moment.year or today.year, moment.month, moment.day) - today).days
    except ValueError:
        return False
    word = known.relative
    if any(abs(abs(ahead) - n * _SPAN_DAYS.get(u, 0)) <= 1 for n, u in known.spans):
        return True
    if word in ("today", "tonight", "now", "currently"):
        return ahead == 0
    if word == "tomorrow":
        return ahead in (1, 2)
    if word == "yesterday":
        return ahead in (-1, -2)
    weekday = next((i for i, day in enumerate(_DAYS) if day[:3] == word[:3]), None)
    if weekday is not None and word.startswith(_DAYS[weekday][: len(word)]):
        return (today + timedelta(ahead)).weekday() == weekday and -8 <= ahead <= 14
    if "week" in word:
        return -14 <= ahead <= 16
    return -62 <= ahead <= 62 if "month" in word else True


def explain_minutes(minutes: int, known: Calendar) -> str:
    """Return how a time of day follows from what one text tells; "" if it does not."""
    if minutes in known.minutes:
        return "the same time"
    for name, start, end in known.daytimes:
        if start * 60 <= minutes < end * 60 or start * 60 <= minutes + 1440 < end * 60:
            return f"{name!r}"
    for count, unit in known.spans:
        gap = count * _SPAN_MINUTES.get(unit, 0)
        if gap and any((minutes - told) % 1440 in (gap, 1440 - gap) for told in known.minutes):
            return f"{count} {unit}s from a time"
    return f"{known.relative!r}" if known.relative in ("now", "immediately", "asap") else ""


def _moment(year: str | int, month: str | int, day: str | int) -> Moment:
    return Moment(int(year or 0), int(month or 0), int(day or 0))


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1
