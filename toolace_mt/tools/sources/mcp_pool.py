"""Pools of well-known MCP servers that ship with the package, written by hand.

Names and parameters are those of the servers; `scripts/check_pools.sh` compares them. Descriptions,
examples, outputs and usage exchanges are ours. Outputs are objects of a few fields, named like the
parameters that take them, where a server returns prose. `meta` names package, version and licence.
"""

from collections.abc import Iterator
from importlib.resources import files

from toolace_mt.errors import InputError
from toolace_mt.tools.sources.base import Given
from toolace_mt.tools.sources.jsonl import read_lines

ALL = "all"


def pool_names() -> list[str]:
    """Return the names of the servers that have a pool."""
    entries = (files("toolace_mt.tools") / "mcp_pools").iterdir()
    return sorted(e.name.removesuffix(".jsonl") for e in entries if e.name.endswith(".jsonl"))


def read_mcp_pool(place: str) -> Iterator[Given]:
    """Yield the tools of a server's pool, such as `filesystem`, or of `all` pools."""
    known = pool_names()
    if place not in (ALL, *known):
        raise InputError(f"mcp-pool:{place}: expected {ALL}, {', '.join(known)}")
    folder = files("toolace_mt.tools") / "mcp_pools"
    for name in known if place == ALL else [place]:
        lines = (folder / f"{name}.jsonl").read_bytes().splitlines()
        yield from read_lines(lines, f"mcp-pool:{name}")
