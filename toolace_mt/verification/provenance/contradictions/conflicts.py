"""Arguments that contradict what was told: the wrong kind, the wrong place, or almost right."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from toolace_mt.verification.provenance.contradictions.fields import (
    currency_of,
    currency_told,
    same_currency,
)
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.freedom import role_of
from toolace_mt.verification.provenance.matching.times import is_dated
from toolace_mt.verification.provenance.parameters import Class, Leaf, snake_case
from toolace_mt.verification.provenance.parsing.numbers import WORDS, is_amount
from toolace_mt.verification.provenance.parsing.words import Vocabulary, flat, related, word_set

_CODE = re.compile(r"(?=[\w#-]*\d)(?=[\w#-]*[A-Za-z])[\w#-]{4,40}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")
_DATE_WORDS = word_set("date day datetime deadline birthday dob when due birth")
_ID_WORDS = word_set("id number code reference sku iban tracking serial account order token key")
_PAIRS = tuple(
    (frozenset(first.split()), frozenset(second.split()))
    for first, second in (
        (
            "origin from source departure sender start",
            "destination to target arrival recipient end",
        ),
        ("von de da", "nach a para"),
        ("start begin checkin pickup since min minimum first", "end checkout return until max"),
        ("pick", "drop"),
    )
)
_FROM = word_set("from leaving departing out von aus ab desde de da depuis")
_TO = word_set("to into towards toward nach zu hacia a para vers")
_BACK = word_set("return returning round back roundtrip vuelta regreso zurück hin retour 往返")
_LEAST = word_set("min minimum lowest lower")
_MOST = word_set("max maximum highest upper")
_NEAR = 2  # words between a number and what it counts
_RECENT = 2


def contradiction(leaf: Leaf, judged_as: Class, nowhere: bool, known: Evidence) -> str:
    """Return what speaks against a value, "" if nothing does."""
    value = leaf.value
    wrong = _wrong_kind(leaf, judged_as) if isinstance(value, str) else ""
    if wrong or not nowhere:
        return wrong
    role = role_of(leaf.name)
    if isinstance(value, str) and "currency" in snake_case(leaf.name):
        told = currency_told(known)
        same = not told or same_currency(currency_of(value) or value, told)
        return "" if same else f"stands where {told} was told"
    if isinstance(value, str):
        close = _almost(value, known) if role in ("reference", "name", "other") else ""
        return f"is almost {close!r}, which was told" if close else ""
    other = _told_otherwise(leaf, known) if role == "choice" or "days" in leaf.name else ""
    return f"stands where {other} was told" if other else ""


def _wrong_kind(leaf: Leaf, judged_as: Class) -> str:
    """Tell a date where an identifier is wanted, and the reverse."""
    words = set(snake_case(leaf.name).split("_"))
    wants_date = leaf.schema.get("format") in ("date", "date-time") or not words.isdisjoint(
        _DATE_WORDS
    )
    if wants_date and judged_as == "date":
        spaced = leaf.value.replace("-", " ").replace("_", " ")
        code = _CODE.fullmatch(leaf.value) is not None and not is_dated(spaced)
        telling = code and sum(map(str.isdigit, leaf.value)) >= 2 and not _period(leaf.value)
        return "is an identifier where a date is wanted" if telling else ""
    if judged_as == "identifier" and not wants_date and not words.isdisjoint(_ID_WORDS):
        return "is a date where an identifier is wanted" if _DAY.fullmatch(leaf.value) else ""
    return ""


def _period(value: str) -> bool:
    return re.fullmatch(r"[PT\d]*\d+[a-zA-Z]{1,7}|\d{4}-?[QW]\d+|Q\d-?\d{4}", value) is not None


def _almost(value: str, known: Evidence) -> str:
    """Return the told word that differs from one in the value by a letter or two in their order."""
    words = flat(value).split()
    if len(words) > 3:
        return ""
    for word in words:
        if not word.isalpha() or len(word) < (5 if len(words) > 1 else 4) or known.knows(word):
            continue
        for passage in (*known.users[:_RECENT], *known.outputs[:_RECENT]):
            for other in passage.words:
                if len(other) == len(word) and other.isalpha() and _one_slip(word, other):
                    return other
    return ""


def _one_slip(word: str, other: str) -> bool:
    apart = [place for place, (a, b) in enumerate(zip(word, other, strict=True)) if a != b]
    if len(apart) == 1:
        return not (apart[0] == len(word) - 1 and word.isalpha())  # an ending
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and (word[apart[0]], word[apart[1]]) == (other[apart[1]], other[apart[0]])
    )


def _told_otherwise(leaf: Leaf, known: Evidence) -> str:
    """Return the number that the user has told beside the parameter's own words."""
    wanted = [word for word in snake_case(leaf.name).split("_") if len(word) > 3]
    for passage in known.users[:_RECENT] if wanted else ():
        words = passage.flat.split()
        for place, word in enumerate(words):
            number = int(word) if word.isdecimal() and len(word) < 10 else WORDS.get(word)
            if number is None or number <= 1:
                continue
            near = Vocabulary()
            near.update(words[max(0, place - _NEAR) : place] + words[place + 1 : place + 1 + _NEAR])
            if any(related(part, near) for part in wanted):
                return str(number)
    return ""


