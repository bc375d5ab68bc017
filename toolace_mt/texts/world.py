"""The facts behind one dialogue's drawn outputs.

Entities are known by their keys: a value of a name that is not generic (`order_id`). What was
returned of an entity, or written to it by a call, is returned again when a later output has fields
of the same names. Lists have 3 to 8 rows, each with a key of its own and with numbers and times
that differ, so that one can choose among them.
"""

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import resolve
from toolace_mt.schemas.words import words_of
from toolace_mt.selection.values import place, sort_of
from toolace_mt.selection.words import is_key, superlative
from toolace_mt.texts.reuse import in_scope
from toolace_mt.tools.chains import GENERIC
from toolace_mt.trajectory import JsonObject, Turn

_ROWS = (3, 8)
_REDRAWS = 6
_FIRST = re.compile(r"([a-z]+(?: recent| rated)?) first\b")  # how a description orders a list
_SYNONYMS = {
    "most recent": "newest",
    "latest": "newest",
    "closest": "nearest",
    "best": "best rated",
}
_LATEST = frozenset(("new", "now", "current", "updated"))
_FOUND = frozenset(("found", "matching", "matches", "count", "results", "free", "available"))
_DIGITS = re.compile(r"\d")

Key = tuple[str, str]
Facts = dict[Key, JsonObject]
"""The known fields of entities, by the name and value of their keys."""


def facts_of(turns: Sequence[Turn]) -> Facts:
    """Return what calls and outputs have told about entities; what is told later counts.

    A whole output is about the entity that it names for the first time, or that alone was asked
    for: what a booking returns is not about the flight.
    """
    facts: Facts = {}
    calls = {call.id: call for turn in turns for call in turn.calls}
    for turn in turns:
        for output in turn.outputs:
            call = calls.get(output.call_id)
            if call is None or output.error:
                continue
            for record in (call.arguments, *_rows_in(output.content)):
                for key in _keys(record):
                    facts[key] = {**facts.get(key, {}), **_fields(record)}
            if not isinstance(output.content, dict):
                continue
            asked = _keys(call.arguments)
            about = asked if len(asked) == len(call.arguments) else ()
            new = (key for key in _keys(output.content) if key not in asked)
            for key in (*about, *new):
                facts[key] = {**facts.get(key, {}), **_fields(output.content)}
    return facts


def draw_rows(value: Any, schema: Any, root: JsonObject, rng: random.Random) -> Any:
    """Return a drawn output with its lists of objects drawn anew, of 3 to 8 distinct rows.

    `root` is the schema of the whole output.
    """
    schema = resolve(schema, root)
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        inner = schema.get("properties") or {}
        return {
            name: draw_rows(item, inner[name], root, rng) if name in inner else item
            for name, item in value.items()
        }
    items = resolve(schema.get("items"), root)
    if not isinstance(value, list) or not value or not isinstance(items, dict):
        return value
    if not all(isinstance(item, dict) for item in value):
        return value
    least = max(_ROWS[0], int(schema.get("minItems", 0)))
    most = min(_ROWS[1], int(schema.get("maxItems", _ROWS[1])))
    if most < least:
        return value
    rows: list[JsonObject] = []
    carried: JsonObject = {key: root[key] for key in ("$defs", "definitions") if key in root}
    for _ in range(rng.randint(least, most)):
        rows.append(_distinct(draw({**carried, **items}, rng), items, rows, rng))
    return rows


def in_order(output: Any, schema: Any, root: JsonObject, about: str) -> Any:
    """Return an output whose lists are ordered as their descriptions or `about` promise.

    `root` is the schema of the whole output, `about` the description of its tool.
    """
    schema = resolve(schema, root)
    if not isinstance(schema, dict):
        return output
    if isinstance(output, dict):
        inner = schema.get("properties") or {}
        return {n: in_order(v, inner.get(n), root, about) for n, v in output.items()}
    if isinstance(output, list) and output and all(isinstance(row, dict) for row in output):
        return _in_order(output, f"{schema.get('description', '')} {about}".lower())
    return output


