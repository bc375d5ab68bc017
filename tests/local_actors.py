"""Actors without Ray: an `EngineLink` to a `EngineHost` that can be killed and comes back anew."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.fleet.admission import Admission
from toolace_mt.distributed.fleet.host import EngineHost
from toolace_mt.distributed.fleet.protocol import EngineGone, Hellos, Links, Order, Poll


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


class Dying(EngineHost):
    """A host whose end is told to `kill`."""

    def __init__(self, kill: Callable[[str], None] = lambda cause: None) -> None:
        super().__init__()
        self._kill = kill

    def ended(self, admission: Admission) -> None:
        self._kill(admission.cause)


class LocalActor:
    """An `EngineLink`; `kill` ends its host at once, and a new one is up after `restart` seconds.

    It has one engine, or several from number `first` on.
    """

    def __init__(self, *engines: FakeEngine, restart: float = 0.02, first: int = 0) -> None:
        self.engine = engines[0]
        self.engines = {first + place: engine for place, engine in enumerate(engines)}
        self.restart = restart
        self.deaths = 0
        self.final = False
        self._up()

    def _up(self) -> None:
        self.host: EngineHost | None = Dying(self.kill)
        self.admissions = [self.host.seat(index, engine) for index, engine in self.engines.items()]
        self.ended = asyncio.Event()
        for engine in self.engines.values():
            engine.fatal = self.kill

    @property
    def admission(self) -> Admission:
        """The first one."""
        return self.admissions[0]

    def kill(self, cause: str = "") -> None:
        if self.host is None:
            return
        for admission in self.admissions:
            for task in list(admission._running):
                task.cancel()
        self.host = None
        self.deaths += 1
        self.ended.set()
        if not self.final:
            asyncio.get_running_loop().call_later(self.restart, self._up)

    async def hello(self) -> Hellos:
        return await (await self._reach()).hello()

    async def submit(self, client: str, orders: Mapping[str, Sequence[Order]]) -> None:
        await (await self._reach()).submit(client, orders)

    async def drain(
        self, client: str, orders: Mapping[str, Sequence[Order]], at_least: float = 0.0
    ) -> Poll:
        host = await self._reach()
        return await self._unless_killed(host.drain(client, orders, at_least))

    async def go(self, client: str, incarnation: str) -> None:
        await (await self._reach()).go(client, incarnation)

    async def leave(self, client: str) -> None:
        await (await self._reach()).leave(client)

    async def _reach(self) -> EngineHost:
        await asyncio.sleep(0)
        if self.host is None:
            raise EngineGone("killed", self.final)
        return self.host

    async def _unless_killed(self, call: Awaitable[Poll]) -> Poll:
        ended = asyncio.ensure_future(self.ended.wait())
        answer = asyncio.ensure_future(call)
        await asyncio.wait((ended, answer), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            raise EngineGone("killed", self.final)
        ended.cancel()
        return answer.result()


def links(actors: Sequence[LocalActor]) -> Links:
    """Return the ways to actors, each with its engines."""
    return [(actor, list(actor.engines)) for actor in actors]


def actors(engines: Sequence[FakeEngine]) -> list[LocalActor]:
    """Return an actor for each engine."""
    return [LocalActor(engine, first=index) for index, engine in enumerate(engines)]
