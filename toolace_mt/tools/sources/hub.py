"""Tools from a column of a dataset: a file, a directory, or a name on the Hugging Face Hub."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from pydantic_core import from_json, to_json

from toolace_mt.errors import InputError, one_line
from toolace_mt.tools.dialects import Malformed, unpacked
from toolace_mt.tools.sources.base import Given
from toolace_mt.trajectory import JsonObject


def read_dataset(place: str) -> Iterator[Given]:
    """Yield the definitions in a column: `NAME_OR_PATH?config=...&split=...#COLUMN`.

    The default column is `tools`, the default split `train`. Rows repeat their tools; equal
    definitions are yielded once. A dataset on the Hub is streamed to its end.
    """
    rest, _, column = place.partition("#")
    name, _, query = rest.partition("?")
    asked = {key: values[-1] for key, values in parse_qs(query).items()}
    if unknown := set(asked) - {"config", "split"}:
        raise InputError(f"dataset:{place}: expected ?config=...&split=..., got {min(unknown)!r}")
    column = column or "tools"
    seen: set[bytes] = set()
    for number, row in enumerate(_rows(name, asked.get("config"), asked.get("split", "train"))):
        if column not in row:
            names = ", ".join(sorted(map(str, row))[:20])
            raise InputError(f"dataset:{name}: no column {column!r}; it has {names}")
        for at, definition in unpacked(row[column]):
            if definition is None:
                continue
            key = _text(definition)
            if key not in seen:
                seen.add(key)
                here = f"dataset:{name}: row {number}{at}"
                yield Given(here, _with_source(from_json(key), name) if key else _NO_JSON)


_NO_JSON = Malformed("", "is not JSON")


def _text(definition: Any) -> bytes:
    try:
        return to_json(definition)
    except ValueError:
        return b""


def _with_source(definition: Any, name: str) -> Any:
    if not isinstance(definition, dict):
        return definition
    return {**definition, "source": definition.get("source") or f"dataset:{Path(name).name}"}


def _rows(name: str, config: str | None, split: str) -> Iterator[JsonObject]:
    kinds = {".parquet": "parquet", ".json": "json", ".arrow": "arrow"}
    kind = kinds.get(Path(name).suffix) if Path(name).is_file() else None
    try:
        if name.endswith(".jsonl") and Path(name).is_file():
            with open(name, "rb") as file:  # a table reader would pad rows and guess dates
                yield from (from_json(line) for line in file if line.strip())
            return
        import datasets  # slow to import, and most pools do not need it

        given: JsonObject = {"data_files": {split: name}} if kind else {"name": config}
        yield from datasets.load_dataset(kind or name, split=split, streaming=True, **given)
    except Exception as error:  # network, Hub and file readers raise errors of many libraries
        raise InputError(f"dataset:{name}: cannot be read: {one_line(error)}") from error
