"""What passes between a client and an actor with its engines: lists, in as few messages as can be.

An actor has one engine, or several that need no process of their own; one message is for all of
them. An incarnation is one life of one engine, and requests are addressed to it: what is meant for
a dead engine reaches none of its successors. Tickets are a client's own numbers, one for each time
it sends a request. An answer to a ticket that is no longer open is dropped: a late result of a dead
engine cannot be mistaken for one of its successor.

Prompts and schemas travel as they are, not as ids of what was sent before: a request has 11 KB
(`configs/scripted.yaml`; 9 KB with `paper`), to pickle and unpickle it takes 16 microseconds of the
millisecond that a call costs, and ids would save 4 KB of it. Token ids would be no shorter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from toolace_mt.calls.request import Completion, Request
from toolace_mt.errors import RunError


class Order(NamedTuple):
    """One request on its way. `alone`: let nothing else run beside it."""

    ticket: int
    priority: int
    alone: bool
    request: Request


@dataclass(frozen=True, slots=True)
class Hello:
    """Who answers: a new `incarnation` for every start of the engine."""

    incarnation: str
    model: str
    max_num_seqs: int
    settings: dict[str, Any]


class EngineGone(Exception):
    """An engine, or all of an actor, cannot be reached. `final`: it will not be started again."""

    def __init__(self, cause: str, final: bool) -> None:
        super().__init__(cause, final)
        self.cause = cause
        self.final = final


Hellos = Mapping[int, Hello | EngineGone]
"""Which engines are there, by their numbers, and which are not."""


class State(NamedTuple):
    """How full an engine is, and what a client has to know of it.

    `mine` and `others` count requests accepted and not finished, of this client and of all others.
    `stopping`: nothing new is accepted. `suspects`: the engine is dying (of `dying`), and these
    tickets were running in it. `granted`: the engine is kept empty for this ticket, which has to
    run alone; it starts when its client says `go`, so that a client knows which of its requests was
    alone in an engine that dies without a word. Every poll has one for each engine; a tuple is
    pickled in a third of the time of a dataclass.
    """

    mine: int
    others: int
    stopping: bool = False
    suspects: tuple[int, ...] | None = None
    granted: int | None = None
    dying: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """What was finished for one client since it last asked, by ticket, and how things stand.

    `states` are by incarnation: of those that were asked for, the ones that are still here.
    `clients` are all that are at work. `hellos` are of engines here that were not asked for, as the
    client does not know them yet, and of those that will never be here again.
    """

    results: list[tuple[int, Completion]]
    states: dict[str, State]
    clients: int
    hellos: Hellos


class Stopped(RunError):
    """The run was asked to stop; what was finished is in the journal."""


class EngineLink(Protocol):
    """The way to one actor; each method raises EngineGone."""

    async def hello(self) -> Hellos:
        """Wait until the process is up and return which engines are."""

    async def submit(self, client: str, orders: Mapping[str, Sequence[Order]]) -> None:
        """Hand over requests, by the incarnation they are for."""

    async def drain(
        self, client: str, orders: Mapping[str, Sequence[Order]], at_least: float = 0.0
    ) -> Poll:
        """Hand over requests, wait until something is finished, or for a while, and return it.

        `orders` has every incarnation that the client knows here, if only with an empty list. It
        lasts `at_least` so many seconds while more is to come, which then comes along.
        """

    async def go(self, client: str, incarnation: str) -> None:
        """Start the request that was granted to this client."""

    async def leave(self, client: str) -> None:
        """Say that this client needs nothing any more."""


Links = Sequence[tuple[EngineLink, Sequence[int]]]
"""The ways to actors, each with the numbers of its engines."""
