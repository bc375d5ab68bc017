"""Queries that lead to a row: drawn, and kept only if they are proven."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from toolace_mt.query import Condition, Pick, Selection, Source
from toolace_mt.selection.evaluate import Row
from toolace_mt.selection.values import place, sort_of
from toolace_mt.selection.words import is_key

_TRIES = 24
_ORDERED, _FILTERED = 0.45, 0.8  # shares: an order alone; an order with a filter; the rest: filters
_TWICE = 0.4  # share of filters without an order that are two
_CLOCKS = ("09:00", "10:00", "12:00", "14:00", "15:00", "17:00", "18:00", "19:00")
_STEPS = (0.5, 1, 5, 10, 50, 100, 1000, 10000)
_LONGEST = 40  # characters of a text that a filter names


def proposals(
    source: Source, rows: Sequence[Row], field: str, rng: random.Random
) -> Iterator[Selection]:
    """Yield queries over `rows` whose result is a value at `field`, in an order drawn.

    None is proven yet: see `prove`. Rows without the field in common are passed over.
    """
    shared = [name for name in rows[0] if all(name in row for row in rows)] if rows else []
    usable = [name for name in shared if name != field and not is_key(name)]
    orders = [name for name in usable if _is_ordered(rows, name)]
    if field not in shared or len(rows) < 2:
        return
    for _ in range(_TRIES):
        style = rng.random()
        by = rng.choice(orders) if orders and style < _FILTERED else ""
        where: tuple[Condition, ...] = ()
        if style >= _ORDERED or not by:
            condition = _condition(rows, [name for name in usable if name != by], rng, bool(by))
            if condition is None:
                continue
            where = (condition,)
            if not by and rng.random() < _TWICE:
                further = _condition(rows, [n for n in usable if n != condition.field], rng, False)
                where = (condition, further) if further else where
        pick: Pick = "only"
        if by:
            pick = "second" if rng.random() < 0.15 and len(rows) > 2 else "first"
        yield Selection((source,), field, where, by, bool(by) and rng.random() < 0.5, pick)


def _is_ordered(rows: Sequence[Row], name: str) -> bool:
    places = [place(row[name]) for row in rows]
    return None not in places and len({sort_of(row[name]) for row in rows}) == 1 < len(set(places))


def _condition(
    rows: Sequence[Row], names: Sequence[str], rng: random.Random, ordered: bool
) -> Condition | None:
    """Draw a filter that some rows pass and others do not; beside an order it need not be sharp."""
    if not names:
        return None
    name = rng.choice(names)
    value = rng.choice(rows)[name]
    sort = sort_of(value)
    if sort == "text":
        if not 0 < len(value) <= _LONGEST:
            return None
        return Condition(name, "not_equal" if ordered and rng.random() < 0.6 else "equal", value)
    if sort == "time":
        inside = [clock for clock in _CLOCKS if _parts(rows, name, clock)]
        if inside:
            clock = rng.choice(inside)
            return Condition(name, "after" if rng.random() < 0.6 else "before", clock)
    if sort == "date":
        return Condition(name, "after" if rng.random() < 0.6 else "before", value)
    if sort == "number":
        bound = _round(rows, name, value)
        if bound is not None:
            return Condition(name, "at_least" if rng.random() < 0.5 else "at_most", bound)
    return None


def _parts(rows: Sequence[Row], name: str, bound: Any) -> bool:
    """Return whether a bound stands strictly between values of the rows, and at none of them."""
    places = [place(row[name]) for row in rows]
    there = place(bound)
    known = [each for each in places if each is not None]
    return there is not None and min(known) < there < max(known) and there not in known


def _round(rows: Sequence[Row], name: str, value: Any) -> Any:
    """Return a round number near `value` that parts the rows, None if there is none."""
    if _whole(rows, name) and abs(value) < _STEPS[3]:
        return value if min(row[name] for row in rows) != value else None
    for step in reversed(_STEPS):
        bound = round(value / step) * step
        bound = int(bound) if float(bound).is_integer() else bound
        if _parts(rows, name, bound):
            return bound
    return None


def _whole(rows: Sequence[Row], name: str) -> bool:
    return all(isinstance(row[name], int) for row in rows)
