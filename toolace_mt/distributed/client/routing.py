"""Which engine serves a request, and which request an engine takes next.

- A dialogue stays with the engine that holds its KV prefix, until that engine dies or is fuller
  than another by `MARGIN`.
- A request is bound to an engine only when the engine has a free slot for it. Until then an engine
  without work of its own may take it over.
- A shard opens only as many actors as it needs: messages are the main overhead of a call, and with
  more actors each message carries less.
"""

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import attrgetter, itemgetter

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config.run import STAGES
from toolace_mt.distributed.fleet.protocol import EngineLink, Hello, Links
from toolace_mt.seeds import derive_seed

OVERCOMMIT = 1.25  # more requests than slots are sent, so that no slot waits for a message
MARGIN = 8  # dialogues leave an engine fuller than the emptiest by 1/8 of its slots
FEWEST = 8  # actors that a shard opens at once, if there are so many

_GOLDEN = (5**0.5 - 1) / 2

_LATEST_FIRST = tuple(
    dict.fromkeys(
        stage
        for column in zip_longest(*map(reversed, STAGES.values()))
        for stage in column
        if stage is not None
    )
)
"""Stages of all methods: those that end a dialogue first."""


def priority(request: Request) -> int:
    """Return the rank of a request, lowest first: later stages and rounds before new dialogues.

    Finishing dialogues first keeps fewer open, so their prefixes stay in the cache.
    """
    known = request.stage in _LATEST_FIRST
    stage = _LATEST_FIRST.index(request.stage) if known else len(_LATEST_FIRST)
    return 1000 * stage + max(0, 999 - request.round)


def nearest(shard: int, actors: int) -> list[int]:
    """Return the actors in the order in which a shard opens them; it is the same in every stage.

    Shards with consecutive numbers start far apart, and so spread over the actors.
    """
    first = int(shard * _GOLDEN % 1 * actors)
    return [(first + index) % actors for index in range(actors)]


@dataclass(slots=True)
class PendingRequest:
    """An open request, with the engine deaths that it saw. The lowest `rank` goes first."""

    request: Request
    rank: tuple[int, int]
    done: asyncio.Future[Completion]
    deaths: int = 0
    deaths_alone: int = 0
    aborts: int = 0
    alone: bool = False
    granted: bool = False

    def __lt__(self, other: "PendingRequest") -> bool:
        return self.rank < other.rank


@dataclass(slots=True, eq=False)
class Connection:
    """A client's connection to one actor and its engines.

    `opened` is set once requests may be sent, `answered` once the actor has replied or is known to
    be gone, `work` while there is something to send.
    """

    link: EngineLink
    engines: list["Replica"] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    work: asyncio.Event = field(default_factory=asyncio.Event)
    asked: float = 0.0

    @property
    def up(self) -> list["Replica"]:
        """Its engines that answer."""
        return [engine for engine in self.engines if engine.hello]