def swapped(leaves: Sequence[Leaf], known: Evidence) -> dict[str, str]:
    """Return what speaks against values that stand in each other's place, by path."""
    found: dict[str, str] = {}
    texts = [leaf for leaf in leaves if isinstance(leaf.value, str) and 1 < len(leaf.value) <= 60]
    for one, other in _pairs(texts, _opposite):
        if one.value != other.value and _in_wrong_order(one.value, other.value, known):
            found[one.path] = f"was told as the {snake_case(other.name).replace('_', ' ')}"
    amounts = [leaf for leaf in leaves if is_amount(leaf.value)]
    for one, other in _pairs(amounts, _is_least_and_most):
        if one.value > other.value > 0:
            found[one.path] = f"is more than the {snake_case(other.name).replace('_', ' ')}"
    return found


def _pairs(
    leaves: Sequence[Leaf], related: Callable[[str, str], bool]
) -> Iterator[tuple[Leaf, Leaf]]:
    """Yield the pairs of leaves with related names; each two names are compared once."""
    names = dict.fromkeys(leaf.name for leaf in leaves)
    partners = {name: {other for other in names if related(name, other)} for name in names}
    for one in leaves:
        if partners[one.name]:
            yield from ((one, other) for other in leaves if other.name in partners[one.name])


@lru_cache(maxsize=16384)
def _is_least_and_most(first: str, second: str) -> bool:
    """Tell whether two parameters bound one thing from below and from above."""
    words, others = (set(snake_case(name).split("_")) for name in (first, second))
    common = words & others
    return bool(words - common <= _LEAST and others - common <= _MOST and words ^ others)


@lru_cache(maxsize=16384)
def _opposite(first: str, second: str) -> bool:
    words, others = (snake_case(name).split("_") for name in (first, second))
    common = set(words) & set(others)
    one, two = set(words) - common, set(others) - common
    return any(one & a and two & b for a, b in _PAIRS)


def _in_wrong_order(start: Any, end: Any, known: Evidence) -> bool:
    if _DAY.fullmatch(start) and _DAY.fullmatch(end):
        return bool(start[:10] > end[:10])
    told = known.users[:_RECENT]
    if any(not _BACK.isdisjoint(passage.words) for passage in known.users):
        return False
    for passage in told:
        lower = passage.text.lower()
        at, to = lower.find(start.lower()), lower.find(end.lower())
        if at < 0 or to < 0:
            continue
        return _led_by(lower, at) in _TO and _led_by(lower, to) in _FROM
    return False


def _led_by(lower: str, at: int) -> str:
    """Return the word before a place in a text, or the one before that if it is none of ours."""
    words = lower[max(0, at - 24) : at].split()[-2:]
    return next((word for word in reversed(words) if word in _FROM | _TO), "")
