"""Rows of tables: Parquet files, saved datasets, datasets on the Hub."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolace_mt.errors import InputError, one_line
from toolace_mt.reading.row import Row
from toolace_mt.reading.shapes import COLUMNS

_BATCH = 128
_FILES = (".jsonl", ".ndjson", ".json", ".parquet", ".gz", ".csv", ".txt", ".arrow", ".yaml")
_PATIENCE = 20.0  # seconds for the Hub to say whether a dataset exists
_HUB = re.compile(r"[\w.-]+/[\w.-]+(?::[\w.-]+)?")


def read_parquet(path: Path, whole: bool) -> Iterator[Row]:
    """Yield the rows of a Parquet file, with all columns if `whole`. Map columns become objects.

    Raises InputError if the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            columns = None if whole else [name for name in names if name in COLUMNS]
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
                for value in batch.to_pylist(maps_as_pydicts="lossy"):
                    number += 1
                    yield Row(number, value)
    except (pa.ArrowException, ArithmeticError) as error:
        raise InputError(
            f"{path}: not a Parquet file that can be read: {one_line(error)}"
        ) from error


def read_saved(path: Path, whole: bool) -> Iterator[Row]:
    """Yield the rows of all splits of a dataset that `datasets` saved or can load.

    Raises InputError if it cannot be loaded.
    """
    from datasets import load_dataset, load_from_disk
    from datasets.exceptions import DatasetsError

    try:
        if (path / "state.json").exists() or (path / "dataset_dict.json").exists():
            data = load_from_disk(str(path))
        else:
            data = load_dataset(str(path), streaming=True)
        yield from _splits(data, whole)
    except DatasetsError as error:
        raise InputError(f"{path}: not a dataset that can be loaded: {one_line(error)}") from error


def is_hub_name(path: Path) -> bool:
    """Say whether a path that does not exist could be the name of a dataset on the Hub."""
    named = _HUB.fullmatch(str(path)) is not None and path.suffix not in _FILES
    return named and not path.parent.is_dir()


def read_hub(name: str, whole: bool) -> Iterator[Row]:
    """Stream the rows of a dataset on the Hub, `OWNER/NAME` or `OWNER/NAME:CONFIG`.

    Raises InputError if there is no such dataset, or the Hub cannot be reached.
    """
    import httpx2
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError
    from huggingface_hub import HfApi

    dataset, _, configuration = name.partition(":")
    try:
        HfApi().dataset_info(dataset, timeout=_PATIENCE)  # `load_dataset` retries for long
        data = load_dataset(dataset, configuration or None, streaming=True)
        yield from _splits(data, whole)
    except (DatasetsError, httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{name}: no such file or folder here, and no dataset of that name could be read from"
            f" the Hub: {one_line(error)}"
        ) from error


def _splits(data: Any, whole: bool) -> Iterator[Row]:
    splits: Iterable[tuple[str, Any]] = (
        data.items() if isinstance(data, dict) else [(str(data.split or ""), data)]
    )
    for split, rows in splits:
        known = rows.column_names
        if known and not whole:
            rows = rows.select_columns([name for name in known if name in COLUMNS])
        for number, value in enumerate(rows, 1):
            yield Row(number, value, split)
