"""Looking a number up: told as it is, in another unit, counted, rounded, or computed."""

import math
import re
from collections.abc import Iterator
from itertools import islice

from toolace_mt.schemas.paths import Steps, place
from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.matching.arithmetic import (
    combination,
    conversion,
    implied,
    rounding,
    scaled,
)
from toolace_mt.verification.provenance.matching.named import named_numbers
from toolace_mt.verification.provenance.parameters import Leaf, snake_case
from toolace_mt.verification.provenance.parsing.numbers import Number, is_amount
from toolace_mt.verification.provenance.parsing.words import flat, word_set
from toolace_mt.verification.provenance.passage import Passage, Speaker

_MONEY = word_set(
    "amount total subtotal sum price prices cost costs budget fee fees balance payment tip tax"
    " discount fare refund charge deposit spent paid due salary usd eur value"
)
_AMOUNT = _MONEY | word_set(
    "quantity count number difference duration minutes hours days points score distance weight"
    " calories limit average percent rate stock units"
)
_BOUND = word_set("less fewer under below more over above")
_BELOW = word_set("less fewer under below")
_BOUNDED = re.compile(r"\b(less|fewer|under|below|more|over|above)(?: than)? (\d{1,12})\b")
_DAYS = word_set("days num number of past last back lookback window history period range")
_WORKING_DAYS = {
    **{"week": range(5, 6), "fortnight": range(10, 11), "month": range(20, 24)},
    **{"quarter": range(60, 67), "year": range(250, 263)},
}
_CHANCE = 30  # integers up to here stand in most outputs
_OPERANDS = 8  # akin numbers of outputs that are combined; of more, those that somebody has named
_FEW = 6  # numbers of one message that may be meant to be added or subtracted
_MOST = 64  # numbers of one output
_NEAREST = 16  # outputs that are looked at for the same field
_RECENT = 2  # messages and outputs that arithmetic may draw on


def look_up_number(value: Number, leaf: Leaf | None, known: Evidence) -> Found:
    """Return where a number comes from. NaN and infinity come from nowhere."""
    if isinstance(value, float) and not math.isfinite(value):
        return NOWHERE
    source = known.value(value) or known.value(str(value))
    if leaf is None and source is not None:  # of a reply: outputs have told it first
        return Found("output", source)
    user = known.latest_with("numbers", value, ("user",))
    if user is None and value < 0:
        user = known.latest_with("numbers", -value, ("user",))
    if user is not None:
        return Found("user", user.label)
    if source is not None and not _by_chance(value, leaf, source[1]):
        return Found("output", source)
    for passage in islice(known.having("numbers", value, ("output",)), _NEAREST):
        if source is None or _same_field(value, leaf, passage):
            return Found("output", passage.label)
    derived = _derived(value, leaf, known) if leaf and is_amount(value) else None
    if derived is not None or source is None:
        return derived or NOWHERE
    return Found("nowhere", f"the same number stands in {place(*source)}")


def _by_chance(value: Number, leaf: Leaf | None, steps: Steps) -> bool:
    """Tell whether a small count is likely to stand in an output of something else by chance."""
    if leaf is None or isinstance(value, float) or abs(value) > _CHANCE:
        return False
    return not _shares_word(leaf.name, steps)


def _same_field(value: Number, leaf: Leaf | None, passage: Passage) -> bool:
    fields = passage.fields.get(value, ()) if leaf else ()
    return leaf is not None and any(_shares_word(leaf.name, steps) for steps, _ in fields)


def _shares_word(name: str, steps: Steps) -> bool:
    words = set(snake_case(name).split("_"))
    return any(
        not words.isdisjoint(snake_case(step).split("_")) for step in steps if isinstance(step, str)
    )


def _derived(value: Number, leaf: Leaf, known: Evidence) -> Found | None:
    name = snake_case(leaf.name)
    described = str(leaf.schema.get("description", ""))[:300]
    wording = frozenset(flat(f"{name} {described}").split())
    for passage in known.latest():
        how = _from_passage(value, wording, passage)
        if not how and frozenset(name.split("_")) <= _DAYS:
            how = _working_days(value, passage.words)
        if how:
            return Found("derived", f"{passage.label}: {how}")
    words = frozenset(name.split("_"))
    if not words.isdisjoint(_AMOUNT):
        how = combined(value, known, words) or _of_the_same_call(value, known)
        return Found("derived", how) if how else None
    return None


