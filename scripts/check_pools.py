"""Compares the pools of MCP servers that ship with the package with what the servers list.

`check_pools.py packages` prints what to install. `check_pools.py compare DIRECTORY` starts every
server that is installed there and compares names and parameters. It exits with 1 if any differ.
"""

import json
import sys
from pathlib import Path
from typing import Any

from toolace_mt.errors import InputError
from toolace_mt.schemas.normalise import parameters_schema
from toolace_mt.tools.sources.mcp import read_servers
from toolace_mt.tools.sources.mcp_pool import pool_names, read_mcp_pool

_OURS = frozenset(("description", "title", "examples"))
_ARGUMENTS = {"filesystem": ["{place}"], "sqlite": ["--db-path", "{place}/check.db"]}
_VARIABLES = {"slack": {"SLACK_BOT_TOKEN": "none", "SLACK_TEAM_ID": "none"}}  # wanted, not used


def plain(schema: Any, named: bool = False) -> Any:
    """A schema without what is worded by its author (`named`: a map of names to schemas)."""
    if isinstance(schema, dict):
        kept = {k: v for k, v in schema.items() if named or k not in _OURS}
        return {k: plain(v, not named and k == "properties") for k, v in kept.items()}
    return [plain(each) for each in schema] if isinstance(schema, list) else schema


def servers_file(name: str, package: str, directory: Path) -> str:
    """A file that says how a server is started, as `check_pools.sh` installed it."""
    folder = directory / ("node_modules/.bin" if package.startswith("npm:") else f"{name}/bin")
    server = {
        "command": str(folder / f"mcp-server-{name}"),
        "args": [each.format(place=directory) for each in _ARGUMENTS.get(name, [])],
        "env": _VARIABLES.get(name, {}),
    }
    file = directory / f"{name}.json"
    file.write_text(json.dumps({"mcpServers": {name: server}}))
    return str(file)


def differences(name: str, directory: Path) -> list[str]:
    """What a pool says otherwise than its server."""
    pool = [given.definition for given in read_mcp_pool(name)]
    try:
        started = list(read_servers(servers_file(name, pool[0]["meta"]["package"], directory)))
    except InputError as error:
        return [error.message]
    listed = {given.definition["name"]: given.definition for given in started}
    wrong = [f"{each['name']}: not listed" for each in pool if each["name"] not in listed]
    for each in pool:
        there = listed.get(each["name"])
        if there and plain(parameters_schema(each["parameters"])) != plain(
            parameters_schema(there["inputSchema"])
        ):
            wrong.append(f"{each['name']}: other parameters")
    left = sorted(set(listed) - {each["name"] for each in pool})
    print(f"{name}: {len(pool)} tools, {len(wrong)} differ; not in the pool: {', '.join(left)}")
    return wrong


def main(what: str, *places: str) -> int:
    """Do what the command line says; returns the exit status."""
    if what == "packages":
        for name in pool_names():
            meta = next(iter(read_mcp_pool(name))).definition["meta"]
            print(name, *meta["package"].split(":", 1), meta["version"])
        return 0
    wrong = [
        f"{name}: {each}" for name in pool_names() for each in differences(name, Path(places[0]))
    ]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
