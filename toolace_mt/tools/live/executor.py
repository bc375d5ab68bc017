"""Calls made for real: checked before they are sent, within limits, in a world per dialogue."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from toolace_mt.config import LiveConfig, ToolsConfig
from toolace_mt.errors import ConfigError, DialogueError
from toolace_mt.schemas.check import check_arguments, check_value
from toolace_mt.tools.live.environment import Crashed, Environment, Reply
from toolace_mt.tools.live.mcp_environment import McpEnvironment
from toolace_mt.tools.live.python_environment import PythonEnvironment
from toolace_mt.tools.sources.mcp import Server, servers
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput

_Sent = tuple[str, JsonObject]
_ATTEMPTS = 2


class Worlds:
    """Opens a world for a dialogue: `worlds.open(seed)` is an `OpenWorld`.

    So many are open at a time as the settings say; others wait. Raises InputError for a source that
    cannot be read.
    """

    def __init__(self, tools: Mapping[str, Tool], config: ToolsConfig, live: LiveConfig) -> None:
        self.live = live
        self._tools = tools
        places = [s.removeprefix("mcp:") for s in config.sources if s.startswith("mcp:")]
        if live.servers is not None:
            places = [live.servers]
        self._servers = {found.name: found for place in places for found in servers(place)}
        self._free: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]
        self._free = WeakKeyDictionary()

    def check(self) -> None:
        """Raise ConfigError if no tool can be called."""
        if not any(map(self.tool, self._tools)):
            raise ConfigError(
                "tools.live: none of the tools can be called; expected a source `mcp:...` or"
                " `python:MODULE:CLASS`, or a pool imported from one (MCP: name its `servers`)"
            )

    @asynccontextmanager
    async def open(self, seed: int) -> AsyncIterator["LiveWorld"]:
        """Open the world of a dialogue as its seed gives it; what it has started ends with it."""
        loop = asyncio.get_running_loop()
        free = self._free.setdefault(loop, asyncio.Semaphore(self.live.concurrency))
        async with free:
            world = LiveWorld(self, seed)
            try:
                yield world
            finally:
                await world.close()

    def tool(self, name: str) -> Tool | None:
        """Return the tool of that name if something real stands behind it."""
        tool = self._tools.get(name)
        return tool if tool and (self._server(tool) or self._place(tool)) else None

    def environment(self, tool: Tool) -> Environment:
        """Return a new environment for a tool that has one; it is not started."""
        server = self._server(tool)
        if server is not None:
            return McpEnvironment(server, self.live.files)
        return PythonEnvironment(self._place(tool))

    def _server(self, tool: Tool) -> Server | None:
        return self._servers.get(tool.server) if tool.source.startswith("mcp:") else None

    def _place(self, tool: Tool) -> str:
        return tool.source.removeprefix("python:") if tool.source.startswith("python:") else ""


class LiveWorld:
    """The environments of one dialogue, each started when it is first needed.

    One that crashes or hangs is started anew and gets its calls again, once a call; what it does
    then is final.
    """

    def __init__(self, worlds: Worlds, seed: int) -> None:
        self._worlds = worlds
        self._seed = seed
        self._started: dict[str, Environment] = {}
        self._sent: dict[str, list[_Sent]] = {}

    async def execute(self, call: ToolCall) -> ToolOutput | None:
        """Make a call; raises DialogueError if the environment crashes or hangs twice."""
        tool = self._worlds.tool(call.name)
        if tool is None:
            return None
        if wrong := check_arguments(tool, call.arguments):
            told = f"Invalid arguments: {wrong[0].path}: {wrong[0].message}".replace(": :", ":")
            return ToolOutput(call.id, {"error": told}, True, "executed")
        sent = (tool.original or tool.name, call.arguments)
        reply = self._bounded(_promised(tool, await self._reply(tool, sent)))
        self._sent.setdefault(tool.source, []).append(sent)
        return ToolOutput(call.id, reply.content, reply.error, "executed")

    async def take_back(self, call: ToolCall) -> None:
        """Forget the last call; what it may have changed goes with the environment it was made in.

        A call that was refused before it was sent has changed nothing.
        """
        tool = self._worlds.tool(call.name)
        sent = self._sent.get(tool.source) if tool else None
        if tool and sent and sent[-1] == (tool.original or tool.name, call.arguments):
            sent.pop()
            await self._drop(tool.source)

    async def candidates(self, tool: str, parameter: str, chosen: JsonObject) -> Sequence[Any]:
        """Return values that the tool's environment knows."""
        found = self._worlds.tool(tool)
        if found is None:
            return ()
        name = found.original or found.name
        return (await self._started_for(found)).candidates(name, parameter, chosen)

    async def close(self) -> None:
        """End all environments."""
        for source in list(self._started):
            await self._drop(source)

    async def _reply(self, tool: Tool, sent: _Sent) -> Reply:
        """Make a call, in an environment started anew if it fails in the one there is."""
        cause = ""
        for _ in range(_ATTEMPTS):
            environment = await self._started_for(tool)
            try:
                return await self._made(environment, sent)
            except Crashed as crash:
                cause = str(crash)
                await self._drop(tool.source)
        raise DialogueError(f"{tool.name}: {cause} (twice)")

    async def _started_for(self, tool: Tool) -> Environment:
        cause = ""
        for _ in range(_ATTEMPTS):
            try:
                return await self._environment(tool)
            except Crashed as crash:
                cause = str(crash)
                await self._drop(tool.source)
        raise DialogueError(f"{tool.name}: {cause} (twice)")

    async def _environment(self, tool: Tool) -> Environment:
        """Return the environment behind a tool, in the state that its calls so far have made."""
        if tool.source in self._started:
            return self._started[tool.source]
        environment = self._worlds.environment(tool)
        self._started[tool.source] = environment
        seconds = self._worlds.live.start_seconds
        try:
            async with asyncio.timeout(seconds):
                await environment.reset(self._seed)
        except TimeoutError as error:
            raise Crashed(f"{tool.source} did not start in {seconds:g} seconds") from error
        for sent in self._sent.get(tool.source, ()):
            await self._made(environment, sent)
        return environment

    async def _made(self, environment: Environment, sent: _Sent) -> Reply:
        seconds = self._worlds.live.seconds
        try:
            async with asyncio.timeout(seconds):
                return await environment.call(*sent)
        except TimeoutError as error:
            raise Crashed(f"no answer in {seconds:g} seconds") from error

    def _bounded(self, reply: Reply) -> Reply:
        size, most = len(json.dumps(reply.content)), self._worlds.live.characters
        if size <= most:
            return reply
        return Reply({"error": f"The output has {size} characters, more than {most}."}, error=True)

    async def _drop(self, source: str) -> None:
        environment = self._started.pop(source, None)
        if environment is not None:
            await environment.close()


def _promised(tool: Tool, reply: Reply) -> Reply:
    """Return what a tool said otherwise where its value breaks its own output schema."""
    if reply.error or not reply.otherwise or tool.returns is None:
        return reply
    broken = check_value(tool.returns, reply.content)
    return Reply(reply.otherwise) if broken else reply
