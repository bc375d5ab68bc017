"""What "tomorrow", "next Friday" or "this month" can mean, with and without knowing today."""

from datetime import date, timedelta

from toolace_mt.verification.provenance.parsing.dates import Moment

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NOW = frozenset(("today", "tonight", "now", "immediately", "asap"))
"""Words for the present."""
AHEAD = {
    **dict.fromkeys(NOW, 0),
    **{"tomorrow": 1, "yesterday": -1, "day after tomorrow": 2, "day before yesterday": -2},
}
"""How many days ahead the day is that a word means."""
EXACT = frozenset(AHEAD)
"""Words that mean one day."""
_FEASTS = {
    "christmas": 12,
    "new year": (12, 1),
    "halloween": 10,
    "thanksgiving": 11,
    "valentine": 2,
}


def named_weekday(word: str) -> int:
    """Return the number of the weekday that a word names, Monday being 0; -1 if it names none."""
    last = word.rpartition(" ")[2]
    return next((number for number, day in enumerate(_DAYS) if last.startswith(day)), -1)


def possible(word: str, moment: Moment) -> bool:
    """Tell whether `word` can mean that date when nobody knows what day it is."""
    if word in NOW - {"today", "tonight"}:
        return False
    if not (moment.year and moment.day):
        return True
    weekday = named_weekday(word)
    if weekday < 0 and "weekend" not in word:
        return True
    try:
        actual = date(moment.year, moment.month, moment.day).weekday()
    except ValueError:
        return False
    return actual == weekday if weekday >= 0 else actual in (4, 5, 6)


def _ends_a_period(word: str, moment: Moment, ahead: int) -> bool:
    """Tell whether a date is the first or last day of its week, month or year."""
    first = word.startswith("first")
    try:
        day = date(moment.year or 2024, moment.month, moment.day)
    except ValueError:
        return False
    beside = day + timedelta(-1 if first else 1)
    if word.endswith("month"):
        return beside.month != day.month and abs(ahead) <= 62
    if word.endswith("year"):
        return beside.year != day.year
    return abs(ahead) <= 14 and day.weekday() in ((0, 6) if first else (4, 5, 6))


def plausible(word: str, moment: Moment, ahead: int, today: date) -> bool:
    """Tell whether a date so many days ahead can be what `word` means."""
    if word in AHEAD:
        return ahead == AHEAD[word]
    side = word.split(" ", 1)[0]
    first = (
        -400 if side in ("last", "past", "previous") else 0 if side in ("next", "coming") else -7
    )
    last = 0 if side in ("last", "past", "previous") else 400
    if " day of " in word:
        return _ends_a_period(word, moment, ahead)
    weekday = named_weekday(word)
    if weekday >= 0:
        reach = 14 if side in ("next", "following", "last", "previous") else 7
        same = (today.weekday() + ahead) % 7 == weekday
        return same and max(first, -reach) <= ahead <= min(last, reach)
    if "weekend" in word:
        return (today.weekday() + ahead) % 7 in (4, 5, 6, 0) and -9 <= ahead <= 14
    if "week" in word:
        return max(first, -14) <= ahead <= min(last, 14)
    if "month" in word or "quarter" in word:
        reach = 62 if "month" in word else 184
        if side == "this":
            return "quarter" in word or moment.month == today.month
        return max(first, -reach) <= ahead <= min(last, reach)
    for feast, months in _FEASTS.items():
        if feast in word:
            return moment.month in (months if isinstance(months, tuple) else (months,))
    if any(part in word for part in ("morning", "afternoon", "evening", "night", "day")):
        return abs(ahead) <= 1 or (" of the " in word and abs(ahead) <= 31)
    return max(first, -366) <= ahead <= min(last, 366)
