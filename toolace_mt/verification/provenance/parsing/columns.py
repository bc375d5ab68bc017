"""The numbers of an output by what its fields are called, by their value, and by column."""

import re
from collections.abc import Iterable
from typing import Any

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.parsing.numbers import (
    Number,
    is_amount,
    numbers_in,
    parse_number,
)

_FIRST = re.compile(r"[^\d-]{0,4}(-?\d[\d,.]*)")
_UNIT = 16  # characters of a number with its unit
_SHORT = 200  # characters of an output's text in which numbers are operands
_DIGIT = re.compile(r"\d")


def numbers_by_name(leaves: Iterable[tuple[Steps, Any]]) -> dict[str, list[Number]]:
    """Return the numbers of some scalars by the name of their field, "" where they have none."""
    named: dict[str, list[Number]] = {}
    for steps, found in leaves:
        numbers: list[Number] = [found] if is_amount(found) else []
        if isinstance(found, str) and len(found) < _SHORT and _DIGIT.search(found):
            numbers = [n for n in numbers_in(found, spoken=False) if is_amount(n)]
        if numbers:
            name = next((step for step in reversed(steps) if isinstance(step, str)), "")
            named.setdefault(name, []).extend(numbers)
    return named


def fields_by_number(
    counts: Iterable[tuple[Steps, Number]], texts: Iterable[tuple[Steps, str]]
) -> dict[Number, list[tuple[Steps, Any]]]:
    """Return fields by their number: `counts` are numbers alone, `texts` may be one with a unit."""
    fields: dict[Number, list[tuple[Steps, Any]]] = {}
    for steps, number in counts:
        fields.setdefault(number, []).append((steps, number))
    for steps, told in texts:
        value = _measure(told) if len(told) <= _UNIT else None
        if value is not None and is_amount(value):
            fields.setdefault(value, []).append((steps, told))
    return fields


def columns_of(counts: Iterable[tuple[Steps, Number]]) -> list[list[Number]]:
    """Return the numbers of each field over the entries of a list."""
    columns: dict[Steps, list[Number]] = {}
    for steps, value in counts:
        for depth, step in enumerate(steps):
            if isinstance(step, int):
                rest = ("" if isinstance(inner, int) else inner for inner in steps[depth:])
                columns.setdefault((*steps[:depth], *rest), []).append(value)
    return list(columns.values())


def _measure(told: str) -> Number | None:
    if told.isdecimal():
        return int(told)
    digits = _FIRST.match(told)
    return parse_number(digits[1].rstrip(".,")) if digits else None
