"""Reads a query back from the line that the origin of an argument has in a row.

`flight_id of argmin(fare_usd) where departure_time after "12:00" over turn 4, call00001: flights`
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_COMPUTED = re.compile(r"(sum|difference)\(([^()]*)\)")
_PICKED = re.compile(r"(.+?) of (?:(first|second|last|only) ?)?(?:(argmin|argmax)\(([^()]*)\))?")
_TEST = re.compile(r"(?: where | and )(\S+) (\w+) ")
_PLACE = re.compile(r"(?: over | and )turn (-?\d+), (\w+)(?:: ([^\s;]+))?")
_KEY = re.compile(r" joined by (\S+)")
_NEXT = re.compile(r" \+ | - |; ")


@dataclass(frozen=True)
class Filter:
    """A condition on a field, `name` is the test: equal, before, at_least ..."""

    field: str
    name: str
    value: Any


@dataclass(frozen=True)
class Place:
    """The rows at `path` in what call `call` returned in turn `turn`."""

    turn: int
    call: str
    path: str


@dataclass(frozen=True)
class Query:
    """What is asked of rows: filters, an order, and which of them or what of all of them."""

    field: str
    pick: str
    by: str
    descending: bool
    where: tuple[Filter, ...]
    sources: tuple[Place, ...]
    key: str


def parse(line: str) -> list[Query]:
    """Return the queries in a line: one, or two that are added or subtracted.

    Raises `ValueError` for a line that is none.
    """
    found = []
    while True:
        query, line = _query(line)
        found.append(query)
        if not line:
            return found
        between = _NEXT.match(line)
        if between is None:
            raise ValueError(f"expected the end of the query, not {line!r}")
        line = line[between.end() :]


def _query(line: str) -> tuple[Query, str]:
    head = re.split(r" where | over turn ", line, maxsplit=1)[0]
    rest = line[len(head) :]
    where = []
    while test := _TEST.match(rest):
        if rest.startswith(" and turn "):
            break
        value, end = json.JSONDecoder().raw_decode(rest, test.end())
        where.append(Filter(test[1], test[2], value))
        rest = rest[end:]
    sources = []
    while place := _PLACE.match(rest):
        sources.append(Place(int(place[1]), place[2], place[3] or ""))
        rest = rest[place.end() :]
    if not sources:
        raise ValueError(f"no outputs are named in {line!r}")
    key = _KEY.match(rest)
    rest = rest[key.end() :] if key else rest
    field, pick, by, descending = _picked(head)
    joined = key[1] if key else ""
    return Query(field, pick, by, descending, tuple(where), tuple(sources), joined), rest


def _picked(head: str) -> tuple[str, str, str, bool]:
    if head == "count":
        return "", "count", "", False
    if computed := _COMPUTED.fullmatch(head):
        return computed[2], computed[1], "", False
    picked = _PICKED.fullmatch(head)
    if picked is None:
        raise ValueError(f"{head!r} picks nothing")
    return picked[1], picked[2] or "first", picked[4] or "", picked[3] == "argmax"
