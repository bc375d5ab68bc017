"""What a format is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from toolace_mt.dataset.rows import Batch


@dataclass(frozen=True, slots=True)
class Format:
    """One shape of the dataset.

    about: what a row is, in a line.
    readers: who reads it, in a line.
    table: makes the rows of some dialogues, in order.
    json: columns of `table` with lists of JSON text that become lists of JSON values.
    path: a file's place in the format's folder, by `split` and `number`. Its ending says how rows
        are stored: `.parquet`; or `.jsonl`, where a table has one column of text, as lines.
    rows_per_file: how many rows a file holds at most.
    beside: other files in the folder, by name.
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
        """Whether `load_dataset` can read it beside the others: all of them must be Parquet."""
        return self.path.endswith(".parquet")

    def pattern(self, split: str) -> str:
        """Return the pattern of a split's files."""
        return self.path.replace("{number:05d}", "*").format(split=split)
