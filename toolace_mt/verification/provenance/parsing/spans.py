"""Spans of time in texts ("two weeks"), and words that name a time from today ("tomorrow")."""

import re

from toolace_mt.verification.provenance.parsing.numbers import WORDS

_SPAN = re.compile(
    r"\b(\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple|few|next|following"
    r"|previous)(?: of| more)?[\s-]+(minute|min|hour|hr|night|day|week|fortnight|month|year)s?\b"
    r"|\b(?:the|one|a) (day) (?:after|before)\b"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_RELATIVE = re.compile(
    r"\b(day (?:after tomorrow|before yesterday)|today|tonight|tomorrow|yesterday|now|immediately"
    r"|asap|(?:first|last|final) day of (?:the|this|next) (?:week|month|year)"
    rf"|(?:(?:this|next|last|past|coming|previous|following)\s+)?(?:{_WEEKDAY}|weekend)"
    r"|(?:this|next|last|past|coming|previous|following|same)\s+(?:\w+\s+)?(?:day|night|week|month"
    r"|year|quarter|summer|winter|spring|fall|autumn|morning|afternoon|evening)s?"
    r"|(?:rest|end|start|beginning) of the (?:day|week|month|year)"
    r"|christmas|new year|easter|thanksgiving|halloween|valentine)\b"
)
_RELATIVE_SIGNS = (  # one of these stands in whatever `_RELATIVE` finds
    *("day", "night", "tomorrow", "now", "immediately", "asap", "week", "month", "year", "quarter"),
    *("summer", "winter", "spring", "fall", "autumn", "morning", "afternoon", "evening"),
    *("christmas", "easter", "thanksgiving", "halloween", "valentine"),
)
_UNITS = ("min", "hour", "hr", "night", "day", "week", "month", "year")
_COUNTS = {"": 1, "a": 1, "an": 1, "couple": 2, "few": 3, "next": 1, "following": 1, "previous": 1}
_COUNTS |= {word: int(value) for word, value in WORDS.items() if 1 <= value <= 10}
_HALF_HOURS = (("half an hour", 30), ("half hour", 30), ("half-hour", 30), ("hour and a half", 90))
_MOST_RELATIVE = 16


def relative_words(lower: str) -> tuple[str, ...]:
    """Return words such as "tomorrow" and "next week" in a text in lower case, at most 16."""
    if not any([sign in lower for sign in _RELATIVE_SIGNS]):  # noqa: C419 (a list is faster here)
        return ()
    return tuple(_RELATIVE.findall(lower)[:_MOST_RELATIVE])


def spans_in(lower: str) -> tuple[tuple[int, str], ...]:
    """Return the spans of time that a text in lower case names: a count and a unit of each."""
    if not any(unit in lower for unit in _UNITS):
        return ()
    told = [
        (int(count) if count.isdecimal() else _COUNTS[count], unit or day)
        for count, unit, day in _SPAN.findall(lower)
    ]
    told += [(minutes, "min") for words, minutes in _HALF_HOURS if words in lower]
    return tuple(told)
