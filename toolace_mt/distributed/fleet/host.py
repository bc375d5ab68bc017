"""The engines of one process and the results that wait for their clients; without Ray."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from toolace_mt.distributed.fleet.admission import Admission, Results
from toolace_mt.distributed.fleet.protocol import EngineGone, Hellos, Order, Poll
from toolace_mt.engine.base import Engine

logger = logging.getLogger(__name__)

GATHER = 0.05  # seconds during which results join the first in its message
LONG_POLL = 5.0  # seconds after which `drain` returns without a result
FORGET = 60.0  # a client that has not called `drain` for so many seconds is dead


@dataclass(slots=True)
class _Outbox:
    results: Results = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    draining: bool = False
    seen: float = field(default_factory=time.monotonic)


class EngineHost:
    """Serves the engines of one process to many clients, as an `EngineLink` without a network.

    A client fetches the results of all engines here in one message, since messages are the main
    cost of having many engines. `ended(admission)` is called when an engine is unusable.
    """

    def __init__(self) -> None:
        self.admissions: dict[str, Admission] = {}  # by incarnation
        self.lost: dict[int, EngineGone] = {}  # engines that are down, and why
        self._outboxes: dict[str, _Outbox] = {}
        self._stopping = False

    def seat(self, index: int, engine: Engine) -> Admission:
        """Begin to serve a started engine."""
        admission = Admission(index, engine, self._tell, self.ended)
        admission.stopping = self._stopping
        self.admissions[admission.incarnation] = admission
        self.lost.pop(index, None)
        self._wake_all()
        return admission

    def ended(self, admission: Admission) -> None:
        """Serve an engine no more."""
        self.leave_out(admission, EngineGone(admission.cause, final=True))

    def leave_out(self, admission: Admission, gone: EngineGone) -> None:
        """Remove an engine and wake all clients, so that they learn of it."""
        self.admissions.pop(admission.incarnation, None)
        self.lost[admission.index] = gone
        self._wake_all()

    async def hello(self) -> Hellos:
        """Return the engines that are here."""
        return {
            **{admission.index: admission.hello() for admission in self.admissions.values()},
            **self.lost,
        }

    async def submit(self, client: str, orders: Mapping[str, Sequence[Order]]) -> None:
        """Accept requests by incarnation; those for an incarnation that is gone are dropped."""
        self._outboxes.setdefault(client, _Outbox())
        for incarnation, each in orders.items():
            admission = self.admissions.get(incarnation)
            if admission is not None:
                admission.accept(client, each)

    async def go(self, client: str, incarnation: str) -> None:
        """Start the request that was granted to this client to run alone."""
        if incarnation in self.admissions:
            self.admissions[incarnation].go(client)

    async def drain(
        self, client: str, orders: Mapping[str, Sequence[Order]], at_least: float = 0.0
    ) -> Poll:
        """Accept requests, wait for results, at most `LONG_POLL` seconds, and return them.

        The reply is sent `GATHER` seconds after the first result, and not before `at_least` seconds
        after the call, so that other results join it.
        """
        await self.submit(client, orders)
        outbox = self._outboxes[client]
        for admission in self._asked(orders) if not outbox.results else ():
            admission.seen(client)
        outbox.draining = True
        if self._wait_for(client, orders):
            await self._gather_results(client, outbox, at_least)
        outbox.draining, outbox.seen = False, time.monotonic()
        outbox.news.clear()
        results, outbox.results = outbox.results, []
        states = {
            admission.incarnation: admission.state(client) for admission in self._asked(orders)
        }
        return Poll(results, states, len(self._outboxes), self._unknown(orders))

    def _unknown(self, orders: Mapping[str, Sequence[Order]]) -> Hellos:
        unknown = [admission for name, admission in self.admissions.items() if name not in orders]
        lost = {index: gone for index, gone in self.lost.items() if gone.final}
        return {**lost, **{admission.index: admission.hello() for admission in unknown}}

    def _asked(self, orders: Mapping[str, Sequence[Order]]) -> list[Admission]:
        return [
            self.admissions[incarnation] for incarnation in orders if incarnation in self.admissions
        ]

    def _wait_for(self, client: str, orders: Mapping[str, Sequence[Order]]) -> bool:
        """Say whether to wait: results may come, and there is no other news for the client."""
        asked = self._asked(orders)
        all_there = len(asked) == len(orders)
        return all_there and any(not d.stopping or d.open_for(client) for d in asked)

    async def _gather_results(self, client: str, outbox: _Outbox, at_least: float) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + at_least
        try:
            await asyncio.wait_for(outbox.news.wait(), LONG_POLL)
        except TimeoutError:
            self._forget_clients()
            return
        if any(admission.open_for(client) for admission in self.admissions.values()):
            await asyncio.sleep(max(GATHER, until - clock()))

    async def leave(self, client: str) -> None:
        """Forget a client and end what it still has running."""
        self._forget(client)

    def _forget(self, client: str) -> None:
        if self._outboxes.pop(client, None) is not None:
            for admission in self.admissions.values():
                admission.forget(client)

    async def stop(self) -> None:
        """Accept and start nothing more; running requests may finish."""
        self._stopping = True
        for admission in self.admissions.values():
            admission.stop()
        self._wake_all()

    def _tell(self, client: str, results: Results) -> None:
        outbox = self._outboxes.get(client)
        if outbox is not None:
            outbox.results += results
            outbox.news.set()

    def _forget_clients(self) -> None:
        now = time.monotonic()
        for name, outbox in list(self._outboxes.items()):
            if not outbox.draining and now - outbox.seen > FORGET:
                logger.warning("client %s is gone; what it had open is ended", name)
                self._forget(name)

    def _wake_all(self) -> None:
        for outbox in self._outboxes.values():
            outbox.news.set()
