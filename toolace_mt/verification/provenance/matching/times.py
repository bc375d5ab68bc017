"""Explaining a date or a time of day by what a dialogue has told about time."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.parsing.dates import (
    Calendar,
    Moment,
    is_timed,
    minutes_in,
    read_dates,
)
from toolace_mt.verification.provenance.parsing.numbers import WORDS
from toolace_mt.verification.provenance.parsing.relative import (
    AHEAD,
    EXACT,
    NOW,
    named_weekday,
    plausible,
    possible,
)
from toolace_mt.verification.provenance.parsing.tongues import folded, plain
from toolace_mt.verification.provenance.passage import Passage, Speaker

_SPAN_DAYS = {"night": 1, "day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_SPAN_MINUTES = {"minute": 1, "min": 1, "hour": 60, "hr": 60}
_MOST_MENTIONS = 40  # dates that a span is counted from
_WHOLE_DAY = (0, 23 * 60 + 59)  # times that only say where a day begins or ends
_TIMELESS = 12  # characters of the longest value that is a time of day alone
_AROUND = 60  # minutes that "around 6" reaches both ways
_MEETING = 180  # minutes that a meeting of unspecified length may take
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
_VAGUE = re.compile(
    r"\b(recent(?:ly)?|lately|latest|upcoming|soon|so far|history|past|last(?! day)"
    r"|current(?:ly)?|earlier|ago|new(?:est)?|up to date|trend)\b|最近|近期"
)
_RECENT = 2  # messages whose "tomorrow" may explain a date where nobody knows what day it is
_REACH = 8  # messages that times are counted from
_ARGUMENT: tuple[Speaker, ...] = ("user", "output", "assistant")
_REPLY: tuple[Speaker, ...] = ("output", "user", "call", "assistant")


def look_up_time(value: str, known: Evidence, *, reply: bool = False) -> Found | None:
    """Judge a value that is a date, a date-time or a time of day; None if it is none of these."""
    if not value.isascii() and len(value) <= 64:
        value = plain(folded(value).lower()).strip()
    dates = read_dates(value) or (read_dates(plain(value.lower())) if " de " in value else [])
    timed = (bool(dates) or len(value) <= _TIMELESS) and is_timed(value)
    clock = sorted(minutes_in((value[10:] if dates else value).lower())) if timed else []
    if not dates and not clock:
        return None
    if timed and not clock:
        return NOWHERE
    speakers = _REPLY if reply else _ARGUMENT
    sources = [
        next((how for moment in readings if (how := _explain(moment, known, speakers))), "")
        for readings in dates
    ]
    if not dates or (clock and clock[0] not in _WHOLE_DAY):
        sources.append(_explain_clock(clock, known, speakers))
    if all(sources):
        return Found("derived", "; ".join(dict.fromkeys(sources)))
    return Found("nowhere", _speaks_for(known, clock)) if sources[0] == "" else NOWHERE


def _speaks_for(known: Evidence, clock: list[int]) -> str:
    """Say what makes an untold date arguable: the user was vague, and named no date."""
    for passage in known.users[:_RECENT]:
        told = passage.calendar
        if any(moment.month and moment.day for moment in told.moments):
            return ""
        now = next((word for word in told.relative if word in NOW), "")
        if now and known.today is None and not (clock and told.minutes):
            return f"{now!r} was said, but not when that is"
        vague = _VAGUE.search(passage.plain)
        if vague and not clock:
            return f"{vague[0]!r} was said, which may be any time"
    return ""


def look_up_interval(value: str, known: Evidence) -> Found | None:
    """Judge a value such as "1d", "15min" or "1 day"; None if it is none, or nobody told it."""
    match = _INTERVAL.fullmatch(value.lower()) if len(value) < 12 else None
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


def _explain(moment: Moment, known: Evidence, speakers: tuple[Speaker, ...]) -> str:
    passage = known.covering(moment, speakers)
    if passage is not None:
        return f"{passage.label}: the same date"
    if known.today is not None and Moment(*known.today.timetuple()[:3]).covers(moment):
        return "today"
    if known.reply is not None:
        how = _counted(moment, known.reply, known) or _overnight(moment, known)
        if how:
            return f"this reply: {how}"
    for age, passage in enumerate(known.users):
        told = passage.calendar
        if not (told.spans or told.relative):
            continue
        how = _counted(moment, passage, known)
        if not how:
            how = _relative(moment, told, known, recent=age < _RECENT)
        if how:
            return f"{passage.label}: {how}"
    return ""


def _counted(moment: Moment, passage: Passage, known: Evidence) -> str:
    """Explain a date as so many days or weeks from one in the passage, or one just named."""
    spans = [(n, unit) for n, unit in passage.calendar.spans if unit in _SPAN_DAYS]
    for mention in _mentions(passage, known) if spans else ():
        gap = _gap(moment, mention)
        for count, unit in spans:
            days = count * _SPAN_DAYS[unit]
            slack = {"month": 1 + days // 30, "year": 1 + days // 365}.get(unit, 0)
            if gap is not None and days and abs(abs(gap) - days) <= slack:
                return f"{count} {unit}s from {mention.month}/{mention.day}"
    return ""


def _overnight(moment: Moment, known: Evidence) -> str:
    """Explain a date in a reply as the day after one that was told, where something arrives."""
    recent = [p for p in (known.reply, *known.outputs[:_RECENT]) if p is not None]
    if not any(p.overnight for p in recent):
        return ""
    dates = (m for p in (*recent, *known.passed_calls[:_REACH]) for m in p.calendar.moments)
    return "the day after" if any(m.day and _gap(moment, m) == 1 for m in dates if m.month) else ""


def _mentions(passage: Passage, known: Evidence) -> Iterator[Moment]:
    """Yield the dates from which a span in a passage may count."""
    own = [m for m in passage.calendar.moments if m.month and m.day]
    if known.today is not None:
        yield Moment(*known.today.timetuple()[:3])
    yield from own
    if not own:
        for near in (*known.users[:_REACH], *known.outputs[:_REACH], *known.assistants[:1]):
            dated = (m for m in near.calendar.moments if m.month and m.day)
            yield from (m for m, _ in zip(dated, range(_MOST_MENTIONS), strict=False))


def _gap(moment: Moment, mention: Moment) -> int | None:
    year = mention.year or moment.year or 2024
    try:
        there = date(year, mention.month, mention.day)
        return (date(moment.year or year, moment.month, max(moment.day, 1)) - there).days
    except ValueError:
        return None


def _relative(moment: Moment, told: Calendar, known: Evidence, *, recent: bool) -> str:
    """Explain a date by words such as "tomorrow", checked where today's date is known.

    A passage that names dates itself does not need its vaguer words to explain one; and a weekday
    that stands beside its date means that date.
    """
    today = known.today
    dated = [m for m in told.moments if m.month and m.day]
    if today is None:
        if dated:
            return ""
        words = [word for word in told.relative if recent or named_weekday(word) >= 0]
        return next((repr(word) for word in words if possible(word, moment)), "")
    ahead = _gap(moment, Moment(today.year, today.month, today.day))
    if ahead is None:
        return ""
    used = {_weekday_of(m, today) for m in dated}
    others = (
        any(m[1:] != (today.month, today.day) for m in dated)
        or known.reply is not None
        or any(m.day and not m.month for m in told.moments)  # "the 24th of this month"
    )
    near = [today + timedelta(AHEAD[word]) for word in told.relative if word in EXACT]
    used |= {day.weekday() for day in near}  # "tomorrow, Friday"
    words = [
        word
        for word in told.relative
        if (named_weekday(word) not in used if named_weekday(word) >= 0 else True)
        and (not others or word in EXACT or named_weekday(word) >= 0)
    ]
    word = next((word for word in words if plausible(word, moment, ahead, today)), "")
    return f"{word!r} from {today}" if word else ""


def _weekday_of(moment: Moment, today: date) -> int:
    try:
        return date(moment.year or today.year, moment.month, moment.day).weekday()
    except ValueError:
        return -1


def _explain_clock(clock: list[int], known: Evidence, speakers: tuple[Speaker, ...]) -> str:
    """Explain a time by the same time, by "morning" where no time is told, or by a span."""
    for minutes in clock:
        passage = known.latest_with("minutes", minutes, speakers)
        if passage is not None:
            return f"{passage.label}: the same time"
    for passage in known.users[:_REACH]:
        told = passage.calendar
        for name, start, end in () if told.minutes else told.daytimes:
            if any(start * 60 <= m < end * 60 or m + 1440 < end * 60 for m in clock):
                return f"{passage.label}: {name!r}"
    for passage in known.users[:_REACH]:
        how = _hour_of_day(clock, passage)
        if how:
            return f"{passage.label}: {how}"
    for passage in known.users[:_REACH]:
        how = _clock_from(clock, passage, known)
        if how:
            return f"{passage.label}: {how}"
    return ""


def _hour_of_day(clock: list[int], passage: Passage) -> str:
    """Explain a time as an hour of the part of a day that was named ("5 in the afternoon")."""
    told = passage.calendar
    for name, start, end in told.daytimes:
        for minutes in clock:
            hour = (minutes // 60 - 1) % 12 + 1
            named = minutes % 60 == 0 and any(
                word == str(hour) or WORDS.get(word) == hour for word in passage.words
            )
            if start * 60 <= minutes < end * 60 and (named or minutes - 720 in told.minutes):
                return f"an hour in the {name}"
    return ""


def _clock_from(clock: list[int], passage: Passage, known: Evidence) -> str:
    """Explain a time as so long before or after another, or as near one ("around 6")."""
    told = passage.calendar
    near = told.minutes if "around" in passage.words else ()
    if any(abs(minutes - other) <= _AROUND for minutes in clock for other in near):
        return "around a time"
    gaps = [n for n in (count * _SPAN_MINUTES.get(unit, 0) for count, unit in told.spans) if n]
    others = (*known.users[:_REACH], *known.users[-1:], *known.outputs[:_RECENT])
    for other in others if gaps else ():
        for start in other.calendar.minutes:
            if any(abs(minutes - start) % 1440 in (g, 1440 - g) for minutes in clock for g in gaps):
                return "so many minutes from a time"
    return ""


def follows_start(value: str, known: Evidence) -> bool:
    """Tell whether a time may be where something ends of which only the start was told."""
    clock = minutes_in(value[10:].lower() if len(value) > 10 else value.lower())
    recent = known.users[:_RECENT]
    if any(unit in _SPAN_MINUTES for p in recent for _, unit in p.calendar.spans):
        return False
    starts = {minutes for passage in recent for minutes in passage.calendar.minutes}
    return any(0 < minutes - start <= _MEETING for minutes in clock for start in starts)


def is_dated(value: str) -> bool:
    """Tell whether a value is a date."""
    return bool(read_dates(value)) or bool(read_dates(plain(folded(value).lower())))
