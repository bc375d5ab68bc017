"""Looking a number up: told as it is, in another unit, counted, rounded, or computed."""

import re

from toolace_mt.verification.provenance_known import NOWHERE, Found, Known, Passage
from toolace_mt.verification.provenance_numbers import (
    Number,
    combination,
    conversion,
    implied,
    rounding,
)
from toolace_mt.verification.provenance_schema import Leaf, snake_case

_AMOUNT = re.compile(
    r"amount|total|sum|price|cost|budget|fee|balance|quantity|count|difference|duration|minutes"
    r"|points|score|distance|weight|calories|tip|tax|discount|payment|limit|average|percent"
)
_MOST = 64  # numbers of one passage that are converted
_OPERANDS = 16  # numbers that are combined


def look_up_number(value: Number, leaf: Leaf | None, known: Known) -> Found:
    """Return where a number comes from."""
    for passage in known.recent("user"):
        if value in passage.numbers or (value < 0 and -value in passage.numbers):
            return Found("user", passage.label)
    source = known.values.get(value)
    if source is not None:
        return Found("output", source)
    for passage in known.recent("output"):
        if value in passage.numbers:
            return Found("output", passage.label)
    return _derived(value, leaf, known) or NOWHERE


def _derived(value: Number, leaf: Leaf | None, known: Known) -> Found | None:
    name = snake_case(leaf.name) if leaf else ""
    described = str(leaf.schema.get("description", ""))[:300] if leaf else ""
    wording = f"{name} {described}".lower()
    latest = known.latest()
    for passage in latest:
        how = _from_passage(value, wording, passage)
        if how:
            return Found("derived", f"{passage.label}: {how}")
    if _AMOUNT.search(name):
        told = [number for passage in latest for number in sorted(passage.numbers)]
        how = combination(value, told[:_OPERANDS])
        return Found("derived", how) if how else None
    return None


def _from_passage(value: Number, wording: str, passage: Passage) -> str:
    numbers = sorted(passage.numbers)[:_MOST]
    how = conversion(value, numbers, f"{wording} {passage.text[:2000].lower()}")
    if how:
        return how
    if passage.speaker == "output":
        counted = "number of entries" if _counts(value, passage) else ""
        return rounding(value, numbers) or counted
    if 12 < value <= 24 and value - 12 in passage.numbers and re.search("hour|time", wording):
        return f"{value - 12} PM"
    return implied(value, passage.words)


def _counts(value: Number, passage: Passage) -> bool:
    """Tell whether the output has a list of that many entries."""
    if not isinstance(value, int) or not 0 < value <= 1000:
        return False
    last, beyond = f"[{value - 1}]", f"[{value}]"
    prefixes = {path.split(last)[0] for path, _ in passage.leaves if last in path}
    return any(
        not any(path.startswith(prefix + beyond) for path, _ in passage.leaves)
        for prefix in prefixes
    )
