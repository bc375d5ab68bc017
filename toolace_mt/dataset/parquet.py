"""Parquet files of one split, as JSON values and as plain strings."""

import io
from pathlib import Path
from typing import Any

from toolace_mt.dataset import rows
from toolace_mt.trajectory import JsonObject

ROWS_PER_GROUP = 500
ROWS_PER_CHUNK = 50  # are packed: Arrow takes a third of the memory of Python's objects
ROWS_PER_FILE = 20_000


class _File(io.FileIO):
    """A file that keeps the first error of writing for `close`, and from then on writes nothing.

    Arrow ends the process when a write fails within a column.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "xb")
        self._error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of it, unless something has failed."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and not self._error:
                left = left[super().write(left) :]
        except OSError as error:
            self._error = error
        return size

    def close(self) -> None:
        """Close; raises what has failed, with the file's name."""
        super().close()
        error, self._error = self._error, None
        if error:
            raise OSError(error.errno, error.strerror, self.name) from error


class ParquetSplit:
    """The Parquet files of one split in both configs, written in fixed numbers of rows.

    Split files and row groups do not depend on how dialogues were sharded, and memory holds one
    row group. A split without rows has no file: `datasets` cannot load an empty split.
    """

    def __init__(self, folder: Path, split: str) -> None:
        import pyarrow as pa
        from datasets import Features, Json, List, Value

        self._openai = rows.features()
        texts = ("id", "outcome", "messages", "tools")
        self._strings = Features(dict.fromkeys(texts, Value("string")))
        self._plain = pa.schema(
            (name, pa.list_(pa.string()) if kind == List(Json()) else schema_field.type)
            for (name, kind), schema_field in zip(
                self._openai.items(), self._openai.arrow_schema, strict=True
            )
        )
        self._folder, self._split = folder, split
        self._rows: list[JsonObject] = []
        self._chunks: list[tuple[Any, Any]] = []  # rows as Arrow tables, in both configs
        self._held = 0
        self._open_files: list[tuple[Any, _File]] = []
        self._written = self._files = 0

    def add(self, record: JsonObject) -> None:
        """Add a row made by `to_record`."""
        self._rows.append(record)
        full = self._held + len(self._rows) == ROWS_PER_GROUP
        if full or len(self._rows) == ROWS_PER_CHUNK:
            self._pack()
        if full:
            self._flush()

    def close(self) -> None:
        """Write what is left and finish the files."""
        self._pack()
        self._flush()
        self._close()

    def _close(self) -> None:
        for writer, file in self._open_files:
            writer.close()
            file.close()
        self._open_files = []

    def _open(self) -> None:
        import pyarrow.parquet as pq

        self._close()
        for config, columns in (("openai", self._openai), ("strings", self._strings)):
            path = self._folder / config / f"{self._split}-{self._files:05d}.parquet"
            path.parent.mkdir(exist_ok=True)
            file = _File(path)
            writer = pq.ParquetWriter(
                file,
                columns.arrow_schema,
                compression="zstd",
                use_content_defined_chunking=True,
                write_page_index=True,
            )
            self._open_files.append((writer, file))
        self._files += 1

    def _pack(self) -> None:
        """Turn the rows that wait into Arrow tables."""
        import pyarrow as pa

        rows, self._rows = self._rows, []
        if not rows:
            return
        openai = pa.Table.from_pylist(rows, schema=self._plain).cast(self._openai.arrow_schema)
        texts = [
            {**row, "messages": _array(row["messages"]), "tools": _array(row["tools"])}
            for row in rows
        ]
        strings = pa.Table.from_pylist(texts, schema=self._strings.arrow_schema)
        self._chunks.append((openai, strings))
        self._held += len(rows)

    def _flush(self) -> None:
        """Write what has been packed as one row group of each file."""
        import pyarrow as pa

        if not self._chunks:
            return
        if self._written % ROWS_PER_FILE == 0:
            self._open()
        self._written, self._held = self._written + self._held, 0
        chunks, self._chunks = self._chunks, []
        for (writer, _), tables in zip(self._open_files, zip(*chunks, strict=True), strict=True):
            writer.write_table(pa.concat_tables(tables).combine_chunks())


def _array(values: list[str]) -> str:
    return f"[{','.join(values)}]"
