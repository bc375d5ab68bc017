"""Queries computed over outputs as they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from toolace_mt.query import Condition, Derivation, Selection, Source
from toolace_mt.schemas.paths import get
from toolace_mt.selection.values import alike, place, sort_of

Row = dict[str, Any]
Outputs = Mapping[str, Any]
"""The contents of outputs by the ids of their calls."""


@dataclass(frozen=True, slots=True)
class Result:
    """The value that a query gives, and the rows it takes part in; or the reason it gives none.

    `row` is the row picked, None where the value is computed from several.
    """

    value: Any = None
    row: Row | None = None
    rows: tuple[Row, ...] = ()
    reason: str = ""


def rows_of(content: Any, path: str) -> list[Row]:
    """Return the rows at `path` of an output, none if there are no objects there."""
    try:
        here = get(content, path)
    except KeyError:
        return []
    if isinstance(here, dict):
        return [here]
    return [row for row in here if isinstance(row, dict)] if isinstance(here, list) else []


def evaluate(selection: Selection, outputs: Outputs) -> Result:
    """Return the result of a query over `outputs`."""
    missing = [source.call for source in selection.sources if source.call not in outputs]
    if missing:
        return Result(reason=f"there is no output of {missing[0]}")
    rows = _joined([_rows(source, outputs) for source in selection.sources], selection.key)
    rows = [row for row in rows if all(passes(row, each) for each in selection.where)]
    if selection.pick == "count":
        return Result(len(rows), None, tuple(rows))
    if any(selection.field not in row for row in rows):
        return Result(reason=f"a row has no {selection.field}")
    if selection.pick in ("sum", "difference"):
        return _computed(selection, rows)
    return _picked(selection, rows)


def derive(derivation: Derivation, outputs: Outputs) -> Result:
    """Return the value that an argument has by its derivation."""
    results = [evaluate(selection, outputs) for selection in derivation.selections]
    wrong = next((result for result in results if result.reason), None)
    if wrong is not None:
        return wrong
    if not derivation.combine:
        return results[0] if len(results) == 1 else Result(reason="several results")
    values = [result.value for result in results]
    if len(values) != 2 or any(sort_of(value) != "number" for value in values):
        return Result(reason="only two numbers are combined")
    if derivation.combine == "sum":
        return Result(total(values))
    return Result(_difference(max(values), min(values)))


def total(values: Sequence[Any]) -> int | float:
    """Return the sum of numbers without the noise of binary fractions."""
    return _plain(sum((Decimal(str(value)) for value in values), Decimal()))


def passes(row: Row, condition: Condition) -> bool:
    """Return whether a row passes a filter; values that cannot be compared do not."""
    value, wanted = row.get(condition.field), condition.value
    if condition.field not in row:
        return False
    match condition.test:
        case "equal":
            return alike(value, wanted)
        case "not_equal":
            return not alike(value, wanted)
        case "contains":
            if isinstance(value, list):
                return any(alike(item, wanted) for item in value)
            return isinstance(value, str) and str(wanted).casefold() in value.casefold()
    here, there = place(value), place(wanted)
    if here is None or there is None or sort_of(value) != sort_of(wanted):
        return False
    return {
        "before": here < there,
        "after": here > there,
        "at_least": here >= there,
        "at_most": here <= there,
    }[condition.test]


def _rows(source: Source, outputs: Outputs) -> list[Row]:
    return rows_of(outputs[source.call], source.path)


def _joined(tables: list[list[Row]], key: str) -> list[Row]:
    """Return all rows, or the pairs of rows of two tables that agree at `key`."""
    if not key or len(tables) != 2:
        return [row for table in tables for row in table]
    first, second = tables
    return [
        {**row, **other}
        for row in first
        for other in second
        if key in row and key in other and alike(row[key], other[key])
    ]


def _picked(selection: Selection, rows: list[Row]) -> Result:
    if selection.pick == "only" and len(rows) != 1:
        return Result(reason=f"{len(rows)} rows remain, not one")
    wanted = {"first": 0, "second": 1, "last": len(rows) - 1, "only": 0}[selection.pick]
    if not 0 <= wanted < len(rows):
        return Result(reason=f"there is no {selection.pick} row")
    if selection.by:
        places = [place(row.get(selection.by)) for row in rows]
        sorts = {sort_of(row.get(selection.by)) for row in rows}
        if None in places or len(sorts) > 1:
            return Result(reason=f"rows cannot be ordered by {selection.by}")
        sign = -1 if selection.descending else 1
        ranked = sorted(range(len(rows)), key=lambda index: sign * (places[index] or 0.0))
        row = rows[ranked[wanted]]
        if places.count(place(row[selection.by])) > 1:
            return Result(reason=f"a tie in {selection.by}")
    else:
        row = rows[wanted]
    return Result(row[selection.field], row, tuple(rows))


def _computed(selection: Selection, rows: list[Row]) -> Result:
    values = [row[selection.field] for row in rows]
    if len(values) < 2 or any(sort_of(value) != "number" for value in values):
        return Result(reason=f"{selection.field} is not a number in two rows or more")
    if selection.pick == "sum":
        return Result(total(values), None, tuple(rows))
    return Result(_difference(max(values), min(values)), None, tuple(rows))


def _difference(one: Any, other: Any) -> int | float:
    return _plain(Decimal(str(one)) - Decimal(str(other)))


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
