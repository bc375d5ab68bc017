"""Words for rows and their fields, made of the fields' names."""

import re
from functools import lru_cache
from typing import Any

from toolace_mt.schemas.words import words_of
from toolace_mt.selection.values import Sort, place, sort_of

UNITS = {"usd": "dollars", "eur": "euros", "gbp": "pounds", "km": "km", "kg": "kg"}
_MONEY = frozenset(("price", "fare", "cost", "rent", "fee", "rate", "usd", "eur", "gbp", "deposit"))
_SUMS = frozenset(("paid", "amount", "total", "balance", "spent", "credit", "refund", "tip"))
_GRADES = frozenset(("rating", "stars", "score", "rated"))
_SPANS = frozenset(("years", "months", "weeks", "days", "hours"))
_LENGTHS = frozenset(("minutes", "hours", "days", "weeks", "months", "duration", "nights"))
_ARRIVALS = frozenset(("received", "sent", "created", "posted", "paid", "issued", "published"))
_COLLECTIONS = frozenset(
    ("", "results", "items", "data", "rows", "records", "entries", "list", "options", "matches")
)
_KEYS = (
    *("id", "ids", "number", "code", "key", "reference", "slug", "uuid"),
    *("path", "repo", "revision", "sha", "ts"),
)
_TAIL = frozenset(("now", "id", "at", "utc", *UNITS))
_PREPOSITIONS = frozenset(("at", "by", "from", "on", "until"))
_TIMELY = frozenset(("time", "date", "day", "hour", "sunrise", "sunset", "start", "end"))
_NOUNS = {
    **{"leaves": "departure", "departs": "departure", "arrives": "arrival", "begins": "start"},
    **{"starts": "start", "ends": "end", "opens": "opening", "closes": "closing"},
    **{
        "available": "available amount",
        "paid": "amount paid",
        "stars": "star rating",
        "sent": "sending",
        "received": "arrival",
        "valid": "expiry",
    },
}
_TITLES = frozenset(("name", "title"))
_FOUND = frozenset(
    ("message", "mail", "email", "alert", "transaction", "payment", "notification", "invoice")
)  # rows that are there already, of which nobody would say that they take one
_RELATIONS = {
    **dict.fromkeys(("sender", "from", "merchant", "shop", "store", "seller", "brand"), "from"),
    **dict.fromkeys(("author", "artist"), "by"),
    **dict.fromkeys(("airline", "carrier", "provider", "operator"), "with"),
    **dict.fromkeys(("city", "town", "room"), "in"),
    **dict.fromkeys(("address", "venue", "hotel name", "restaurant name"), "at"),
    **dict.fromkeys(("hazard", "topic"), "about"),
    **{"area": "in the", "shelf": "on shelf", "happening": "which is"},
}


def noun_of(path: str, field: str = "") -> str:
    """Return what a row at `path` is called: "flight" for `flights`, or after its key `field`."""
    name = re.sub(r"\[\d+\]", "", path).rsplit(".", 1)[-1]
    if name.lower() not in _COLLECTIONS:
        *rest, last = words_of(name) or (name,)
        return " ".join((*rest, singular(last)))
    stem = [word for word in words_of(field) if word not in _KEYS]
    return " ".join(stem) if is_key(field) and stem else "one"


def is_key(field: str) -> bool:
    """Return whether a field names rows by a code, which nobody orders or compares."""
    words = words_of(field)
    return bool(words) and words[-1] in _KEYS


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """Return a noun in the singular: "city" for "cities"."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


@lru_cache(maxsize=4096)
def plural(noun: str) -> str:
    """Return a noun in the plural: "cities" for "city"."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


def field_words(field: str, noun: str = "", value: Any = None) -> str:
    """Return a field's name as a noun, without its unit and without the noun of its row.

    `value` is a value of the field: `leaves_at` is a "departure time" if it holds times.
    """
    words = list(words_of(field)) or [field]
    sort = sort_of(value)
    kind = {"time": "time", "date": "date", "date-time": "time"}.get(sort, "")
    loose = _PREPOSITIONS if kind else ("in",)
    if len(words) > 1 and words[-1] in loose:
        words.pop()
    while len(words) > 1 and words[-1] in _TAIL:
        words.pop()
    own = noun.split()
    if len(words) > len(own) and words[: len(own)] == own:
        words = words[len(own) :]
    words[-1] = _NOUNS.get(words[-1], words[-1])
    if len(words) == 2 and words[0] in _SPANS:
        words.insert(1, "of")
    if kind and not set(" ".join(words).split()) & _TIMELY:
        words.append(kind)
    return " ".join(words)


def unit_of(field: str) -> str:
    """Return the word for the unit that a field's name ends with, "" if there is none."""
    words = words_of(field)
    return UNITS.get(words[-1], "") if words else ""


def is_title(field: str, noun: str) -> bool:
    """Return whether a field holds what rows are called: `name`, or `event_title` of an event."""
    *own, last = words_of(field) or ("",)
    return last in _TITLES and own in ([], noun.split()[-1:])


def is_found(path: str) -> bool:
    """Return whether rows at a path are there already, such as messages, and are not offered."""
    return noun_of(path).split()[-1] in _FOUND


def relation_of(field: str) -> str:
    """Return the preposition for the value of a field: "from" for a sender; "" without one."""
    words = words_of(field)
    ends = (" ".join(words[-2:]), *words[-1:])
    return next((_RELATIONS[end] for end in ends if end in _RELATIONS), "")


def said_value(field: str, value: Any) -> str:
    """Return a value of a field as a phrase states it: "20 dollars", "noon"."""
    if sort_of(value) == "time":
        return {"12:00": "noon"}.get(value, str(value)[:5])
    shown = f"{value:.10g}" if isinstance(value, float) else str(value)
    return f"{shown} {unit_of(field)}".strip()


def superlative(field: str, sort: Sort, descending: bool) -> str:
    """Return the adjective for the lowest or highest at a field, "" if its words say nothing."""
    words = set(words_of(field))
    low, high = _extremes(words, sort)
    return high if descending else low


def _extremes(words: set[str], sort: Sort) -> tuple[str, str]:
    if sort == "time":
        return "earliest", "latest"
    if sort in ("date", "date-time"):
        return ("oldest", "newest") if words & _ARRIVALS else ("earliest", "latest")
    if words & _SUMS:
        return "smallest", "largest"
    if words & _MONEY and (words & UNITS.keys() or not words & {"rate"}):
        return "cheapest", "most expensive"
    if words & _GRADES:
        return "lowest rated", "best rated"
    if "distance" in words:
        return "nearest", "farthest"
    if words & _LENGTHS:
        return "shortest", "longest"
    return "", ""


def adds_up(field: str) -> bool:
    """Return whether a total of a field over rows means something: payments, but not prices."""
    return bool(_SUMS & set(words_of(field)))


def length_of(field: str) -> tuple[str, str]:
    """Return what a field measures in time, and the unit: `ride_minutes` are "ride", "minutes"."""
    *own, last = words_of(field) or ("",)
    return (" ".join(own), last) if last in _LENGTHS and own else ("", "")


def counts(field: str, value: Any) -> bool:
    """Return whether a field counts things: "bedrooms", "seats left"."""
    words = words_of(field)
    many = any(word.endswith("s") and not word.endswith("ss") and len(word) > 3 for word in words)
    return many and not _GRADES & set(words) and isinstance(value, int) and place(value) is not None