@dataclass(slots=True, eq=False)
class Replica:
    """What the client knows of one engine. `hello` is None while it is down or not opened."""

    index: int
    connection: Connection
    hello: Hello | None = None
    gone: str = ""
    flight: dict[int, PendingRequest] = field(default_factory=dict)
    queue: list[PendingRequest] = field(default_factory=list)
    others: int = 0
    clients: int = 1
    suspects: tuple[int, ...] | None = None
    dying: str = ""
    stopped: bool = False

    @property
    def slots(self) -> int:
        """Sequences that the engine runs at once."""
        return self.hello.max_num_seqs if self.hello else 1

    @property
    def load(self) -> int:
        """Requests in the engine or on their way to it, those of other clients included."""
        return len(self.flight) + len(self.queue) + self.others

    @property
    def room(self) -> int:
        """How many more requests to send: the free slots, but at least this client's share."""
        most = int(self.slots * OVERCOMMIT) + 1
        share = -(-most // self.clients)
        return max(share - len(self.flight), most - self.others - len(self.flight))

    @property
    def kept(self) -> bool:
        """Whether one request has the engine to itself."""
        return len(self.flight) == 1 and next(iter(self.flight.values())).alone

    @property
    def excess(self) -> int:
        """How many queued requests exceed the engine's free slots; negative if slots remain."""
        return len(self.queue) - max(0, self.room)


class Router:
    """The engines of one client, their queues, and the engine of each dialogue.

    `order` has the indexes of links in the order in which to open them, `fewest` is how many to
    open at once.
    """

    def __init__(self, links: Links, order: Sequence[int] = (), fewest: int = 0) -> None:
        self.connections: list[Connection] = []
        for index in order or range(len(links)):
            link, engines = links[index]
            connection = Connection(link)
            connection.engines = [Replica(number, connection) for number in engines]
            self.connections.append(connection)
        self.engines = [engine for connection in self.connections for engine in connection.engines]
        self._homes: dict[str, Replica] = {}
        self._limbo: list[PendingRequest] = []  # queued until the first engine is up
        for _ in range(max(FEWEST, fewest)):
            self.open_one()

    def _widen(self) -> None:
        """Open one more actor if more requests wait than the open ones have free slots."""
        if self.connections[-1].opened.is_set():
            return
        coming = any(
            each.opened.is_set() and not each.answered.is_set() for each in self.connections
        )
        if not coming and sum(engine.excess for engine in self.engines if engine.hello) > 0:
            self.open_one()

    def open_one(self) -> None:
        """Open one more actor, if any is left."""
        for connection in self.connections:
            if not connection.opened.is_set():
                connection.opened.set()
                return

    def place(self, call: PendingRequest) -> None:
        """Queue a request at its dialogue's engine."""
        up = [engine for engine in self.engines if engine.hello]
        if not up:
            self._limbo.append(call)
            return
        home = up[-1] if call.alone else self.home(call.request.dialogue, up)
        heapq.heappush(home.queue, call)
        home.connection.work.set()
        if home.excess > 0:
            for connection in self.connections:
                if not connection.work.is_set() and any(
                    engine.excess < 0 for engine in connection.up
                ):
                    connection.work.set()
            self._widen()

    def home(self, dialogue: str, up: list[Replica]) -> Replica:
        """Return the engine that holds the dialogue's prefix, or choose one and remember it.

        The choice is rendezvous hashing with bounded load. Under little load every stage of a
        dialogue gets the same engine, and the dialogues of a lost engine spread evenly over the
        others.
        """
        home = self._homes.get(dialogue)
        if home is None:
            least = min(engine.load for engine in up)
            fair = [e for e in up if e.load <= least + e.slots // MARGIN]
            draws = (derive_seed(dialogue, engine.index) for engine in fair)
            home = max(zip(draws, fair, strict=True), key=itemgetter(0))[1]
            self._homes[dialogue] = home
        return home

    def next_for(self, engine: Replica) -> PendingRequest | None:
        """Return the engine's next request; one that must run alone is sent alone."""
        if engine.kept or not engine.queue or (engine.queue[0].alone and engine.flight):
            return None
        return heapq.heappop(engine.queue)

    def overfull(self) -> bool:
        """Say whether any engine has more queued requests than free slots."""
        return any(engine.queue and engine.excess > 0 for engine in self.engines)

    def taken_over(self, engine: Replica) -> PendingRequest | None:
        """Return a request queued at a full engine, for an engine that has none of its own.

        Only an engine less than half full takes one: near the end of a shard, a cold prefix costs
        less than an idle engine.
        """
        if engine.kept or engine.queue:
            return None
        fullest = max(self.engines, key=attrgetter("excess"))
        margin = 0 if engine.load < engine.slots // 2 else engine.slots // MARGIN
        if fullest.excess <= margin or fullest.queue[0].alone:
            return None
        call = heapq.heappop(fullest.queue)
        self._homes[call.request.dialogue] = engine
        return call

    def arrived(self) -> None:
        """Note that an engine is up, and place the requests that waited for one."""
        limbo, self._limbo = self._limbo, []
        for call in limbo:
            self.place(call)
        self._widen()

    def leave(self, engine: Replica) -> None:
        """Forget which prefixes an engine held, and queue its requests elsewhere."""
        if not engine.connection.up:
            self.open_one()
        self._homes = {d: home for d, home in self._homes.items() if home is not engine}
        queue, engine.queue = engine.queue, []
        for call in queue:
            self.place(call)

    def clear(self) -> list[PendingRequest]:
        """Return every open request, queued or in flight, and forget them."""
        calls, self._limbo = self._limbo, []
        for engine in self.engines:
            calls = [*calls, *engine.queue, *engine.flight.values()]
            engine.queue, engine.flight = [], {}
        return calls
