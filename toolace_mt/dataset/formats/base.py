"""The record that describes a format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from toolace_mt.dataset.rows import Batch


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
