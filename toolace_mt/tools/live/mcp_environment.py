"""An environment behind MCP: a server process and a directory of its own for one dialogue."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from toolace_mt.errors import one_line
from toolace_mt.tools.live.environment import Crashed, Reply
from toolace_mt.tools.sources.mcp import Server, transport
from toolace_mt.trajectory import JsonObject

DIRECTORY = "{directory}"
"""Stands in a command for the dialogue's directory."""
SHOWN = "/workspace"
"""What that directory is called in arguments and outputs: its real name differs each time."""
SEED = "TOOLACE_MT_SEED"
"""The variable of the environment that tells a server its dialogue's seed."""

_GONE = (-32000, -32001)  # JSON-RPC: connection closed, request timed out
_Job = tuple[str, JsonObject, "asyncio.Future[Reply]"]


class McpEnvironment:
    """A server that is started by `reset` and ended by `close`; over HTTP, a session with one.

    The process works in an empty directory, or one with a copy of `files`. A server that keeps its
    state elsewhere (a service on the network) is not reset by being started anew.
    """

    def __init__(self, server: Server, files: str | None = None) -> None:
        self._server = server
        self._files = files
        self._directory = ""
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def reset(self, seed: int) -> None:
        """Start the server."""
        await self.close()
        self._directory = os.path.realpath(tempfile.mkdtemp(prefix="toolace-mt-"))
        if self._files is not None:
            shutil.copytree(self._files, self._directory, dirs_exist_ok=True)
        self._jobs = asyncio.Queue()
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._serve(self._own(seed), ready))
        waiting: set[asyncio.Future[None]] = {ready, self._task}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            raise Crashed(f"{self._server.name} did not start: {self._cause()}")

    async def call(self, name: str, arguments: JsonObject) -> Reply:
        """Call a tool; what the server calls an error is one."""
        if self._task is None:
            raise Crashed(f"{self._server.name} is not running")
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((name, _renamed(arguments, SHOWN, self._directory), answer))
        waiting: set[asyncio.Future[Any]] = {answer, self._task}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise Crashed(f"{self._server.name} ended: {self._cause()}")
        reply = answer.result()
        content, otherwise = _renamed([reply.content, reply.otherwise], self._directory, SHOWN)
        return Reply(content, reply.error, otherwise)

    def candidates(self, tool: str, parameter: str, chosen: JsonObject) -> Sequence[Any]:  # noqa: ARG002
        """Say nothing: a server does not tell which values it knows."""
        return ()

    async def close(self) -> None:
        """End the process and remove its directory."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = ""

    def _own(self, seed: int) -> Server:
        """Return the server as it is started for this dialogue."""
        words = [self._word(word) for word in self._server.command]
        env = {**self._server.env, SEED: str(seed)}
        return replace(self._server, command=tuple(words), env=env, cwd=self._directory)

    def _word(self, word: str) -> str:
        """Return a word of the command: files of ours are found from another directory, too."""
        beside = Path(self._server.cwd or ".") / word
        if os.sep in word and beside.exists():
            return os.path.abspath(beside)
        return word.replace(DIRECTORY, self._directory)

    def _cause(self) -> str:
        task = self._task
        error = task.exception() if task and task.done() and not task.cancelled() else None
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return one_line(error) if error else "no reason given"

    async def _serve(self, server: Server, ready: "asyncio.Future[None]") -> None:
        """Keep the connection in a task of its own, which can be cancelled at any time."""
        with open(os.devnull, "w") as silent:
            await self._connected(server, ready, silent)

    async def _connected(
        self, server: Server, ready: "asyncio.Future[None]", silent: TextIO
    ) -> None:
        from mcp import Client

        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(Client(await transport(server, stack, silent)))
            ready.set_result(None)
            while True:
                name, arguments, answer = await self._jobs.get()
                answer.set_result(await _asked(client.session, name, arguments))


async def _asked(session: Any, name: str, arguments: JsonObject) -> Reply:
    """Return what a tool answers. Outputs are not held against its schema: no text gets lost."""
    from mcp import MCPError, types

    params = types.CallToolRequestParams(name=name, arguments=arguments)
    request = types.CallToolRequest(params=params)
    try:
        result = await session.send_request(request, types.CallToolResult)
    except MCPError as error:
        if error.error.code in _GONE:
            raise
        return Reply({"error": one_line(error.error.message)}, error=True)
    texts = [part.text for part in result.content if part.type == "text"]
    if result.is_error:
        return Reply({"error": "\n".join(texts) or "the tool failed"}, error=True)
    if result.structured_content is not None:
        return Reply(result.structured_content, otherwise=_read("\n".join(texts)))
    return Reply(_read("\n".join(texts)))


def _read(text: str) -> Any:
    """Return the object or list that a text is, or the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


def _renamed(value: Any, old: str, new: str) -> Any:
    """Return a JSON value with a path in its texts put in another's place."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_renamed(inner, old, new) for inner in value]
    if isinstance(value, dict):
        return {key: _renamed(inner, old, new) for key, inner in value.items()}
    return value
