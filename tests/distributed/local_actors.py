"""Actors without Ray: a `Link` to a `Host` that can be killed and comes back anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolace_mt.distributed.host import Host
from toolace_mt.distributed.wire import Drained, EngineGone, Hello, Order
from toolace_mt.engine.base import Completion, Request


@dataclass
class FakeEngine:
    """Answers `<dialogue>:<kind>:<slot>` after `seconds`; `poison` kills whoever hosts it."""

    max_num_seqs: int = 4
    seconds: float = 0.005
    poison: str = ""
    model: str = "fake"
    seen: list[Request] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    alone: dict[str, bool] = field(default_factory=dict)
    fatal: Callable[[], None] = lambda: None

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        self.seen.append(request)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.alone[request.dialogue] = self.running == 1
        try:
            await asyncio.sleep(self.seconds)
            if request.dialogue == self.poison:
                self.fatal()
                await asyncio.sleep(60)
        finally:
            self.running -= 1
        return Completion(f"{request.dialogue}:{request.kind}:{request.slot}", "stop", 8, 4, 2)

    def describe(self) -> dict[str, Any]:
        return {}

    def stats(self) -> dict[str, float]:
        return {}

    def stalled(self) -> float:
        return 0.0

    async def close(self) -> None:
        pass


class LocalActor:
    """A `Link`; `kill` ends its host at once, and a new one is up after `restart` seconds."""

    def __init__(self, engine: FakeEngine, restart: float = 0.02) -> None:
        self.engine = engine
        self.restart = restart
        self.deaths = 0
        self.final = False
        self._up()

    def _up(self) -> None:
        self.host: Host | None = Host(self.engine, self.kill)
        self.ended = asyncio.Event()
        self.engine.fatal = self.kill

    def kill(self, cause: str = "") -> None:
        if self.host is None:
            return
        for task in list(self.host._running):
            task.cancel()
        self.host = None
        self.deaths += 1
        self.ended.set()
        if not self.final:
            asyncio.get_running_loop().call_later(self.restart, self._up)

    async def hello(self) -> Hello:
        return await (await self._reach()).hello()

    async def submit(self, client: str, incarnation: str, orders: list[Order]) -> None:
        await (await self._reach()).submit(client, incarnation, orders)

    async def drain(
        self, client: str, incarnation: str, orders: Sequence[Order] = (), at_least: float = 0.0
    ) -> Drained:
        host = await self._reach()
        return await self._unless_killed(host.drain(client, incarnation, orders, at_least))

    async def go(self, client: str, incarnation: str) -> None:
        await (await self._reach()).go(client, incarnation)

    async def leave(self, client: str) -> None:
        await (await self._reach()).leave(client)

    async def _reach(self) -> Host:
        await asyncio.sleep(0)
        if self.host is None:
            raise EngineGone("killed", self.final)
        return self.host

    async def _unless_killed(self, call: Awaitable[Drained]) -> Drained:
        ended = asyncio.ensure_future(self.ended.wait())
        answer = asyncio.ensure_future(call)
        await asyncio.wait((ended, answer), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            raise EngineGone("killed", self.final)
        ended.cancel()
        return answer.result()
