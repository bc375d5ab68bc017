"""Explaining a date or a time of day by what a dialogue has told about time."""

import re
from collections.abc import Iterator
from datetime import date

from toolace_mt.verification.provenance.dates import (
    Calendar,
    Moment,
    is_timed,
    minutes_in,
    read_dates,
)
from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.passage import Passage

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN_DAYS = {"night": 1, "day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_SPAN_MINUTES = {"minute": 1, "min": 1, "hour": 60, "hr": 60}
_MOST_MENTIONS = 200  # dates that a span is counted from
_WHOLE_DAY = (0, 23 * 60 + 59)  # times that only say where a day begins or ends
_TIMELESS = 12  # characters of the longest value that is a time of day alone
_AROUND = 60  # minutes that "around 6" reaches both ways
_INTERVAL = re.compile(r"(\d{0,3})[ -]?(m|min|minutes?|h|hr|hours?|d|days?|w|wk|weeks?|mo|months?)")
_INTERVAL_UNITS = {
    **{"m": "min", "mi": "min", "h": "hour", "hr": "hour", "ho": "hour", "d": "day", "da": "day"},
    **{"w": "week", "wk": "week", "we": "week", "mo": "month"},
}
_OFTEN = {
    "min": frozenset(("minute",)),
    **{unit: frozenset((unit, f"{unit}ly")) for unit in ("hour", "week", "month")},
    "day": frozenset(("day", "daily", "today")),
}
_NOW = frozenset(("today", "tonight", "now", "immediately", "asap"))
_EXACT = frozenset((*_NOW, "tomorrow", "yesterday"))
_RECENT = 2  # messages whose "tomorrow" may explain a date where nobody knows what day it is


def look_up_time(value: str, known: Evidence) -> Found | None:
    """Judge a value that is a date, a date-time or a time of day; None if it is none of these."""
    dates = read_dates(value)
    timed = (bool(dates) or len(value) <= _TIMELESS) and is_timed(value)
    clock = sorted(minutes_in((value[10:] if dates else value).lower())) if timed else []
    if not dates and not clock:
        return None
    if timed and not clock:
        return NOWHERE
    sources = [next((s for m in readings if (s := _explain(m, known))), "") for readings in dates]
    if not dates or (clock and clock[0] not in _WHOLE_DAY):
        sources.append(_explain_clock(clock, known))
    if all(sources):
        return Found("derived", "; ".join(dict.fromkeys(sources)))
    now = [
        word for passage in known.users[:1] for word in passage.calendar.relative if word in _NOW
    ]
    unknown = known.today is None and now
    return Found("nowhere", f"{now[0]!r} was said, but not when that is") if unknown else NOWHERE


def look_up_interval(value: str, known: Evidence) -> Found | None:
    """Judge a value such as "1d", "15min" or "1 day"; None if it is none, or nobody told it."""
    match = _INTERVAL.fullmatch(value.lower())
    if match is None:
        return None
    count, unit = int(match[1] or 1), _INTERVAL_UNITS[match[2][:2] if match[2] != "m" else "m"]
    for passage in known.users:
        told = [(n, name) for n, name in passage.calendar.spans if name.startswith(unit)]
        often = count == 1 and not passage.words.isdisjoint(_OFTEN[unit])
        named = count == 1 and any(word.endswith(unit) for word in passage.calendar.relative)
        if often or named or any(n == count for n, _ in told):
            return Found("derived", f"{passage.label}: an interval")
    return None


def _explain(moment: Moment, known: Evidence) -> str:
    for passage in known.all:
        if any(mention.covers(moment) for mention in passage.calendar.moments):
            return f"{passage.label}: the same date"
    for age, passage in enumerate(known.users):
        how = _counted(moment, passage.calendar, known)
        if not how:
            how = _relative(moment, passage, known.today, recent=age < _RECENT)
        if how:
            return f"{passage.label}: {how}"
    return ""


def _counted(moment: Moment, told: Calendar, known: Evidence) -> str:
    """Explain a date as so many days or weeks from a date that anyone has named."""
    if not any(unit in _SPAN_DAYS for _, unit in told.spans):
        return ""
    for mention in _mentions(known):
        gap = _gap(moment, mention)
        for count, unit in told.spans:
            days = count * _SPAN_DAYS.get(unit, 0)
            slack = {"month": 1 + days // 30, "year": 1 + days // 365}.get(unit, 0)
            if gap is not None and days and abs(abs(gap) - days) <= slack:
                return f"{count} {unit}s from {mention.month}/{mention.day}"
    return ""


def _mentions(known: Evidence) -> Iterator[Moment]:
    left = _MOST_MENTIONS
    for passage in known.all:
        for mention in passage.calendar.moments:
            if mention.month and mention.day and left:
                left -= 1
                yield mention


def _gap(moment: Moment, mention: Moment) -> int | None:
    year = mention.year or moment.year or 2024
    try:
        there = date(year, mention.month, mention.day)
        return (date(moment.year or year, moment.month, max(moment.day, 1)) - there).days
    except ValueError:
        return None


def _relative(moment: Moment, passage: Passage, today: date | None, *, recent: bool) -> str:
    """Explain a date by words such as "tomorrow", checked where today's date is known.

    A passage that names dates itself does not need its vaguer words to explain one.
    """
    told = passage.calendar
    if today is None:
        if any(mention.month and mention.day for mention in told.moments):
            return ""
        words = [word for word in told.relative if recent or _weekday(word) >= 0]
        return next((repr(word) for word in words if _possible(word, moment)), "")
    ahead = _gap(moment, Moment(today.year, today.month, today.day))
    if ahead is None or not (told.relative or told.spans):
        return ""
    dated = any(m.month and m.day and m[1:] != (today.month, today.day) for m in told.moments)
    words = [word for word in told.relative if not dated or word in _EXACT or _weekday(word) >= 0]
    word = next((word for word in words if _plausible(word, ahead, today)), "")
    if word:
        return f"{word!r} from {today}"
    days = [n * _SPAN_DAYS.get(unit, 0) for n, unit in told.spans if not dated]
    return f"counted from {today}" if any(abs(abs(ahead) - n) <= 1 for n in days) else ""


def _weekday(word: str) -> int:
    """Return the number of the weekday that a word names, Monday being 0; -1 if it names none."""
    return next((number for number, day in enumerate(_DAYS) if word.startswith(day)), -1)


def _possible(word: str, moment: Moment) -> bool:
    """Tell whether `word` can mean that date when nobody knows what day it is."""
    if word in _NOW - {"today", "tonight"}:
        return False
    if not (moment.year and moment.day):
        return True
    weekday = _weekday(word)
    if weekday < 0 and word != "weekend":
        return True
    try:
        actual = date(moment.year, moment.month, moment.day).weekday()
    except ValueError:
        return False
    return actual == weekday if weekday >= 0 else actual in (4, 5, 6)


def _plausible(word: str, ahead: int, today: date) -> bool:
    """Tell whether a date so many days ahead can be what `word` means."""
    if word in _NOW:
        return ahead == 0
    if word in ("tomorrow", "yesterday"):
        return abs(ahead) in (1, 2) and (ahead > 0) == (word == "tomorrow")
    weekday = _weekday(word)
    if weekday >= 0:
        return (today.weekday() + ahead) % 7 == weekday and -8 <= ahead <= 14
    if "month" in word:
        return -62 <= ahead <= 62
    near = ("week" in word or "day" in word or "night" in word) and "year" not in word
    return -14 <= ahead <= 16 if near else -366 <= ahead <= 366


def _explain_clock(clock: list[int], known: Evidence) -> str:
    """Explain a time by the same time, by "morning" where no time is told, or by a span."""
    for passage in known.all:
        told = passage.calendar
        for minutes in clock:
            if minutes in told.minutes:
                return f"{passage.label}: the same time"
            for name, start, end in () if told.minutes else told.daytimes:
                if start * 60 <= minutes < end * 60 or minutes + 1440 < end * 60:
                    return f"{passage.label}: {name!r}"
    for passage in known.users:
        how = _clock_from(clock, passage, known)
        if how:
            return f"{passage.label}: {how}"
    return ""


def _clock_from(clock: list[int], passage: Passage, known: Evidence) -> str:
    """Explain a time as so long before or after another, or as near one ("around 6")."""
    told = passage.calendar
    near = told.minutes if "around" in passage.words else ()
    if any(abs(minutes - other) <= _AROUND for minutes in clock for other in near):
        return "around a time"
    for gap in filter(None, (count * _SPAN_MINUTES.get(unit, 0) for count, unit in told.spans)):
        for other in known.all:
            for start in other.calendar.minutes:
                if any(abs(minutes - start) % 1440 in (gap, 1440 - gap) for minutes in clock):
                    return f"{gap} minutes from a time"
    return ""
