"""What an actor does around its engine, without Ray: admission, outboxes, stopping, dying."""

import asyncio
import heapq
import itertools
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from toolace_mt.distributed.wire import Drained, EngineGone, Hello, Order
from toolace_mt.engine.base import Completion, Engine
from toolace_mt.errors import EngineError

logger = logging.getLogger(__name__)

GATHER = 0.05  # seconds in which results join the first one in its message
LONG_POLL = 5.0  # seconds after which a drain returns with nothing
FORGET = 60.0  # seconds without a drain after which a client counts as dead
AHEAD = 8  # the engine is given 1/8 more than its slots, so that its own queue never runs dry
LAST_WORDS = 1.0  # seconds in which clients fetch what is finished before the process exits


@dataclass(slots=True)
class _Outbox:
    results: list[tuple[int, Completion]] = field(default_factory=list)
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    open: int = 0
    draining: bool = False
    seen: float = field(default_factory=time.monotonic)


class Host:
    """Serves one engine to many clients; `die(cause)` is called once the engine is of no use.

    It is a `Link` to itself, for clients in the same process.

    Requests wait here in order of priority, whichever client they come from, and enter the engine
    as its slots become free. One that must run alone waits until the engine is empty.
    """

    def __init__(self, engine: Engine, die: Callable[[str], None]) -> None:
        self.engine = engine
        self.incarnation = uuid.uuid4().hex
        self.counts: Counter[tuple[str, str]] = Counter()
        self._die = die
        self._dying = ""
        self._stopping = False
        self._outboxes: dict[str, _Outbox] = {}
        self._waiting: list[tuple[bool, int, int, str, Order]] = []
        self._running: dict[asyncio.Task[None], tuple[str, Order]] = {}
        self._granted: tuple[str, Order] | None = None
        self._unseen = ""
        self._arrivals = itertools.count()

    async def hello(self) -> Hello:
        """Return who this is."""
        engine = self.engine
        return Hello(self.incarnation, engine.model, engine.max_num_seqs, engine.describe())

    async def submit(self, client: str, incarnation: str, orders: list[Order]) -> None:
        """Accept requests; while stopping or dying they are dropped, and their sender told so."""
        self._check(incarnation)
        self._accept(client, orders)

    def _accept(self, client: str, orders: Sequence[Order]) -> None:
        if self._stopping or self._dying or not orders:
            return
        outbox = self._outboxes.setdefault(client, _Outbox())
        outbox.open += len(orders)
        for order in orders:
            place = (not order.alone, order.priority, next(self._arrivals), client, order)
            heapq.heappush(self._waiting, place)
        self._admit()

    async def go(self, client: str, incarnation: str) -> None:
        """Start what was granted to this client."""
        self._check(incarnation)
        if self._granted is not None and self._granted[0] == client:
            granted, self._granted = self._granted, None
            self._start(*granted)

    async def drain(
        self, client: str, incarnation: str, orders: Sequence[Order] = (), at_least: float = 0.0
    ) -> Drained:
        """Accept requests, wait for results, at most `LONG_POLL` seconds, and hand them over.

        Others may join the first until `GATHER` seconds after it, and `at_least` so many after the
        call.
        """
        self._check(incarnation)
        self._accept(client, orders)
        outbox = self._outboxes.setdefault(client, _Outbox())
        if self._unseen == client and not outbox.results:
            self._resume()
        outbox.draining = True
        if not (self._stopping and outbox.open == 0):
            await self._gather_results(outbox, asyncio.get_running_loop().time() + at_least)
        outbox.draining, outbox.seen = False, time.monotonic()
        outbox.filled.clear()
        results, outbox.results = outbox.results, []
        total = sum(other.open for other in self._outboxes.values())
        suspects = tuple(o.ticket for who, o in self._running.values() if who == client)
        owner, order = self._granted or ("", None)
        return Drained(
            results,
            mine=outbox.open,
            others=total - outbox.open,
            clients=len(self._outboxes),
            stopping=self._stopping,
            suspects=suspects if self._dying else None,
            granted=order.ticket if order and owner == client else None,
            dying=self._dying,
        )

    async def _gather_results(self, outbox: _Outbox, until: float) -> None:
        try:
            await asyncio.wait_for(outbox.filled.wait(), LONG_POLL)
            if outbox.open:
                await asyncio.sleep(max(GATHER, until - asyncio.get_running_loop().time()))
        except TimeoutError:
            self._forget_clients()

    async def leave(self, client: str) -> None:
        """Forget a client and end what it still has running."""
        self._forget(client)

    def _forget(self, client: str) -> None:
        if self._outboxes.pop(client, None) is None:
            return
        self._waiting = [entry for entry in self._waiting if entry[3] != client]
        heapq.heapify(self._waiting)
        if self._granted and self._granted[0] == client:
            self._granted = None
        if self._unseen == client:
            self._unseen = ""
        self._admit()
        for task, (owner, _) in list(self._running.items()):
            if owner == client:
                task.cancel()

    async def stop(self) -> None:
        """Accept nothing more and start nothing more; what runs may finish."""
        self._stopping = True
        dropped = [entry[3] for entry in self._waiting]
        if self._granted:
            dropped.append(self._granted[0])
        for client in dropped:
            self._outboxes[client].open -= 1
        self._waiting, self._granted = [], None
        self._wake_all()

    def load(self) -> tuple[int, int]:
        """Return how many requests wait here and how many are in the engine."""
        return len(self._waiting), len(self._running)

    def dying(self, cause: str) -> None:
        """Tell all clients what was running, then let the process be ended."""
        if self._dying:
            return
        self._dying = cause
        logger.error("engine given up: %s", cause)
        self._wake_all()
        asyncio.get_running_loop().call_later(LAST_WORDS, self._die, cause)

    def _check(self, incarnation: str) -> None:
        if incarnation != self.incarnation:
            raise EngineGone("the engine was started anew", final=False)

    def _admit(self) -> None:
        slots = self.engine.max_num_seqs
        most = slots + max(1, slots // AHEAD)
        while self._waiting and len(self._running) < most:
            if self._granted or self._unseen:
                return
            if len(self._running) == 1 and next(iter(self._running.values()))[1].alone:
                return
            if self._waiting[0][4].alone and self._running:
                return
            client, order = heapq.heappop(self._waiting)[3:]
            if order.alone:
                self._granted = client, order
                self._outboxes[client].filled.set()
            else:
                self._start(client, order)

    def _resume(self) -> None:
        """Go on after a lone request, now that its client has asked again and so has its result.

        Were the next one started before, and killed the engine, both would be suspected.
        """
        self._unseen = ""
        self._admit()

    def _start(self, client: str, order: Order) -> None:
        task = asyncio.create_task(self._run(client, order))
        self._running[task] = client, order
        task.add_done_callback(self._ended)

    async def _run(self, client: str, order: Order) -> None:
        try:
            completion = await self.engine.generate(order.request, order.priority)
        except EngineError as error:
            self.dying(error.message)
            return
        except Exception as error:
            # One request that the engine chokes on is that request's outcome.
            logger.exception("%s %s", order.request.dialogue, order.request.kind)
            completion = Completion(f"the engine failed on this request: {error!r}", "failed")
        self._count(order.request.stage, completion)
        outbox = self._outboxes.get(client)
        if outbox is not None:
            outbox.results.append((order.ticket, completion))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._dying:  # what was running when it died stays on record for the clients
            return
        client, order = self._running.pop(task)
        outbox = self._outboxes.get(client)
        if outbox is not None:
            self._unseen = client if order.alone else self._unseen
            outbox.open -= 1
            if outbox.results or not outbox.open:
                outbox.filled.set()
        self._admit()

    def _count(self, stage: str, completion: Completion) -> None:
        self.counts[stage, "calls"] += 1
        self.counts[stage, "prompt"] += completion.prompt_tokens
        self.counts[stage, "cached"] += completion.cached_tokens
        self.counts[stage, "output"] += completion.output_tokens

    def _forget_clients(self) -> None:
        now = time.monotonic()
        for name, outbox in list(self._outboxes.items()):
            if not outbox.draining and now - outbox.seen > FORGET:
                logger.warning("client %s is gone; its %d requests are ended", name, outbox.open)
                self._forget(name)

    def _wake_all(self) -> None:
        for outbox in self._outboxes.values():
            outbox.filled.set()
