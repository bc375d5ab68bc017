"""The string formats of JSON Schema: how each is drawn, bounded and checked."""

import random
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from toolace_mt.schemas.realistic import values, words

T = TypeVar("T")

_DAY = "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_HOST = r"[a-z0-9]{1,20}(-[a-z0-9]{1,20})?(\.[a-z]{2,12}){1,2}"
_URI = rf"https?://{_HOST}(/[A-Za-z0-9._=?&-]{{1,40}}){{0,4}}"
_EMAIL = rf"[a-z0-9]{{1,20}}(\.[a-z0-9]{{1,20}})?@{_HOST}"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

PATTERNS = {
    "date": _DAY,
    "time": f"{_CLOCK}(:[0-5][0-9])?",
    "date-time": f"{_DAY}T{_CLOCK}:[0-5][0-9]Z",
    "duration": "P([1-9][0-9]?D|T[1-9][0-9]?[HM])",
    "uuid": _UUID,
    "ipv4": rf"{_OCTET}(\.{_OCTET}){{3}}",
    "ipv6": "[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}",
    **dict.fromkeys(("email", "idn-email"), _EMAIL),
    **dict.fromkeys(("hostname", "idn-hostname"), _HOST),
    **dict.fromkeys(("uri", "uri-reference", "iri", "iri-reference"), _URI),
}
"""A regular expression of bounded length for each format, for its usual strings."""


def choose(options: Sequence[T], rng: random.Random) -> T:
    """Return a random element; cheaper than `rng.choice`, for hot paths."""
    return options[int(rng.random() * len(options))]


def _day(rng: random.Random) -> str:
    return (date(2026, 1, 5) + timedelta(days=int(rng.random() * 700))).isoformat()


def _clock(rng: random.Random) -> str:
    return f"{rng.randrange(7, 22):02d}:{rng.randrange(0, 60, 5):02d}"


def _uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _of(kind: str) -> Callable[[random.Random], str]:
    return lambda rng: choose(values(kind), rng)


DRAWN: dict[str, Callable[[random.Random], str]] = {
    "date": _day,
    "time": _clock,
    "date-time": lambda rng: f"{_day(rng)}T{_clock(rng)}:00Z",
    "duration": lambda rng: f"PT{rng.randrange(5, 95, 5)}M",
    "uuid": _uuid,
    "ipv4": lambda rng: ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
    "ipv6": lambda rng: ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(8)),
    "json-pointer": lambda rng: f"/{choose(words(), rng)}/{rng.randrange(10)}",
    "relative-json-pointer": lambda rng: f"{rng.randrange(5)}/{choose(words(), rng)}",
    "regex": lambda rng: f"^{choose(words(), rng)}$",
    **dict.fromkeys(("email", "idn-email"), _of("email")),
    **dict.fromkeys(("hostname", "idn-hostname"), _of("host")),
    **dict.fromkeys(("uri", "uri-reference", "iri", "iri-reference", "uri-template"), _of("url")),
}
"""A function that draws a realistic string of each format."""

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?", re.ASCII)
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](.*)", re.ASCII)


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    match = _DATE_TIME.fullmatch(text)
    try:
        return match is not None and date.fromisoformat(match[1]) is not None and _is_time(match[2])
    except ValueError:  # a day that does not exist
        return False


LENIENT: dict[str, Callable[[str], bool]] = {"time": _is_time, "date-time": _is_date_time}
"""Formats with a check less strict than RFC 3339, which demands seconds and an offset.

Definitions and calls write a time of day as 14:30, not as `14:30:00Z`.
"""
