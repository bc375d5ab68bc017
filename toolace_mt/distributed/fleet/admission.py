"""Admission of requests to one engine within its actor: waiting, running, stopping, dying."""

import asyncio
import heapq
import itertools
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Sequence

from toolace_mt.calls.request import Completion
from toolace_mt.distributed.fleet.protocol import Hello, Order, State
from toolace_mt.engine.base import Engine
from toolace_mt.errors import EngineError

logger = logging.getLogger(__name__)

AHEAD = 8  # 1/8 more requests than slots are admitted, so that a slot never waits
LAST_WORDS = 1.0  # seconds for clients to fetch results before the engine is ended

Results = list[tuple[int, Completion]]


class Admission:
    """Admits the requests of many clients to one incarnation of an engine.

    - Requests of all clients wait here in order of priority, and enter as slots become free.
    - A request that must run alone waits until the engine is empty.
    - `tell(client, results)` is called when there is news for a client.
    - `die(admission)` is called once the engine is unusable; `cause` then says why.
    """

    def __init__(
        self,
        index: int,
        engine: Engine,
        tell: Callable[[str, Results], None],
        die: Callable[["Admission"], None],
    ) -> None:
        self.index = index
        self.engine = engine
        self.incarnation = uuid.uuid4().hex
        self.counts: Counter[tuple[str, str]] = Counter()
        self.cause = ""
        self.stopping = False
        self._tell = tell
        self._die = die
        self._open: Counter[str] = Counter()  # unfinished requests by client
        self._waiting: list[tuple[bool, int, int, str, Order]] = []
        self._running: dict[asyncio.Task[Completion | None], tuple[str, Order]] = {}
        self._granted: tuple[str, Order] | None = None
        self._unseen = ""
        self._arrivals = itertools.count()

    def hello(self) -> Hello:
        """Return this engine's incarnation, model, slots and settings."""
        engine = self.engine
        return Hello(self.incarnation, engine.model, engine.max_num_seqs, engine.describe())

    def accept(self, client: str, orders: Sequence[Order]) -> None:
        """Accept requests; while stopping or dying they are dropped, as `state` tells clients."""
        if self.stopping or self.cause or not orders:
            return
        self._open[client] += len(orders)
        for order in orders:
            place = (not order.alone, order.priority, next(self._arrivals), client, order)
            heapq.heappush(self._waiting, place)
        self._admit()

    def go(self, client: str) -> None:
        """Start the request that was granted to this client to run alone."""
        if self._granted is not None and self._granted[0] == client:
            granted, self._granted = self._granted, None
            self._start(*granted)

    def seen(self, client: str) -> None:
        """Admit again after a request ran alone, once its client has fetched the result.

        If the next request started earlier and killed the engine, both would be suspected.
        """
        if self._unseen == client:
            self._unseen = ""
            self._admit()

    def state(self, client: str) -> State:
        """Return the state of the engine, as one client sees it."""
        owner, order = self._granted or ("", None)
        mine = self._open[client]
        suspects: tuple[int, ...] | None = None
        if self.cause:
            suspects = tuple(o.ticket for who, o in self._running.values() if who == client)
        return State(
            mine=mine,
            others=self._open.total() - mine,
            stopping=self.stopping,
            suspects=suspects,
            granted=order.ticket if order and owner == client else None,
            dying=self.cause,
        )

    def open_for(self, client: str) -> int:
        """Return how many requests of a client are not finished."""
        return self._open[client]

    def forget(self, client: str) -> None:
        """Drop the waiting requests of a client and cancel its running ones."""
        self._waiting = [entry for entry in self._waiting if entry[3] != client]
        heapq.heapify(self._waiting)
        if self._granted and self._granted[0] == client:
            self._granted = None
        if self._unseen == client:
            self._unseen = ""
        self._open.pop(client, None)
        self._admit()
        for task, (owner, _) in list(self._running.items()):
            if owner == client:
                task.cancel()

    def stop(self) -> None:
        """Accept and start nothing more; running requests may finish."""
        self.stopping = True
        dropped = [entry[3] for entry in self._waiting]
        if self._granted:
            dropped.append(self._granted[0])
        self._open.subtract(dropped)
        self._waiting, self._granted = [], None

    def load(self) -> tuple[int, int]:
        """Return the number of requests that wait here and of those in the engine."""
        return len(self._waiting), len(self._running)

    def dying(self, cause: str) -> None:
        """Tell all clients what was running, then have the engine ended."""
        if self.cause:
            return
        self.cause = cause
        logger.error("engine given up: %s", cause)
        for client in self._open:
            self._tell(client, [])
        asyncio.get_running_loop().call_later(LAST_WORDS, self._die, self)

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
                self._tell(client, [])
            else:
                self._start(client, order)

    def _start(self, client: str, order: Order) -> None:
        task = asyncio.create_task(self._run(order))
        self._running[task] = client, order
        task.add_done_callback(self._ended)

    async def _run(self, order: Order) -> Completion | None:
        try:
            completion = await self.engine.generate(order.request, order.priority)
        except EngineError as error:
            self.dying(error.message)
            return None
        except Exception as error:
            # An exception for one request is the outcome of that request only.
            logger.exception("%s %s", order.request.dialogue, order.request.kind)
            completion = Completion(f"the engine failed on this request: {error!r}", "failed")
        self._count(order.request.stage, completion)
        return completion

    def _ended(self, task: asyncio.Task[Completion | None]) -> None:
        completion = None if task.cancelled() else task.result()
        client, order = self._running[task]
        if not self.cause:  # else clients still read what was running
            del self._running[task]
        if completion and client in self._open:  # not forgotten meanwhile
            self._unseen = client if order.alone else self._unseen
            self._open[client] -= 1
            self._tell(client, [(order.ticket, completion)])
        if not self.cause:
            self._admit()

    def _count(self, stage: str, completion: Completion) -> None:
        self.counts[stage, "calls"] += 1
        self.counts[stage, "prompt"] += completion.prompt_tokens
        self.counts[stage, "cached"] += completion.cached_tokens
        self.counts[stage, "output"] += completion.output_tokens
