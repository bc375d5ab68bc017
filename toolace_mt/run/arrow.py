"""The Arrow schema of shards: a row is a whole trajectory, and comes back equal.

- `id`, `seed`, `failure`, `system` and `outcome` are typed columns, so that they can be read alone.
- Everything nested is a JSON string. Arrow structs would unify schemas and arguments over all rows,
  and pad absent keys with nulls.
- JSON here may hold integers of any size, and infinities.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any, get_type_hints

import pyarrow as pa
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from toolace_mt.caching import Same
from toolace_mt.trajectory import Tool, Trajectory

_PLAIN = {"id": pa.string(), "seed": pa.int64(), "failure": pa.string(), "system": pa.string()}
_NESTED = tuple(field.name for field in fields(Trajectory) if field.name not in _PLAIN)
_NAME = re.compile(r'\{"name":"([^"\\]*)"')

SCHEMA: pa.Schema = pa.schema(
    list(_PLAIN.items()) + [("outcome", pa.string())] + [(name, pa.string()) for name in _NESTED]
)
"""`outcome` is that of the verdict, "" while there is none; it is derived, and not read back."""

Row = dict[str, Any]


def to_row(trajectory: Trajectory) -> Row:
    """Return the trajectory as one row of `SCHEMA`.

    Raises ValueError for text that is not Unicode (lone surrogates), which no file could hold.
    """
    row: Row = {name: getattr(trajectory, name) for name in _PLAIN}
    row["outcome"] = trajectory.verdict.outcome if trajectory.verdict else ""
    try:
        for name in ("id", "failure", "system"):
            row[name].encode()
        for name in _NESTED:
            value = getattr(trajectory, name)
            row[name] = _spelt_tools(value) if name == "tools" else _spelt(value)
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise ValueError(f"{trajectory.id}: not valid Unicode text: {error}") from error
    return row


def from_row(row: Row, known: Mapping[str, Tool] | None = None) -> Trajectory:
    """Return the trajectory of one row of `SCHEMA`.

    `known` are tools by name. If all tools of the row are among them, the trajectory gets those
    very objects: nothing is parsed, and results cached by identity are found again.
    """
    own = _known_tools(row["tools"], known or {})
    read: dict[str, Any] = {
        name: own if name == "tools" and own is not None else adapter.validate_json(row[name])
        for name, adapter in _adapters().items()
        if row.get(name) is not None  # earlier versions had fewer columns
    }
    return Trajectory(**{name: row[name] for name in _PLAIN}, **read)


def _known_tools(text: str, known: Mapping[str, Tool]) -> tuple[Tool, ...] | None:
    found: list[Tool] = []
    at = 1
    while (named := _NAME.match(text, at)) and (tool := known.get(named[1])):
        found.append(tool)
        at += len(_spelt_tool(Same(tool))) + 1
    tools = tuple(found)
    return tools if _spelt_tools(tools) == text else None


def _spelt(value: Any) -> str:
    return to_json(value, inf_nan_mode="constants").decode()


def _spelt_tools(tools: Iterable[Tool]) -> str:
    return f"[{','.join([_spelt_tool(Same(tool)) for tool in tools])}]"


@lru_cache(maxsize=4096)
def _spelt_tool(tool: Same[Tool]) -> str:
    return spelt_tool(tool.it)


def spelt_tool(tool: Tool) -> str:
    """Return a tool as JSON, without the fields in `_LATER` that are empty.

    Earlier versions had no such fields; leaving them out keeps the bytes of their runs equal.
    """
    held = {field.name: getattr(tool, field.name) for field in fields(tool)}
    return _spelt({name: value for name, value in held.items() if value or name not in _LATER})


_LATER = frozenset(("original", "server", "source"))


def rows_to_table(rows: Iterable[Row]) -> pa.Table:
    """Return the table of rows that `to_row` made."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def from_table(table: pa.Table, known: Mapping[str, Tool] | None = None) -> list[Trajectory]:
    """Return the trajectories of a table of `SCHEMA`, in order; `known` is as for `from_row`."""
    return [from_row(row, known) for row in table.to_pylist()]


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(Trajectory)
    return {name: TypeAdapter(hints[name]) for name in _NESTED}
