"""The client: brings the requests of one shard to the engines and their completions back.

Invariants. Every request accepted by `generate` ends in exactly one completion or one RunError.
Retries at engine deaths happen here and nowhere else. A dialogue stays with one engine, which
holds its KV prefix, unless that engine is fuller than another by a margin or dies. A request is
bound to an engine only when there is room for it, so late changes of mind cost nothing: an engine
that has room and no work of its own takes over waiting requests of the fullest.

A burst of calls over one cold prefix needs no leader sent ahead: vLLM enters a prompt's blocks in
its cache when it schedules the prompt, so the others hit them in the same step (eight calls at
once over 1,624 cold tokens: seven found 1,600 of them cached). What costs is scattering the burst
over engines, and that is what dialogues staying with their engine prevents.
"""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from toolace_mt.distributed.policy import FaultPolicy
from toolace_mt.distributed.wire import Drained, EngineGone, Hello, Link, Order, Stopped
from toolace_mt.engine.base import Completion, Request
from toolace_mt.errors import EngineError, RunError
from toolace_mt.seeds import derive_seed

logger = logging.getLogger(__name__)

LINGER = 0.01  # seconds in which requests gather for one message; a model call takes far longer
OVERCOMMIT = 1.25  # requests sent ahead of an engine's slots, so that none waits for a message
MARGIN = 8  # an engine may be fuller than the emptiest by 1/8 of its slots before dialogues leave

_STAGES = ("verification", "refinement", "simulation", "initialization")


def priority(request: Request) -> int:
    """Return the rank of a request, lowest first: later stages and rounds before new dialogues.

    So fewer dialogues are open at a time, and their prefixes are still in the cache.
    """
    stage = _STAGES.index(request.stage) if request.stage in _STAGES else len(_STAGES)
    return 1000 * stage + max(0, 999 - request.round)


@dataclass(slots=True)
class _Call:
    request: Request
    rank: tuple[int, int]
    done: asyncio.Future[Completion]
    deaths: int = 0
    deaths_alone: int = 0
    aborts: int = 0
    alone: bool = False
    granted: bool = False

    def __lt__(self, other: "_Call") -> bool:
        return self.rank < other.rank


