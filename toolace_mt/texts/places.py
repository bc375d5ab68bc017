"""Where in earlier outputs a value for an argument can be found."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.query import Source
from toolace_mt.schemas.paths import child
from toolace_mt.schemas.words import words_of
from toolace_mt.selection.evaluate import Outputs, Row
from toolace_mt.selection.values import sort_of
from toolace_mt.selection.words import UNITS, field_words, is_key
from toolace_mt.tools.chains import GENERIC
from toolace_mt.trajectory import Turn

_DEEPEST = 3
_MOST_ROWS = 50
# What a user has or wants is nothing that an output tells: an income is not the price of a home.
_OWN = frozenset(("income", "salary", "budget", "max", "maximum", "min", "minimum", "limit"))


@dataclass(frozen=True, slots=True)
class Place:
    """A field of one row or of several: `rows` of the output of call `source.call`."""

    source: Source
    rows: tuple[Row, ...]
    field: str


def contents(turns: Sequence[Turn]) -> Outputs:
    """Return the contents of all outputs that are no errors, by the ids of their calls."""
    return {o.call_id: o.content for turn in turns for o in turn.outputs if not o.error}


def standing(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return the outputs that a user can refer to, latest first: the last one of every tool."""
    names = {call.id: call.name for turn in turns for call in turn.calls}
    latest: dict[str, tuple[str, Any]] = {}
    for turn in turns:
        for output in turn.outputs:
            if not output.error and output.call_id in names:
                latest.pop(names[output.call_id], None)
                latest[names[output.call_id]] = (output.call_id, output.content)
    return dict(reversed(list(latest.values())))


def linked(
    name: str, value: Any, turns: Sequence[Turn], feeding: Collection[str] = ()
) -> list[Place]:
    """Return the places of the parameter's own name if it names a record; latest first.

    `feeding` are tools whose outputs mean by that name what the parameter means, whatever the name.
    """
    found = [
        place
        for place in _places(turns)
        if place.field == name and same_type(place.rows[0][name], value)
    ]
    if name not in GENERIC and is_key(name):
        return found
    names = {call.id: call.name for turn in turns for call in turn.calls} if feeding else {}
    return [place for place in found if names.get(place.source.call) in feeding]


def resembling(name: str, value: Any, turns: Sequence[Turn]) -> list[Place]:
    """Return the places of other names whose values mean the same sort of thing; latest first.

    Dates, times of day, e-mail addresses, titles, and money of one currency.
    """
    meant = _meaning(name, value)
    if not meant:
        return []
    return [
        place
        for place in _places(turns)
        if _core(place.field) != _core(name)
        and all(_meaning(place.field, row[place.field]) == meant for row in place.rows)
    ]


def is_only_one(place: Place, turns: Sequence[Turn]) -> bool:
    """Return whether no other field that one can refer to is called the same in words."""
    words = _called(place)
    return sum(_called(other) == words for other in _places(turns)) == 1


def _called(place: Place) -> str:
    return field_words(place.field, "", place.rows[0][place.field])


def _places(turns: Sequence[Turn]) -> Iterator[Place]:
    for call, content in standing(turns).items():
        for path, rows in tables(content):
            shared = [name for name in rows[0] if all(name in row for row in rows)]
            for name in shared:
                if all(sort_of(row[name]) for row in rows):
                    yield Place(Source(call, path), rows, name)


@cached
def tables(content: Any) -> list[tuple[str, tuple[Row, ...]]]:
    """Return every object and every list of objects in an output, with its path."""
    found: list[tuple[str, tuple[Row, ...]]] = []
    _tables(content, "", 0, found)
    return found


def _tables(here: Any, path: str, depth: int, found: list[tuple[str, tuple[Row, ...]]]) -> None:
    if isinstance(here, dict):
        found.append((path, (here,)))
        if depth < _DEEPEST:
            for key, inner in here.items():
                _tables(inner, child(path, key), depth + 1, found)
    elif isinstance(here, list) and 0 < len(here) <= _MOST_ROWS and _are_rows(here):
        found.append((path, tuple(here)))


def _are_rows(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _core(name: str) -> tuple[str, ...]:
    return tuple(word for word in words_of(name) if word != "new")


def same_type(one: Any, other: Any) -> bool:
    """Return whether two values have a type in common; all numbers have."""
    return type(one) is type(other) or sort_of(one) == sort_of(other) == "number"


def _meaning(name: str, value: Any) -> str:
    sort, words = sort_of(value), words_of(name)
    if is_key(name) or _OWN & set(words):
        return ""
    if sort in ("date", "time"):
        return sort
    if sort == "number" and words and words[-1] in UNITS and "per" not in words:
        return UNITS[words[-1]]
    if sort == "text":
        if "@" in value and " " not in value:
            return "email"
        return words[-1] if words and words[-1] in ("title", "address", "city") else ""
    return ""