def consistent(output: Any, arguments: JsonObject, facts: Facts) -> Any:
    """Return the output of a call in which entities known before have the fields they had.

    What the call's own arguments say stays. Counts of what was found are not below the number of
    rows.
    """
    if isinstance(output, list):
        return [
            consistent(row, arguments, facts) if isinstance(row, dict) else row for row in output
        ]
    if not isinstance(output, dict):
        return output
    rows = max((len(item) for item in output.values() if isinstance(item, list)), default=0)
    known: JsonObject = {}
    for key in (*_keys(output), *(() if rows else _keys(arguments))):
        known |= facts.get(key, {})
    agreed: JsonObject = {}
    for name, item in output.items():
        if isinstance(item, list):
            agreed[name] = consistent(item, arguments, facts)
        elif name in arguments:
            agreed[name] = item
        elif rows and isinstance(item, int) and _FOUND & set(words_of(name)):
            agreed[name] = max(item, rows)
        else:
            agreed[name] = _known(name, item, known)
    return agreed


def renewed(output: Any, arguments: JsonObject, facts: Facts, rng: random.Random) -> Any:
    """Return the output of a call that writes, with keys that nothing had before."""
    if not isinstance(output, dict):
        return output
    taken = {value for _, value in facts}
    new = dict(output)
    for name, value in _keys(output):
        if name not in arguments and value in taken and isinstance(output[name], str):
            new[name] = next(
                (v for _ in range(_REDRAWS) if (v := _varied(value, rng)) not in taken), value
            )
    return new


def _known(name: str, value: Any, known: JsonObject) -> Any:
    other = known.get(_core(name), value)
    return other if type(other) is type(value) and _core(name) not in GENERIC else value


def _core(name: str) -> str:
    """Return a field's name without words for its latest value: `brightness_now`, `new_venue`."""
    core = "_".join(word for word in words_of(name) if word not in _LATEST)
    return core or name


def _in_order(rows: list[JsonObject], description: str) -> list[JsonObject]:
    """Return rows in the order that a description promises: "cheapest first"."""
    for word in _FIRST.findall(description):
        wanted = _SYNONYMS.get(word, word)
        for name, value in rows[0].items():
            for descending in (False, True):
                if superlative(name, sort_of(value), descending) != wanted:
                    continue
                if all(place(row.get(name)) is not None for row in rows):
                    return sorted(rows, key=lambda r: place(r[name]) or 0.0, reverse=descending)
    return rows


def _rows_in(content: Any) -> Iterator[JsonObject]:
    lists = content.values() if isinstance(content, dict) else (content,)
    for inner in lists:
        if isinstance(inner, list):
            yield from (row for row in inner if isinstance(row, dict))


def _keys(record: JsonObject) -> list[Key]:
    return [
        (name, str(value))
        for name, value in record.items()
        if is_key(name) and name not in GENERIC and not in_scope(name)
        if isinstance(value, str | int)
    ]


@cached
def _fields(record: JsonObject) -> JsonObject:
    return {
        _core(name): value
        for name, value in record.items()
        if sort_of(value) and "distance" not in name
    }


def _distinct(
    row: JsonObject, items: JsonObject, rows: list[JsonObject], rng: random.Random
) -> JsonObject:
    """Return a row whose keys, names, numbers and times differ from those of other rows."""
    told = {name: [other.get(name) for other in rows] for name in row}
    new: JsonObject = {}
    for name, value in row.items():
        schema = (items.get("properties") or {}).get(name, {})
        free = isinstance(schema, dict) and "enum" not in schema and "const" not in schema
        for attempt in range(_REDRAWS):
            if not free or value not in told[name] or not sort_of(value):
                break
            value = draw(schema, rng, name)
            if attempt >= _REDRAWS // 2:
                value = _varied(value, rng)
                if check_value(schema, value):
                    value = row[name]
        new[name] = value
    return new


def _varied(value: Any, rng: random.Random) -> Any:
    """Return a value like this one: other digits of a code, a number or an hour nearby."""
    sort = sort_of(value)
    if sort == "number" and isinstance(value, int):
        return value + rng.randint(1, max(2, abs(value) // 5))
    if sort == "number":
        return round(value * rng.uniform(0.8, 1.2), len(str(value).partition(".")[2]) or 1)
    if sort == "time":
        return f"{rng.randrange(8, 20):02d}:{rng.randrange(0, 60, 5):02d}{value[5:]}"
    if sort == "text" and _DIGITS.search(value):
        return _DIGITS.sub(lambda _: str(rng.randrange(10)), value)
    return value
