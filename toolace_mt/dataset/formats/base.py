"""The record that describes a format."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from toolace_mt.dataset.rows import Batch

_LINE = pa.schema({"line": pa.string()})


def lines_table(lines: Iterable[str]) -> pa.Table:
    """Return the one column of text of a format that is stored as lines."""
    return pa.table({"line": list(lines)}, _LINE)


def rows_table(rows: Iterable[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Return rows, given as values in the order of the schema's columns, as a table."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema)


@dataclass(frozen=True, slots=True)
class Format:
    """One format of the dataset.

    - about: what a row is, in one line.
    - readers: which programs read it, in one line.
    - table: makes the rows of some dialogues, in order.
    - json: columns of `table` with lists of JSON text that are written as lists of JSON values.
    - path: a file's path in the format's folder, from `split` and `number`. It ends in `.parquet`,
      or in `.jsonl` for a table with one column of text.
    - rows_per_file: the most rows that a file holds.
    - beside: other files in the folder, by name.
    """

    about: str
    readers: str
    table: Callable[[Batch], pa.Table]
    json: tuple[str, ...] = ()
    path: str = "{split}-{number:05d}.parquet"
    rows_per_file: int = 20_000
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def loadable(self) -> bool:
        """Whether `load_dataset` can read it beside other formats, which must all be Parquet."""
        return self.path.endswith(".parquet")

    def pattern(self, split: str) -> str:
        """Return the pattern of a split's files."""
        return self.path.replace("{number:05d}", "*").format(split=split)
