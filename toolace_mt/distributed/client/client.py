"""The client: brings the requests of one shard to the engines and their completions back.

- Every request accepted by `generate` ends in exactly one completion or one RunError.
- Retries after engine deaths happen here and nowhere else.
- `routing` decides which engine serves a request.
- A burst of calls with one cold prefix goes out at once: vLLM shares the prefix's blocks among them
  as soon as it schedules the first. The burst must not be scattered over engines, so a dialogue
  stays with one engine.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.client.poison import PoisonRequests
from toolace_mt.distributed.client.routing import (
    Connection,
    PendingRequest,
    Replica,
    Router,
    priority,
)
from toolace_mt.distributed.fleet.protocol import (
    EngineGone,
    Hello,
    Hellos,
    Links,
    Order,
    Poll,
    Stopped,
)
from toolace_mt.errors import EngineError, RunError
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

# Messages are most of a call's overhead, so requests are batched for a moment, and with many actors
# each gets fewer messages. A model call takes far longer than these pauses.
REQUESTS_LINGER = 0.02
MESSAGES_A_SECOND = 20  # to and from all actors of a shard, while the longest pause allows it
LONGEST_PAUSE = 0.4
SETTLE = (
    1.0  # seconds that a shard waits for its engines, so that not all dialogues go to the first
)


class Client:
    """The requests of one shard; an async context manager for one event loop.

    `name` is unique among all clients. `order` has the indexes of links in the order in which to
    open them (default: as given), `fewest` is how many to open at once.
    """

    routing: type[Router] = Router

    def __init__(
        self,
        name: str,
        links: Links,
        policy: FaultPolicy,
        order: Sequence[int] = (),
        fewest: int = 0,
    ) -> None:
        self._name = name
        self._policy = policy
        self._router = self.routing(links, order, fewest)
        self._tickets = itertools.count()
        self._order = itertools.count()
        self._end: RunError | None = None
        self._poison = PoisonRequests(policy)
        self._tasks: list[asyncio.Task[None]] = []
        self.requeues = 0
        self.deaths: set[tuple[int, str]] = set()  # (engine index, incarnation)

    async def __aenter__(self) -> "Client":
        self._tasks = [
            asyncio.create_task(self._serve(connection)) for connection in self._router.connections
        ]
        opened = [
            connection for connection in self._router.connections if connection.opened.is_set()
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                for connection in opened:
                    await connection.answered.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        leaving = (
            connection.link.leave(self._name)
            for connection in self._router.connections
            if connection.up
        )
        await asyncio.gather(*leaving, return_exceptions=True)

    async def generate(self, request: Request) -> Completion:
        """Return the completion of a request; raises Stopped, or EngineError if none is left."""
        if self._end:
            raise self._end
        done: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        self._router.place(PendingRequest(request, (priority(request), next(self._order)), done))
        return await done

    @property
    def _pause(self) -> float:
        """Return the seconds between two messages to the same actor."""
        up = sum(1 for connection in self._router.connections if connection.up)
        return min(up / MESSAGES_A_SECOND, LONGEST_PAUSE)

    async def _serve(self, connection: Connection) -> None:
        """Send requests to an actor and fetch results, until all its engines are gone for good."""
        failures = 0
        while not all(engine.gone for engine in connection.engines):
            try:
                await connection.opened.wait()
                self._meet(connection, await connection.link.hello())
                failures = 0
                await self._exchange(connection)
            except EngineGone as gone:
                failures += 1
                for engine in connection.engines:
                    self._lose(engine, gone)
                await asyncio.sleep(self._policy.backoff(failures))
            except Exception as error:
                logger.exception("client %s", self._name)
                self._finish(
                    RunError(f"talking to engine {connection.engines[0].index}: {error!r}")
                )
                return

    def _meet(self, connection: Connection, hellos: Hellos) -> None:
        """Note which engines are there now."""
        for engine in connection.engines:
            met = hellos.get(engine.index)
            if isinstance(met, Hello):
                engine.hello = engine.hello or met
            elif met and met.final and not engine.gone:
                self._lose(engine, met)
        connection.answered.set()
        connection.work.set()
        if connection.up:
            self._router.arrived()

    async def _exchange(self, connection: Connection) -> None:
        sender = asyncio.create_task(self._send(connection))
        drainer = asyncio.create_task(self._drain(connection))
        try:
            await asyncio.wait((sender, drainer), return_when=asyncio.FIRST_COMPLETED)
            for task in (sender, drainer):
                if task.done():
                    task.result()
        finally:
            for task in (sender, drainer):
                task.cancel()
            await asyncio.gather(sender, drainer, return_exceptions=True)

    async def _send(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await connection.work.wait()
            await asyncio.sleep(REQUESTS_LINGER)
            while (early := connection.asked + self._pause - loop.time()) > 0:
                await asyncio.sleep(early)
            orders = {to: each for to, each in self._orders(connection).items() if each}
            if orders:
                await connection.link.submit(self._name, orders)

    def _orders(self, connection: Connection) -> dict[str, list[Order]]:
        """Return the requests to send to its engines now, by incarnation.

        They come from the engine's own queue, or from the excess of another engine.
        """
        connection.work.clear()
        router, up = self._router, connection.up
        orders = [list(self._taken(e, router.next_for)) if e.queue else [] for e in up]
        if router.overfull():
            for engine, own in zip(up, orders, strict=True):
                own += self._taken(engine, router.taken_over)
        return {e.hello.incarnation: o for e, o in zip(up, orders, strict=True) if e.hello}

    def _taken(
        self, engine: Replica, take: Callable[[Replica], PendingRequest | None]
    ) -> Iterator[Order]:
        while engine.room > 0 and not engine.stopped:
            call = take(engine)
            if call is None:
                return
            self._poison.give_up_if_guilty(call)
            if call.done.done():  # its dialogue has failed
                continue
            ticket = next(self._tickets)
            engine.flight[ticket] = call
            yield Order(ticket, call.rank[0], call.alone, call.request)

    async def _drain(self, connection: Connection) -> None:
        while not all(engine.gone for engine in connection.engines):
            orders = self._orders(connection)
            if not orders:  # all its engines are restarting
                await asyncio.sleep(self._policy.backoff_first)
                self._meet(connection, await connection.link.hello())
                continue
            connection.asked = asyncio.get_running_loop().time()
            answer = await connection.link.drain(self._name, orders, self._pause)
            for ticket, completion in answer.results:
                for engine in connection.engines:
                    if ticket in engine.flight:
                        self._deliver(engine.flight.pop(ticket), completion)
                        break
            for engine in connection.up:
                await self._note(engine, answer)
            if answer.hellos:
                self._meet(connection, answer.hellos)
            if answer.results:  # lets dialogues add their next requests to the next message
                await asyncio.sleep(REQUESTS_LINGER)

    async def _note(self, engine: Replica, answer: Poll) -> None:
        """Note the state of one engine."""
        state = answer.states.get(engine.hello.incarnation) if engine.hello else None
        if state is None:
            self._lose(engine, EngineGone("the engine was started anew", final=False))
            return
        engine.others, engine.clients = state.others, max(1, answer.clients)
        engine.suspects, engine.dying = state.suspects, state.dying
        if state.granted in engine.flight:
            engine.flight[state.granted].granted = True
            assert engine.hello
            await engine.connection.link.go(self._name, engine.hello.incarnation)
        engine.stopped = state.stopping and state.mine == 0
        if state.stopping and all(e.stopped or not e.hello for e in self._router.engines):
            self._finish(Stopped("the run was asked to stop"))

    def _deliver(self, call: PendingRequest, completion: Completion) -> None:
        if completion.finish == "abort" and call.aborts < self._policy.aborts:
            call.aborts += 1
            self._again(call)
        elif not call.done.done():
            call.done.set_result(completion)

    def _lose(self, engine: Replica, gone: EngineGone) -> None:
        """Forget an engine and requeue its requests at once."""
        engine.connection.answered.set()
        running = engine.flight.keys() if engine.suspects is None else set(engine.suspects)
        flight, engine.flight = engine.flight, {}
        cause = engine.dying or gone.cause
        if engine.hello:
            self.deaths.add((engine.index, engine.hello.incarnation))
        engine.hello, engine.suspects, engine.dying = None, None, ""
        engine.others, engine.clients = 0, 1
        engine.gone = gone.cause if gone.final else ""
        self._router.leave(engine)
        if flight or engine.gone:
            logger.warning("engine %d lost with %d requests: %s", engine.index, len(flight), cause)
        for ticket, call in flight.items():
            if ticket in running:
                self._poison.suspect(call, cause)
            if not call.done.done():
                self._again(call)
        if all(other.gone for other in self._router.engines):
            said = f"all engines are gone for good; the last: {gone.cause}"
            self._finish(EngineError(f"{said}; run the same command to continue"))

    def _again(self, call: PendingRequest) -> None:
        call.granted = False
        self.requeues += 1
        self._router.place(call)

    def _finish(self, end: RunError) -> None:
        """End every open request; accept nothing more."""
        self._end = self._end or end
        for call in self._router.clear():
            if not call.done.done():
                call.done.set_exception(self._end)
