"""The pool that ships with the package: tools written by hand, with usage examples."""

from collections.abc import Iterator
from importlib.resources import files

from toolace_mt.tools.sources.base import Given
from toolace_mt.tools.sources.jsonl import read_lines


def read_starter(place: str = "") -> Iterator[Given]:
    """Yield the starter pool's tools; `place` may name one of its domains (`starter:travel`)."""
    folder = files("toolace_mt.tools") / "starter"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".jsonl"))
    for name in names:
        if place in ("", name.removesuffix(".jsonl")):
            yield from read_lines((folder / name).read_bytes().splitlines(), name)
