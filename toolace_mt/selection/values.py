"""How values of rows compare: numbers, dates, times of day and texts."""

import re
from datetime import UTC, date, datetime
from typing import Any, Literal

Sort = Literal["number", "time", "date", "date-time", "text", ""]

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SHOWN_DECIMALS = 2


def sort_of(value: Any) -> Sort:
    """Return what sort of value it is, "" for what has none (null, booleans, lists, objects)."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return "number"
    if not isinstance(value, str):
        return ""
    if _TIME.fullmatch(value):
        return "time"
    if _DATE.match(value) and _moment(value) is not None:
        return "date" if len(value) == len("2026-01-01") else "date-time"
    return "text"


def place(value: Any) -> float | None:
    """Return where a value stands among others of its sort, None for one without an order.

    Rounded as a user sees it: numbers to two decimals, times and moments to the minute. Two values
    with the same place are a tie.
    """
    sort = sort_of(value)
    if sort == "number":
        return round(float(value), _SHOWN_DECIMALS)
    if sort == "time":
        return int(value[:2]) * 60.0 + int(value[3:5])
    return _moment(value) if sort in ("date", "date-time") else None


def alike(one: Any, other: Any) -> bool:
    """Return whether a user would call two values the same: texts ignore the case of letters."""
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _moment(text: str) -> float | None:
    """Return the minutes of a date or moment since year 1, None if there is no such day."""
    try:
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text).toordinal() * 1440.0
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.toordinal() * 1440.0 + moment.hour * 60 + moment.minute
