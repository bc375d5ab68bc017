"""Numbers of a reply that contradict the field they speak of: its value, its unit, its currency.

An output says what its numbers are: by the name of their field (`rooms`, `distance_km`), by a sign
or unit beside them ("38°C"), by a `currency` beside them. A reply that puts another word beside the
number, or another number beside the word, contradicts it.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.evidence import Evidence, Found
from toolace_mt.verification.provenance.mentions import Mention
from toolace_mt.verification.provenance.numbers import Number, is_amount, parse_number
from toolace_mt.verification.provenance.parameters import snake_case
from toolace_mt.verification.provenance.passage import Passage
from toolace_mt.verification.provenance.wording import other_names
from toolace_mt.verification.provenance.words import flat, word_set

_SIGNS = {"$": "dollar", "€": "EUR", "£": "GBP", "¥": "yen", "₹": "INR"}
_DOLLARS = frozenset(("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "BRL"))
_YENS = frozenset(("JPY", "CNY"))
_UNITS: tuple[dict[str, str], ...] = (
    {
        "km": "km kilometer kilometers kilometre kilometres",
        "mi": "mi mile miles",
        "m": "m meters metres",
        "ft": "ft feet foot",
    },
    {
        "min": "min mins minute minutes",
        "h": "h hr hrs hour hours",
        "s": "s sec secs second seconds",
        "d": "day days",
        "wk": "week weeks",
    },
    {
        "kg": "kg kilos kilograms kilogram",
        "lb": "lb lbs pounds",
        "g": "g grams gram",
        "oz": "oz ounces",
    },
    {"c": "c celsius", "f": "f fahrenheit"},
    {"kmh": "kmh kph", "mph": "mph"},
    {"gb": "gb", "mb": "mb", "tb": "tb", "kb": "kb"},
)
_LONG_UNITS = word_set("km kilometers mi miles min minutes hours h days kg lb c f gb mb mph kmh")
_GENERIC = word_set(
    "id number value total count amount data result results name code type status day days date time"
    " hour hours minute minutes week weeks month months year years percent item items order orders"
    " option options price prices cost costs level page size step steps people person"
)
_AFTER = re.compile(r"\s*(?:°\s*)?(℃|℉|[a-z]+)", re.IGNORECASE)
_RECENT = 3  # outputs of which fields are compared


def against(mention: Mention, found: Found, reply: str, known: Evidence) -> str:
    """Return what speaks against a number of a reply, "" if nothing does."""
    if mention.judged_as != "number" or not known.outputs:
        return ""
    value, end = mention.value, mention.start + len(mention.text)
    after = _AFTER.match(reply, end)
    word = after[1].lower() if after else ""
    if found.kind in ("output", "user"):
        wrong = _currency(mention, word, known) or _unit(value, word, known)
        if wrong:
            return wrong
    return _other_field(value, word, found, known)


def _fields(known: Evidence, value: Number) -> Iterator[tuple[Passage, Steps, Any]]:
    """Yield the recent fields that have a value."""
    for passage in known.outputs[:_RECENT]:
        for steps, told in passage.fields.get(value, ()):
            yield passage, steps, told


@cache
def _currency_of(text: str) -> str:
    """Return the code of the currency that a sign, a code or a name means, "" if none."""
    if text in _SIGNS:
        return _SIGNS[text]
    phrase = flat(text)
    for name in (phrase.strip(), *(other.strip() for other in other_names(phrase))):
        if name.upper() in _CODES:
            return name.upper()
    return ""


_CODES = _DOLLARS | _YENS | word_set("EUR GBP INR CHF SEK NOK DKK PLN TRY RUB KRW ZAR THB")


def _same_currency(one: str, other: str) -> bool:
    if one == other:
        return True
    return any(
        name in (one, other) and (one in group or other in group)
        for name, group in (("dollar", _DOLLARS), ("yen", _YENS))
    )


def _currency(mention: Mention, word: str, known: Evidence) -> str:
    sign = mention.text[0]
    said = _currency_of(sign) if sign in _SIGNS else ""
    if not said and word in _MONEY_WORDS:
        said = _currency_of(word)
    if not said:
        return ""
    told = [c for p, s, t in _fields(known, mention.value) if (c := _told_currency(p, s, t))]
    signs = {text for p in known.users[:_RECENT] for text in _signed(p, mention.value)}
    told += [currency for text in signs if (currency := _currency_of(text))]
    if told and not any(_same_currency(said, currency) for currency in told):
        return f"is told in {told[0]}"
    return ""


_MONEY_WORDS = word_set(
    "dollar dollars euro euros pounds yen yuan rupees usd eur gbp jpy cny inr chf"
)


def _told_currency(passage: Passage, steps: Steps, told: Any) -> str:
    """Return the currency of a field: in its text, in its name, or in a field beside it."""
    if isinstance(told, str) and (sign := re.search(r"[$€£¥₹]|[A-Z]{3}", told)):
        return _currency_of(sign[0])
    names = snake_case(str(steps[-1])).split("_") if steps else []
    for name in names:
        if name in ("usd", "eur", "gbp", "jpy", "inr", "chf", "cad", "aud"):
            return name.upper()
    for depth in range(len(steps) - 1, -1, -1) if passage.currencies else ():
        code = passage.currencies.get(steps[:depth])
        if code:
            return _currency_of(code)
    return ""


def _signed(passage: Passage, value: Number) -> list[str]:
    found = re.findall(r"([$€£¥₹])\s?(\d[\d,]*(?:\.\d+)?)", passage.text)
    return [sign for sign, digits in found if parse_number(digits) == value]


@cache
def _unit_of(word: str) -> tuple[int, str]:
    """Return the kind and the unit that a word means; kind -1 if none."""
    word = {"℃": "c", "℉": "f"}.get(word, word)
    for kind, units in enumerate(_UNITS):
        for unit, words in units.items():
            if word in words.split():
                return kind, unit
    return -1, ""


def _unit(value: Number, word: str, known: Evidence) -> str:
    kind, said = _unit_of(word)
    if kind < 0:
        return ""
    told = set()
    for _, steps, leaf in _fields(known, value):
        names = snake_case(str(steps[-1])).split("_") if steps else []
        if isinstance(leaf, str):
            names = re.findall(r"[a-z℃℉]+", leaf.lower()) or names
        units = [unit for name in names[-1:] if (unit := _unit_of(name))[0] == kind]
        if not units:
            return ""
        told.update(unit for _, unit in units)
    return f"is told in {', '.join(sorted(told))}" if told and said not in told else ""


def _other_field(value: Number, word: str, found: Found, known: Evidence) -> str:
    """Tell a number beside the name of a field that has another value, told for another field."""
    if len(word) < 4 or word in _GENERIC or found.kind not in ("output", "nowhere"):
        return ""
    for passage in known.outputs[:1]:
        if word not in passage.keys:
            continue
        named = {
            v
            for steps, v in passage.leaves
            if is_amount(v) and _is_called(steps, word) and not any(map(_is_index, steps))
        }
        if len(named) != 1 or value in named:
            continue
        (right,) = named
        elsewhere = any(v == value and is_amount(v) for _, v in passage.leaves)
        if elsewhere and abs(right - value) > 1:
            return f"is not the number of {word}, which is {right}"
    return ""


def _is_index(step: object) -> bool:
    return isinstance(step, int)


def _is_called(steps: Steps, word: str) -> bool:
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    last = snake_case(name).split("_")
    return last[-1] == word or (len(last) == 2 and last[0] == word and last[1] == "count")
