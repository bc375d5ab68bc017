"""Rows of anybody's file, one at a time: JSON Lines, a JSON array, Parquet, a saved dataset.

What is wrong with a row is a `Problem` in its place; only what ends the reading is an InputError.
Memory holds one row (and one chunk or batch), whatever the size of the file.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from pydantic_core import from_json

from toolace_mt.errors import InputError
from toolace_mt.reading.dialogue import Problem

MAX_ROW = 64 * 2**20
"""Rows of more bytes (characters, in an array) are not read: no dialogue is that long."""
_CHUNK = 2**20
_BATCH = 128
_SNIFF = 4096
_PACKED = (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00")
_COLUMNS = ("id", "messages", "conversations", "tools", "functions", "system")
_GAP = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its value, or why it has none. `line` counts from 1: lines, or rows of `split`."""

    line: int
    value: Any
    split: str = ""


def read_rows(path: Path, *, whole: bool = False) -> Iterator[Row]:
    """Yield the rows of a file or of a dataset's directory.

    Of tables only the columns that a dialogue is read from are read, unless rows are to be `whole`.
    Raises InputError if there is nothing readable at `path`.
    """
    with _readable(path):
        if path.is_dir():
            yield from _folder(path, whole)
        elif path.suffix == ".parquet":
            yield from _parquet(path, whole)
        elif _start(path).startswith(_PACKED):
            raise InputError(f"{path}: is compressed, which is not read: unpack it first")
        elif path.suffix != ".jsonl" and _start(path).lstrip().startswith(b"["):
            with path.open(encoding="utf-8-sig") as file:
                yield from _array(file)
        else:
            yield from _lines(path)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Translate what libraries raise over unreadable files; pyarrow's errors are ValueErrors."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(f"{path}: cannot be read as it is named or laid out: {reason}") from error


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SNIFF).removeprefix(b"\xef\xbb\xbf")


def _value(text: bytes | str) -> Any:
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="all")
    except ValueError as error:
        return Problem(f"not valid JSON: {str(error).replace(' at line 1 column', ' at column')}")


def _lines(path: Path) -> Iterator[Row]:
    with path.open("rb", buffering=_CHUNK) as file:
        number = 0
        while line := file.readline(MAX_ROW):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if len(line) == MAX_ROW and not line.endswith(b"\n"):
                while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
                    pass
                yield Row(number, Problem(f"a line of more than {MAX_ROW:,} bytes is not read"))
            elif not line.isspace():
                yield Row(number, _value(line.rstrip(b"\r\n")))


def _array(file: TextIO) -> Iterator[Row]:
    """Yield the items of a JSON array; after a broken one there is no telling where one starts."""
    end_of = json.JSONDecoder().raw_decode
    text = file.read(_SNIFF + _CHUNK)
    at = text.index("[") + 1
    line = 1 + text.count("\n", 0, at)
    while True:
        gap = _GAP.match(text, at)
        assert gap is not None  # the pattern matches nothing, too
        line += text.count("\n", at, gap.end())
        at = gap.end()
        if at == len(text):
            text, at = file.read(_CHUNK), 0
            if not text:
                yield Row(line, Problem("the array does not end"))
                return
        elif text[at] == "]":
            return
        else:
            problem, end = "", at
            try:
                _, end = end_of(text, at)
            except (ValueError, RecursionError) as error:
                problem = f"not valid JSON: {error}; reading ends here"
            if end in (at, len(text)):  # perhaps only the chunk ends here
                room = len(text) - at < MAX_ROW
                if room and (more := file.read(max(_CHUNK, len(text) - at))):
                    text, at = text[at:] + more, 0
                    continue
            if problem:
                yield Row(line, Problem(problem))
                return
            yield Row(line, _value(text[at:end]))
            line += text.count("\n", at, end)
            at = end


def _parquet(path: Path, whole: bool) -> Iterator[Row]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        columns = names if whole else [name for name in _COLUMNS if name in names]
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
            for value in batch.to_pylist():
                number += 1
                yield Row(number, value)


def _folder(path: Path, whole: bool) -> Iterator[Row]:
    """Yield the rows of JSON Lines files (each a split of its name), or of a saved dataset.

    The `datasets` library would bring JSON Lines to one Arrow type, padding absent keys with nulls.
    """
    files = sorted(path.rglob("*.jsonl"))
    if not files or any(next(path.rglob(f"*.{kind}"), None) for kind in ("parquet", "arrow")):
        yield from _saved(path, whole)
        return
    for file in files:
        for row in _lines(file):
            yield replace(row, split=str(file.relative_to(path)))


def _saved(path: Path, whole: bool) -> Iterator[Row]:
    """Yield the rows of all splits of what `save_to_disk` or `load_dataset` understands."""
    from datasets import load_dataset, load_from_disk
    from datasets.exceptions import DatasetsError

    try:
        if (path / "state.json").exists() or (path / "dataset_dict.json").exists():
            data = load_from_disk(str(path))
        else:
            data = load_dataset(str(path), streaming=True)
        splits: Iterable[tuple[str, Any]] = (
            data.items() if isinstance(data, dict) else [(str(data.split or ""), data)]
        )
        for split, rows in splits:
            known = rows.column_names or _COLUMNS
            if not whole:
                rows = rows.select_columns([name for name in _COLUMNS if name in known])
            for number, value in enumerate(rows, 1):
                yield Row(number, value, split)
    except DatasetsError as error:
        raise InputError(f"{path}: not a dataset that can be loaded: {error}") from error
