"""Queries in one line, as they stand in the origins of a row.

`flight_id of argmin(fare_usd) where departure_time after "12:00" over turn 4, call00001: flights`
"""

import json
from collections.abc import Mapping

from toolace_mt.query import Derivation, Selection

_JOINED = {"sum": " + ", "difference": " - "}


def formula(derivation: Derivation, turns: Mapping[str, int]) -> str:
    """Return a derivation in one line; `turns` has the turn of every output by its call's id."""
    parts = [_selection(each, turns) for each in derivation.selections]
    return _JOINED.get(derivation.combine, "; ").join(parts)


def _selection(selection: Selection, turns: Mapping[str, int]) -> str:
    tests = " and ".join(f"{c.field} {c.test} {json.dumps(c.value)}" for c in selection.where)
    places = " and ".join(
        f"turn {turns.get(source.call, -1)}, {source.call}: {source.path}".rstrip(": ")
        for source in selection.sources
    )
    joined = f" joined by {selection.key}" if selection.key else ""
    return f"{_picked(selection)}{f' where {tests}' if tests else ''} over {places}{joined}"


def _picked(selection: Selection) -> str:
    if selection.pick == "count":
        return "count"
    if selection.pick in ("sum", "difference"):
        return f"{selection.pick}({selection.field})"
    if not selection.by:
        return f"{selection.field} of {selection.pick}"
    best = f"{'argmax' if selection.descending else 'argmin'}({selection.by})"
    which = "" if selection.pick == "first" else f"{selection.pick} "
    return f"{selection.field} of {which}{best}"
