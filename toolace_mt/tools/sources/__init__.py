"""Where tools come from: one module for each kind of source, by name in `SOURCES`.

A source is written `KIND:PLACE` (`mcp:uvx mcp-server-git`). A file name alone is read by its
content; `starter` is the pool that ships with the package.
"""

from collections.abc import Iterable
from pathlib import Path

from toolace_mt.errors import InputError
from toolace_mt.tools.sources.base import Given, ToolSource
from toolace_mt.tools.sources.hub import read_dataset
from toolace_mt.tools.sources.jsonl import read_file
from toolace_mt.tools.sources.mcp import read_servers
from toolace_mt.tools.sources.mcp_pool import read_mcp_pool
from toolace_mt.tools.sources.openapi import read_openapi
from toolace_mt.tools.sources.python import read_python
from toolace_mt.tools.sources.starter import read_starter

SOURCES: dict[str, ToolSource] = {
    "starter": read_starter,
    "mcp-pool": read_mcp_pool,
    "jsonl": read_file,
    "openapi": read_openapi,
    "mcp": read_servers,
    "python": read_python,
    "dataset": read_dataset,
}
"""The reader of each kind of source, by the name before the colon."""


def read_source(source: str) -> Iterable[Given]:
    """Return the definitions of a source, as `tools.source` and the command line name it."""
    kind, colon, place = source.partition(":")
    if kind in SOURCES and (colon or kind == "starter"):
        if colon and not place.strip():
            raise InputError(f"{source}: expected something behind the colon")
        return SOURCES[kind](place)
    if colon and kind.replace("-", "").isalpha() and not Path(source).exists():
        raise InputError(
            f"{source}: no such file, and no kind of source is called {kind!r}; expected a file, or"
            f" one of {', '.join(f'{name}:' for name in SOURCES)} before the place"
        )
    return read_file(source)
