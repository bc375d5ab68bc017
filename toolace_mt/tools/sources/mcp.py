"""Tools of MCP servers, over stdio and streamable HTTP, by the `mcp` SDK (extra `mcp`).

A server is started, asked for its tools, and stopped. Its stderr is not shown. The values of `env`
and `headers` never leave this module, since they may hold secrets.
"""

import asyncio
import json
import os
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any, TextIO

from toolace_mt.errors import InputError, one_line
from toolace_mt.tools.sources.base import Given
from toolace_mt.trajectory import JsonObject

SECONDS = 60.0
"""Seconds for a server to list its tools; its first start may have to fetch packages."""

_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Server:
    """One MCP server: a command to start, or a URL. `repr` shows no secrets."""

    name: str
    command: tuple[str, ...] = field(default=(), repr=False)
    url: str = field(default="", repr=False)
    env: dict[str, str] = field(default_factory=dict, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None
    license: str = ""


def read_servers(place: str) -> Iterator[Given]:
    """Yield the tools of an `mcpServers` file (JSON), a URL, or a command with its arguments."""
    for server in servers(place):
        for tool in _listed(server):
            definition = {key: value for key, value in tool.items() if key != "_meta"}
            whose = {"server": server.name, "source": f"mcp:{server.name}"}
            licence = {"license": server.license} if server.license else {}
            yield Given(
                f"mcp:{server.name}: {tool.get('name')}", {**definition, **whose, **licence}
            )


def servers(place: str) -> list[Server]:
    """Return the servers that a place names; raises InputError if it names none."""
    if place.startswith(("http://", "https://")):
        return [Server(place.partition("://")[2].partition("/")[0].rpartition("@")[2], url=place)]
    if place.endswith(".json") and Path(place).is_file():
        return _of_file(place)
    try:
        words = shlex.split(place)
    except ValueError as error:
        raise InputError(f"mcp:{place}: not a command: {error}") from error
    return [Server(_called(words), command=tuple(words))]


def _called(words: list[str]) -> str:
    """Return a name for a command: its program, or what a runner (`npx`, `uvx`) runs."""
    runners = ("npx", "uvx", "node", "python", "python3", "uv", "bunx", "docker", "pipx", "deno")
    named = [Path(word).name for word in words if not word.startswith("-")]
    skipped = [name for name in named if name not in (*runners, "run", "exec", "tool")]
    return (skipped or named or [words[0]])[0].removesuffix(".py").removesuffix(".js")


def _of_file(place: str) -> list[Server]:
    try:
        value = json.loads(Path(place).read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{place}: cannot be read as JSON: {one_line(error)}") from error
    listed = value.get("mcpServers", value.get("servers")) if isinstance(value, dict) else None
    if not isinstance(listed, dict) or not listed:
        raise InputError(f"{place}: expected an object `mcpServers` with at least one server")
    return [_entry(name, entry, place) for name, entry in listed.items()]


def _entry(name: str, entry: Any, place: str) -> Server:
    where = f"{place}: mcpServers.{name}"
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected an object, got {type(entry).__name__}")
    command, url = entry.get("command"), entry.get("url") or entry.get("serverUrl")
    if isinstance(url, str):
        return Server(
            name,
            url=_filled(url),
            headers=_texts(entry, "headers", where),
            license=str(entry.get("license", "")),
        )
    arguments = entry.get("args", [])
    strings = isinstance(arguments, list) and all(isinstance(each, str) for each in arguments)
    if not isinstance(command, str) or not strings:
        raise InputError(f"{where}: expected `command` with a list `args`, or `url`")
    words = tuple(map(_filled, (command, *arguments)))
    cwd = entry.get("cwd")
    env = _texts(entry, "env", where)
    return Server(
        name,
        command=words,
        env=env,
        cwd=cwd if isinstance(cwd, str) else None,
        license=str(entry.get("license", "")),
    )


def _texts(entry: JsonObject, key: str, where: str) -> dict[str, str]:
    given = entry.get(key) or {}
    if not isinstance(given, dict) or not all(isinstance(v, str | int) for v in given.values()):
        raise InputError(f"{where}.{key}: expected an object of texts")
    return {name: _filled(str(value)) for name, value in given.items()}


def _filled(text: str) -> str:
    """Return a text with `${NAME}` replaced from the environment, as other MCP clients do."""
    return Template(text).safe_substitute(os.environ)


def _listed(server: Server) -> list[JsonObject]:
    with ThreadPoolExecutor(1) as thread:  # the caller may be running an event loop
        return thread.submit(asyncio.run, _asked(server)).result()


async def _asked(server: Server) -> list[JsonObject]:
    try:
        from mcp import MCPError
    except ImportError as error:
        raise InputError(
            f"mcp:{server.name}: needs the MCP SDK: pip install 'toolace-mt[mcp]'"
        ) from error
    what = f"mcp:{server.name}"
    try:
        async with asyncio.timeout(SECONDS):
            return await _tools(server)
    except TimeoutError as error:
        raise InputError(f"{what}: no answer to tools/list in {SECONDS:g} seconds") from error
    except FileNotFoundError as error:
        program = server.command[0] if server.command else server.name
        raise InputError(f"{what}: no such program or directory: {program}") from error
    except (MCPError, OSError, ValueError, RuntimeError, ExceptionGroup) as error:
        cause = one_line(_innermost(error), 120)
        hint = f"does `{server.command[0]} ...` start by itself?" if server.command else "is it up?"
        raise InputError(f"{what}: did not tell its tools: {cause}; {hint}") from error


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


async def _tools(server: Server) -> list[JsonObject]:
    async with AsyncExitStack() as stack:
        with open(os.devnull, "w") as silent:
            return await _pages(await transport(server, stack, silent), stack)


async def _pages(transport: Any, stack: AsyncExitStack) -> list[JsonObject]:
    from mcp import Client

    async with stack:
        client = await stack.enter_async_context(Client(transport))
        found: list[JsonObject] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += [
                tool.model_dump(mode="json", by_alias=True, exclude_none=True)
                for tool in page.tools
            ]
            cursor = page.next_cursor
            if not cursor:
                break
        return found


async def transport(server: Server, stack: AsyncExitStack, silent: TextIO) -> Any:
    """Return what the SDK's client connects to; what belongs to it ends with `stack`."""
    from mcp import StdioServerParameters, stdio_client

    if server.url:
        if not server.headers:
            return server.url
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        http = httpx2.AsyncClient(headers=server.headers, timeout=SECONDS)
        await stack.enter_async_context(http)
        return streamable_http_client(server.url, http_client=http)
    command, *arguments = server.command
    parameters = StdioServerParameters(
        command=command, args=arguments, env=server.env or None, cwd=server.cwd
    )
    return stdio_client(parameters, errlog=silent)
