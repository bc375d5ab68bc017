"""Arguments that contradict what was told: the wrong kind, the wrong place, or almost right."""

import re

from toolace_mt.verification.provenance.contradictions.fields import (
    currency_of,
    currency_told,
    same_currency,
)
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.freedom import role_of
from toolace_mt.verification.provenance.matching.times import is_dated
from toolace_mt.verification.provenance.parameters import Class, Leaf, snake_case
from toolace_mt.verification.provenance.parsing.numbers import WORDS
from toolace_mt.verification.provenance.parsing.words import Vocabulary, flat, related, word_set

_CODE = re.compile(r"(?=[\w#-]*\d)(?=[\w#-]*[A-Za-z])[\w#-]{4,40}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")
_DATE_WORDS = word_set("date day datetime deadline birthday dob when due birth")
_ID_WORDS = word_set("id number code reference sku iban tracking serial account order token key")
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
