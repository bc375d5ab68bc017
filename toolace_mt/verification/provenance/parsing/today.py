"""What day it is, as a text tells."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from functools import lru_cache

from toolace_mt.verification.provenance.parsing.dates import Moment, moments_in, read_dates
from toolace_mt.verification.provenance.parsing.tongues import plain

_SIGNS = ("today", "now", "it is", "current ", "今天", "hoy es", "heute ist", "nous sommes")
_TODAY = re.compile(
    r"(?:today(?:'s date)?(?: is)?|current (?:date|time|day)(?: and time)?(?: is)?|\bit is"
    r"|今天是?|hoy es|heute ist|nous sommes|\bnow\b)[\s:,]?"
)


@lru_cache(maxsize=256)
def today_in(lower: str, *, marked: bool) -> date | None:
    """Return the date that a text in lower case gives as today's, None if it gives none.

    Unless only what is `marked` counts, the only date of a text is today's, too.
    """
    found: Iterable[Moment] = ()
    told = any([sign in lower for sign in _SIGNS])  # noqa: C419 (a list is faster here)
    for mark in _TODAY.finditer(lower) if told else ():
        readings = read_dates(plain(lower[mark.end() : mark.end() + 40]))[:1]
        if readings and readings[0][0].year:
            found = readings[0]
            break
    if not found and not marked:
        found = [m for m in moments_in(lower) if m.year and m.month and m.day]
    days = set()
    for moment in found:
        with suppress(ValueError):  # a date such as 2024-02-31 is no date
            days.add(date(*moment))
    return days.pop() if len(days) == 1 else None