def _of_the_same_call(value: Number, known: Evidence) -> str:
    """Explain a total by a price that was told and how many people the dialogue speaks of."""
    counts = [n for p in known.users[:_RECENT] for n in p.figures if n < _CHANCE]
    counts += [int(text) for text in known.call if text.isdecimal() and len(text) < 3]
    for numbers in named_numbers(known, known.call):
        how = combination(value, numbers, numbers) or scaled(value, [sum(numbers)], counts)
        if how:
            return how
    prices = [n for p in known.outputs[:_RECENT] for n in p.figures[-_MOST:] if n >= _CHANCE]
    how = scaled(value, prices, counts)
    if how:
        return how
    rates = [n for p in known.users[-1:] for n in p.figures if n >= _CHANCE]
    counts += [n for p in known.outputs[:_OPERANDS] for n in p.figures if n <= _FEW]
    return scaled(value, rates, counts)


def combined(value: Number, known: Evidence, words: frozenset[str] = frozenset()) -> str:
    """Return how a value follows from the latest messages and akin numbers of the latest outputs.

    `words` are those of the parameter's name, to which the names of the numbers must be akin; of a
    reply there are none: then any numbers do that are akin to each other.
    """
    told = [n for passage in known.users[:_RECENT] for n in passage.amounts][:_OPERANDS]
    groups = _groups(known)
    if words:
        wanted = _kin(words)
        groups = {kin: numbers for kin, numbers in groups.items() if not wanted.isdisjoint(kin)}
    spoken: tuple[Speaker, ...] = ("user", "assistant")
    for numbers in groups.values():
        few = numbers
        if len(numbers) > _OPERANDS:
            few = [n for n in numbers if known.latest_with("numbers", n, spoken)]
        how = combination(value, told, few[: 2 * _OPERANDS]) if few else ""
        if how:
            return how
    few = [n for n in known.users[0].amounts if n >= _CHANCE] if known.users else []
    return combination(value, few, few) if 1 < len(few) <= _FEW else ""


def _groups(known: Evidence) -> dict[frozenset[str], list[Number]]:
    """Return the numbers of the latest outputs by what their names have in common."""
    groups: dict[frozenset[str], list[Number]] = {}
    for passage in known.outputs[:_RECENT]:
        for name, numbers in passage.named.items():
            kin = _kin(frozenset(snake_case(name).split("_"))) if name else _MONEY
            groups.setdefault(kin, []).extend(numbers)
    return groups


def _kin(words: frozenset[str]) -> frozenset[str]:
    """Return the words of the same family: all that mean money, or the words themselves."""
    return words if words.isdisjoint(_MONEY) else _MONEY


def _from_passage(value: Number, wording: frozenset[str], passage: Passage) -> str:
    near = passage.keys if passage.speaker == "output" else passage.words
    how = conversion(value, passage.ordered, wording | near)
    if how:
        return how
    if any(n == value and unit in wording for n, unit in _long_units(passage)):
        return "a span of time"
    if passage.speaker == "output":
        counted = "number of entries" if _counts(value, passage) else ""
        return rounding(value, passage.ordered) or counted
    if 12 < value < 24 and re.search(rf"\b{value - 12}(?::\d\d)?\s*p\.?m", passage.text, re.I):
        return f"{value - 12} PM"
    if "year" in wording and {value - 2000, value - 1900} & passage.numbers:
        return "a year in two digits"
    if not _BOUND.isdisjoint(passage.words) and _next_to_bound(value, passage.text):
        return "next to a bound"
    return implied(value, passage.words)


def _working_days(value: Number, words: frozenset[str]) -> str:
    """Return the period that was named and has about so many working days, as a reason, or ""."""
    spans = _WORKING_DAYS.items()
    return next((f"the working days of a {w}" for w, d in spans if value in d and w in words), "")


def _long_units(passage: Passage) -> Iterator[tuple[int, str]]:
    """Yield the spans that somebody has named, in the words in which parameters have them."""
    for count, unit in passage.calendar.spans:
        for name in {"min": ("minutes", "minute", "duration"), "hr": ("hours", "hour")}.get(
            unit, (f"{unit}s", unit)
        ):
            yield count, name


def _next_to_bound(value: Number, text: str) -> bool:
    """Tell whether the text says "less than" the next number or "more than" the one before."""
    return any(
        int(number) == value + (1 if side in _BELOW else -1)
        for side, number in _BOUNDED.findall(text.lower())
    )


def _counts(value: Number, passage: Passage) -> bool:
    """Tell whether the output has a list of that many entries."""
    return value in passage.ends.values()
