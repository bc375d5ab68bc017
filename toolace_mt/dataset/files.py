"""The files of one split in one format, which grow table by table."""

import io
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from toolace_mt.dataset.formats.base import Format

ROWS_PER_GROUP = 500


def open_files(folder: Path, split: str, format: Format) -> "SplitFiles":
    """Return the files of a split in a format's folder; a file is created by its first row."""
    store = ParquetFile if format.path.endswith(".parquet") else LinesFile
    return SplitFiles(folder, split, format, store)


class SplitFiles:
    """Files with a fixed number of rows each, in row groups of a fixed number of rows.

    Neither number depends on the tables that are added. A split without rows has no file, since
    `datasets` cannot load an empty one.
    """

    def __init__(self, folder: Path, split: str, format: Format, store: "type[_Store]") -> None:
        self._folder, self._split, self._format, self._store = folder, split, format, store
        self._waiting: list[pa.Table] = []
        self._rows = self._written = self._number = 0
        self._group = min(ROWS_PER_GROUP, format.rows_per_file)
        self._open: _Store | None = None

    def add(self, table: pa.Table) -> None:
        """Add rows; row groups that are complete are written."""
        self._waiting.append(table)
        self._rows += table.num_rows
        if self._rows >= self._group:
            self._flush(self._group)

    def close(self) -> None:
        """Write the remaining rows and finish the files."""
        self._flush(1)
        self._close()

    def _flush(self, least: int) -> None:
        """Write row groups while at least so many rows wait."""
        if self._rows < least:
            return
        table = pa.concat_tables(self._waiting)
        while table.num_rows >= least:
            group = table.slice(0, self._group)
            self._write(group.combine_chunks())
            table = table.slice(group.num_rows)
        self._waiting, self._rows = [table], table.num_rows

    def _write(self, group: pa.Table) -> None:
        if self._written == self._format.rows_per_file:
            self._close()
        if self._open is None:
            self._open = self._next(group.schema)
        self._open.write(group)
        self._written += group.num_rows

    def _next(self, schema: pa.Schema) -> "_Store":
        path = self._folder / self._format.path.format(split=self._split, number=self._number)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._number += 1
        self._written = 0
        return self._store(path, schema, self._format.json)

    def _close(self) -> None:
        if self._open:
            opened, self._open = self._open, None
            opened.close()


class _Store(Protocol):
    def __init__(self, path: Path, schema: pa.Schema, json: tuple[str, ...]) -> None: ...
    def write(self, group: pa.Table) -> None: ...
    def close(self) -> None: ...


class ParquetFile:
    """A Parquet file. Columns in `json` hold lists of JSON text, written as lists of values."""

    def __init__(self, path: Path, schema: pa.Schema, json: tuple[str, ...]) -> None:
        self._schema = with_json(schema, json) if json else schema
        self._file = _File(path)
        self._writer = pq.ParquetWriter(
            self._file,
            self._schema,
            compression="zstd",
            use_content_defined_chunking=True,
            write_page_index=True,
        )

    def write(self, group: pa.Table) -> None:
        """Write a row group."""
        self._writer.write_table(group.cast(self._schema))

    def close(self) -> None:
        """Finish the file; raise an error of any earlier write."""
        self._writer.close()
        self._file.close()


def with_json(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    """Return the schema with lists of JSON values in place of lists of text.

    Arrow structs would pad absent keys with nulls, which chat templates print.
    """
    from datasets import Features, Json, List

    features = Features.from_arrow_schema(schema)
    return Features(features | dict.fromkeys(names, List(Json()))).arrow_schema


class LinesFile:
    """A text file, for tables with one column of text; a text may be several lines."""

    def __init__(self, path: Path, schema: pa.Schema, json: tuple[str, ...]) -> None:  # noqa: ARG002
        self._file = path.open("x", encoding="utf-8")

    def write(self, group: pa.Table) -> None:
        """Write a line, or lines, for each row."""
        self._file.writelines(f"{text}\n" for text in group.column(0).to_pylist())

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class _File(io.FileIO):
    """A file that holds the first write error until `close`, and ignores later writes.

    Arrow would end the process if a write failed within a column.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "xb")
        self._error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of it, unless a write has failed."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and not self._error:
                left = left[super().write(left) :]
        except OSError as error:
            self._error = error
        return size

    def close(self) -> None:
        """Close the file; raise the first write error, with the file's name."""
        super().close()
        error, self._error = self._error, None
        if error:
            raise OSError(error.errno, error.strerror, self.name) from error
