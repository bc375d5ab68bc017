"""Rows of a file, a folder, a run or a dataset on the Hub, read one at a time.

- A row that cannot be read is a `Problem` in its place. Only what ends the reading raises.
- Memory holds one row, and one chunk or batch, whatever the size of the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from toolace_mt.errors import InputError, one_line
from toolace_mt.reading.lines import STDIN, read_text
from toolace_mt.reading.row import Row as Row
from toolace_mt.reading.tables import is_hub_name, read_hub, read_parquet, read_saved

_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_JSON = (".json", ".json.gz")


def read_rows(path: Path, whole: bool = False) -> Iterator[Row]:
    """Yield the rows of a file, a folder, a run, stdin (`-`) or a dataset on the Hub.

    With `whole`, rows of tables have all their columns, else those that reading looks at. Raises
    InputError if nothing readable is at `path`, or there is no row.
    """
    row = None
    with _readable(path):
        for row in _rows(path, whole):
            yield row
    if row is None:
        raise InputError(f"{path}: holds no dialogues: it is empty")


def _rows(path: Path, whole: bool) -> Iterator[Row]:
    if path != STDIN and not path.exists() and is_hub_name(path):
        return read_hub(str(path), whole)
    if path == STDIN or not path.is_dir():
        return read_parquet(path, whole) if path.suffix == ".parquet" else read_text(path)
    return _folder(_of_run(path), whole)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Translate exceptions over unreadable files into InputError; pyarrow's are ValueErrors."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or one_line(error)}") from error
    except ValueError as error:
        reason = one_line(error)
        raise InputError(f"{path}: cannot be read as it is named or laid out: {reason}") from error


def _of_run(path: Path) -> Path:
    """Return the dataset of a run's directory; any other directory is returned as it is."""
    parts = ("shards", "state")  # a run that has just begun has no shards, a copy has no state
    if not (path / "manifest.json").is_file() or not any((path / p).is_dir() for p in parts):
        return path
    if not (path / "dataset").is_dir():
        raise InputError(
            f"{path}: the run has no dataset yet: the command that made it continues it"
        )
    return path / "dataset"


def _folder(path: Path, whole: bool) -> Iterator[Row]:
    """Yield the rows of a folder's files (each a split of its name), or of a saved dataset.

    The `datasets` library reads only what it saved, and folders whose card groups their files. It
    would bring JSON Lines to one Arrow type and pad absent keys with nulls.
    """
    card = path / "README.md"
    carded = card.is_file() and "\nconfigs:" in card.read_text("utf-8", "replace")[:100_000]
    if carded or any(next(path.rglob(name), None) for name in ("*.arrow", "dataset_dict.json")):
        yield from read_saved(path, whole)
        return
    files = sorted(file for file in path.rglob("*") if file.is_file())
    found = [f for f in files if f.name.endswith(_LINES) or f.suffix == ".parquet"]
    found = found or [f for f in files if f.name.endswith(_JSON)]
    if not found:
        raise InputError(f"{path}: holds no .jsonl, .json or .parquet file (.gz is read, too)")
    for file in found:
        with _readable(file):
            rows = read_parquet(file, whole) if file.suffix == ".parquet" else read_text(file)
            for row in rows:
                yield replace(row, split=str(file.relative_to(path)))
