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
from toolace_mt.verification.provenance.matching.wording import other_names
from toolace_mt.verification.provenance.parameters import snake_case
from toolace_mt.verification.provenance.parsing.mentions import Mention, mentions
from toolace_mt.verification.provenance.parsing.numbers import CURRENCY_SIGNS, Number
from toolace_mt.verification.provenance.parsing.words import Vocabulary, flat, related, word_set
from toolace_mt.verification.provenance.passage import Passage

_SIGNS = {"$": "dollar", "€": "EUR", "£": "GBP", "¥": "yen", "₹": "INR"}
_DOLLARS = frozenset(("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "BRL"))
_YENS = frozenset(("JPY", "CNY"))
_UNITS: tuple[dict[str, str], ...] = (
    {
        "km": "km kilometer kilometers kilometre kilometres",
        "mi": "mi mile miles",
        "m": "m meters metres",
        "cm": "cm centimeters centimetres centimeter centimetre",
        "mm": "mm millimeters millimetres millimeter millimetre",
        "inch": "inch inches",
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
_NAMES = frozenset[str]().union(*(words.split() for kind in _UNITS for words in kind.values()))
_GENERIC = word_set(
    "id number value total count amount data result results name code type status day days date"
    " time hour hours minute minutes week weeks month months year years percent item items order"
    " orders option options price prices cost costs level page size step steps people person"
)
_AFTER = re.compile(r"\s*(?:°\s*)?(℃|℉|[a-z]+(?: francs?)?)", re.IGNORECASE)
_CURRENCY = re.compile(rf"[{CURRENCY_SIGNS}]|[A-Z]{{3}}")
_TELLING = 4  # values below are told in words as often
_SHORT = 4  # letters of a word that begins too many others
_RECENT = 3  # outputs of which fields are compared


def against(mention: Mention, found: Found, reply: str, known: Evidence) -> str:
    """Return what speaks against a number of a reply, "" if nothing does."""
    if mention.judged_as != "number" or not known.outputs:
        return ""
    value, end = mention.value, mention.start + len(mention.text)
    after = _AFTER.match(reply, end)
    word = after[1].lower() if after else ""
    if found.kind in ("output", "user"):
        wrong = _currency(mention, word, reply, known) or _unit(value, word, known)
        if wrong:
            return wrong
    return _other_field(mention, word, found, reply, known)


def _fields(known: Evidence, value: Number) -> Iterator[tuple[Passage, Steps, Any]]:
    """Yield the recent fields that have a value."""
    for passage in known.outputs[:_RECENT]:
        for steps, told in passage.fields.get(value, ()):
            yield passage, steps, told


@cache
def currency_of(text: str) -> str:
    """Return the code of the currency that a sign, a code or a name means, "" if none."""
    if text in _SIGNS:
        return _SIGNS[text]
    phrase = flat(text)
    for name in (phrase.strip(), *(other.strip() for other in other_names(phrase))):
        if name.upper() in _CODES:
            return name.upper()
    return ""


_CODES = _DOLLARS | _YENS | word_set("EUR GBP INR CHF SEK NOK DKK PLN TRY RUB KRW ZAR THB")


def same_currency(one: str, other: str) -> bool:
    """Tell whether two names of `currency_of` may mean the same: "$" is any dollar."""
    if one == other:
        return True
    return any(
        name in (one, other) and (one in group or other in group)
        for name, group in (("dollar", _DOLLARS), ("yen", _YENS))
    )


def _currency(mention: Mention, word: str, reply: str, known: Evidence) -> str:
    sign = mention.text[0]
    said = currency_of(sign) if sign in _SIGNS else ""
    if not said:
        said = _named_in(word)
    if not said:
        return ""
    told = [c for p, s, t in _fields(known, mention.value) if (c := _told_currency(p, s, t))]
    value, users = mention.value, known.users[:_RECENT]
    signs = {sign for passage in users for sign, number in passage.signs if number == value}
    told += [currency for text in signs if (currency := currency_of(text))]
    told += [c for p in users for words in p.worded.get(value, ()) if (c := _named_in(words))]
    if told and not any(same_currency(said, currency) for currency in told):
        return f"is told in {told[0]}"
    other = "" if told or mention.text[0] not in _SIGNS else _unheard(mention, said, reply, known)
    return f"is in a currency that nobody has named: all else is in {other}" if other else ""


def currency_told(known: Evidence) -> str:
    """Return the only currency that the latest message names, "" if it names none or several."""
    if not known.users:
        return ""
    latest = known.users[0]
    named = {currency_of(sign) for sign in _SIGNS if sign in latest.text}
    named |= {currency_of(word) for word in latest.words & _MONEY_WORDS}
    return named.pop() if len(named) == 1 else ""


def _named_in(words: str) -> str:
    """Return the currency that the words behind a number name, "" if none."""
    first = words.split()[0] if words else ""
    if first in _MONEY_WORDS:
        return currency_of(first)
    return currency_of(words) if "franc" in words else ""


def _unheard(mention: Mention, said: str, reply: str, known: Evidence) -> str:
    """Return the sign of all other amounts if nobody has named this one's currency, or ""."""
    sign = mention.text[0]
    names = {said.lower(), *(name.strip() for name in other_names(flat(said)))}
    passages = (*known.users[:_RECENT], *known.outputs[:_RECENT], *known.assistants[:_RECENT])
    used = frozenset[str]().union(*(passage.currency_signs for passage in passages))
    if sign in used or any(map(known.knows, names)):
        return ""
    others = {s for s in _SIGNS if s != sign and (s in used or s in reply)}
    return others.pop() if len(others) == 1 and reply.count(sign) == 1 else ""


_MONEY_WORDS = word_set(
    "dollar dollars euro euros pounds yen yuan rupees usd eur gbp jpy cny inr chf"
)


def _told_currency(passage: Passage, steps: Steps, told: Any) -> str:
    """Return the currency of a field: in its text, in its name, or in a field beside it."""
    if isinstance(told, str) and (sign := _CURRENCY.search(told)):
        return currency_of(sign[0])
    names = snake_case(str(steps[-1])).split("_") if steps else []
    for name in names:
        if name in ("usd", "eur", "gbp", "jpy", "inr", "chf", "cad", "aud"):
            return name.upper()
    for depth in range(len(steps) - 1, -1, -1) if passage.currencies else ():
        code = passage.currencies.get(steps[:depth])
        if code:
            return currency_of(code)
    return ""


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
    told: set[str] = set()
    for _, steps, leaf in _fields(known, value):
        names = snake_case(str(steps[-1])).split("_") if steps else []
        if isinstance(leaf, str):
            names = re.findall(r"[a-z℃℉]+", leaf.lower()) or names
        units = [unit for name in names[-1:] if (unit := _unit_of(name))[0] == kind]
        if not units:
            return ""
        told.update(unit for _, unit in units)
    return f"is told in {', '.join(sorted(told))}" if told and said not in told else ""


def _other_field(mention: Mention, word: str, found: Found, reply: str, known: Evidence) -> str:
    """Tell a number that stands where a reply speaks of another field of the same record."""
    value = mention.value
    if found.kind not in ("output", "nowhere") or not isinstance(value, int | float):
        return ""
    for passage in known.outputs[:1]:
        places = passage.fields.get(value, ())
        if len(word) > 3 and word not in _GENERIC and word in passage.keys:
            named = {v for s, v in passage.counts if _is_called(s, word)}
            if len(named) == 1 and value not in named and places and abs(min(named) - value) > 1:
                return f"is not the number of {word}, which is {min(named)}"
        if len(places) == 1:
            right = _spoken_of(places[0][0], _clause(reply, mention), reply, passage)
            if right:
                return f"is the {_last(places[0][0])}, where {right} is spoken of"
    return ""


def _clause(reply: str, mention: Mention) -> Vocabulary:
    """Return the words just around a number, in its sentence."""
    before = re.split(r"[.;:,!?\n(]\s|\band\b", reply[max(0, mention.start - 48) : mention.start])[
        -1
    ]
    end = mention.start + len(mention.text)
    after = re.split(r"[.;:,!?\n)]|\band\b", reply[end : end + 24])[0]
    near = Vocabulary()
    near.update(flat(f"{before} {after}").split())
    return near


def _spoken_of(place: Steps, near: Vocabulary, reply: str, passage: Passage) -> str:
    """Return another field of the record, named in the clause, whose value the reply lacks."""
    own = _words_of(place)
    if not own or any(related(word, near) for word in own):
        return ""
    for steps, value in passage.counts:
        if steps[:-1] != place[:-1] or steps == place:
            continue
        words = [word for word in _words_of(steps) if word not in own]
        if not words or not all(_is_named(word, near) for word in words):
            continue
        said = any(other.value == value for other in mentions(reply)) or abs(value) < _TELLING
        if not said:
            return f"{_last(steps)} ({value})"
    return ""


def _is_named(word: str, near: Vocabulary) -> bool:
    """Tell whether a clause names a field; a short word only as it is: wind is no window."""
    return word in near if len(word) <= _SHORT else related(word, near)


def _words_of(steps: Steps) -> list[str]:
    return [word for word in snake_case(_last(steps)).split("_") if word not in _NAMES and word]


def _last(steps: Steps) -> str:
    return next((str(step) for step in reversed(steps) if isinstance(step, str)), "")


def _is_called(steps: Steps, word: str) -> bool:
    if any(isinstance(step, int) for step in steps):
        return False
    name = snake_case(_last(steps)).removeprefix("number_of_").removeprefix("num_")
    return name.removesuffix("_count") == word