@dataclass(slots=True, eq=False)
class _Engine:
    """What the client knows of one engine. `hello` is None while it is down."""

    index: int
    link: Link
    hello: Hello | None = None
    gone: str = ""
    flight: dict[int, _Call] = field(default_factory=dict)
    queue: list[_Call] = field(default_factory=list)
    others: int = 0
    clients: int = 1
    suspects: tuple[int, ...] | None = None
    stopped: bool = False
    work: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def slots(self) -> int:
        return self.hello.max_num_seqs if self.hello else 1

    @property
    def load(self) -> int:
        return len(self.flight) + len(self.queue) + self.others

    @property
    def room(self) -> int:
        """How many more to send: what is free in all, but never less than this client's share."""
        most = int(self.slots * OVERCOMMIT) + 1
        share = -(-most // self.clients)
        return max(share - len(self.flight), most - self.others - len(self.flight))


class Client:
    """Use as an async context manager, in one event loop; `name` is unique among all clients."""

    def __init__(self, name: str, links: Sequence[Link], policy: FaultPolicy) -> None:
        self._name = name
        self._policy = policy
        self._engines = [_Engine(index, link) for index, link in enumerate(links)]
        self._homes: dict[str, _Engine] = {}
        self._limbo: list[_Call] = []
        self._tickets = itertools.count()
        self._order = itertools.count()
        self._end: RunError | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.requeues = 0
        self.deaths: set[tuple[int, str]] = set()  # engine and incarnation

    async def __aenter__(self) -> "Client":
        self._tasks = [asyncio.create_task(self._serve(engine)) for engine in self._engines]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        live = [engine for engine in self._engines if engine.hello]
        leaving = (engine.link.leave(self._name) for engine in live)
        await asyncio.gather(*leaving, return_exceptions=True)

    async def generate(self, request: Request) -> Completion:
        """Return the completion of a request; raises Stopped, or EngineError if none is left."""
        if self._end:
            raise self._end
        done: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        self._place(_Call(request, (priority(request), next(self._order)), done))
        return await done

    # -- where a request goes ----------------------------------------------------------------

    def _place(self, call: _Call) -> None:
        up = [engine for engine in self._engines if engine.hello]
        if not up:
            self._limbo.append(call)
            return
        home = up[-1] if call.alone else self._home(call.request.dialogue, up)
        heapq.heappush(home.queue, call)
        home.work.set()
        if home.room <= 0:
            for engine in up:
                if engine.room > 0:
                    engine.work.set()

    def _home(self, dialogue: str, up: list[_Engine]) -> _Engine:
        """Return the engine that holds the dialogue's prefix, or choose one and remember it.

        Rendezvous hashing with bounded load: without a load to speak of, every stage of a dialogue
        arrives at the same engine, and those of a lost engine spread evenly over the others.
        """
        home = self._homes.get(dialogue)
        if home is None or home.hello is None:
            least = min(engine.load for engine in up)
            fair = [e for e in up if e.load <= least + e.slots // MARGIN]
            home = max(fair, key=lambda engine: derive_seed(dialogue, engine.index))
            self._homes[dialogue] = home
        return home

    def _next(self, engine: _Engine) -> _Call | None:
        """Return the engine's next request, its own or one that waits too long elsewhere.

        An engine less than half full takes whatever waits: in the tail of a shard a cold prefix
        costs less than an idle engine. A request that has to run alone is sent alone.
        """
        if len(engine.flight) == 1 and next(iter(engine.flight.values())).alone:
            return None
        if engine.queue:
            if engine.queue[0].alone and engine.flight:
                return None
            return heapq.heappop(engine.queue)
        fullest = max(self._engines, key=lambda other: len(other.queue))
        margin = 0 if engine.load < engine.slots // 2 else engine.slots // MARGIN
        if len(fullest.queue) <= margin or fullest.queue[0].alone:
            return None
        call = heapq.heappop(fullest.queue)
        self._homes[call.request.dialogue] = engine
        return call

    # -- one engine --------------------------------------------------------------------------

    async def _serve(self, engine: _Engine) -> None:
        """Keep one engine supplied and drained, over its deaths, until it is gone for good."""
        failures = 0
        while not engine.gone:
            try:
                engine.hello = await engine.link.hello()
                failures = 0
                await self._exchange(engine, engine.hello.incarnation)
            except EngineGone as gone:
                failures += 1
                self._lose(engine, gone)
                if not engine.gone:
                    await asyncio.sleep(self._policy.backoff(failures))
            except Exception as error:
                logger.exception("client %s: engine %d", self._name, engine.index)
                self._finish(RunError(f"talking to engine {engine.index}: {error!r}"))
                return

    async def _exchange(self, engine: _Engine, incarnation: str) -> None:
        limbo, self._limbo = self._limbo, []
        for call in limbo:
            self._place(call)
        engine.work.set()
        sender = asyncio.create_task(self._send(engine, incarnation))
        drainer = asyncio.create_task(self._drain(engine, incarnation))
        try:
            await asyncio.wait((sender, drainer), return_when=asyncio.FIRST_COMPLETED)
            for task in (sender, drainer):
                if task.done():
                    task.result()
        finally:
            for task in (sender, drainer):
                task.cancel()
            await asyncio.gather(sender, drainer, return_exceptions=True)

    async def _send(self, engine: _Engine, incarnation: str) -> None:
        while True:
            await engine.work.wait()
            await asyncio.sleep(LINGER)
            engine.work.clear()
            orders = list(self._orders(engine))
            if orders:
                await engine.link.submit(self._name, incarnation, orders)

    def _orders(self, engine: _Engine) -> Iterator[Order]:
        while engine.room > 0 and not engine.stopped:
            call = self._next(engine)
            if call is None:
                return
            if call.done.done():  # its dialogue has failed meanwhile
                continue
            ticket = next(self._tickets)
            engine.flight[ticket] = call
            yield Order(ticket, call.rank[0], call.alone, call.request)

    async def _drain(self, engine: _Engine, incarnation: str) -> None:
        while True:
            drained = await engine.link.drain(self._name, incarnation)
            engine.others, engine.clients = drained.others, max(1, drained.clients)
            for ticket, completion in drained.results:
                call = engine.flight.pop(ticket, None)
                if call is not None:
                    self._deliver(call, completion)
            engine.suspects = drained.suspects
            if drained.granted in engine.flight:
                engine.flight[drained.granted].granted = True
                await engine.link.go(self._name, incarnation)
            if drained.stopping:
                self._stop(engine, drained)
            if engine.queue or drained.results:
                engine.work.set()

    def _stop(self, engine: _Engine, drained: Drained) -> None:
        """Send nothing more to an engine; end once every engine has finished what it had."""
        engine.stopped = drained.mine == 0
        if all(other.stopped or not other.hello for other in self._engines):
            self._finish(Stopped("the run was asked to stop"))

    def _deliver(self, call: _Call, completion: Completion) -> None:
        if completion.finish == "abort" and call.aborts < self._policy.aborts:
            call.aborts += 1
            self._again(call)
        elif not call.done.done():
            call.done.set_result(completion)

    # -- when it dies ------------------------------------------------------------------------

    def _lose(self, engine: _Engine, gone: EngineGone) -> None:
        """Forget an engine and send what it had elsewhere, at once."""
        running = engine.flight.keys() if engine.suspects is None else set(engine.suspects)
        flight, engine.flight = engine.flight, {}
        queue, engine.queue = engine.queue, []
        if engine.hello:
            self.deaths.add((engine.index, engine.hello.incarnation))
        engine.hello = engine.suspects = None
        engine.others, engine.clients = 0, 1
        engine.gone = gone.cause if gone.final else ""
        self._homes = {d: home for d, home in self._homes.items() if home is not engine}
        if flight or engine.gone:
            logger.warning(
                "engine %d lost with %d requests: %s", engine.index, len(flight), gone.cause
            )
        for ticket, call in flight.items():
            if ticket in running:
                self._suspect(call, gone.cause)
            if not call.done.done():
                self._again(call)
        for call in queue:
            self._place(call)
        if all(other.gone for other in self._engines):
            self._finish(EngineError(f"all engines are gone for good; the last: {gone.cause}"))

    def _suspect(self, call: _Call, cause: str) -> None:
        """Count a death against a request that was, or may have been, running in the engine."""
        call.deaths += 1
        call.deaths_alone += call.granted
        if call.deaths_alone >= self._policy.guilty_after and not call.done.done():
            text = f"the engine died {call.deaths} times while it ran, at last alone: {cause}"
            call.done.set_result(Completion(text, "failed"))
            logger.warning("%s %s: given up: %s", call.request.dialogue, call.request.kind, text)
        call.alone = call.deaths >= self._policy.suspect_after

    def _again(self, call: _Call) -> None:
        call.granted = False
        self.requeues += 1
        self._place(call)

    def _finish(self, end: RunError) -> None:
        """End every open request; nothing is accepted after this."""
        self._end = self._end or end
        calls = [*self._limbo]
        for engine in self._engines:
            calls += [*engine.queue, *engine.flight.values()]
            engine.queue, engine.flight = [], {}
        self._limbo = []
        for call in calls:
            if not call.done.done():
                call.done.set_exception(self._end)
