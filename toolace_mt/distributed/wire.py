"""What passes between a client and the actor of an engine: lists, in as few messages as can be.

Tickets are a client's own numbers, one for each time it sends a request. An answer to a ticket
that is no longer open, or from an incarnation that is no longer the actor's, is dropped: a late
result of a dead engine cannot be mistaken for one of its successor.

Prompts and schemas travel as they are, not as ids of what was sent before: a request has 11 KB
(`configs/scripted.yaml`; 9 KB with `paper`), to pickle and unpickle it takes 16 microseconds of the
millisecond that a call costs, and ids would save 4 KB of it. Token ids would be no shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from toolace_mt.engine.base import Completion, Request
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


@dataclass(frozen=True, slots=True)
class Drained:
    """What was finished for one client since it last asked, and how full the engine is.

    `mine` and `others` count requests accepted and not finished, of this client and of all others;
    `clients` are all that are at work. `stopping`: nothing new is accepted. `suspects`: the engine
    is dying (of `dying`), and these tickets were running in it. `granted`: the engine is kept empty
    for this ticket, which has to run alone; it starts when its client says `go`, so that a client
    knows which of its requests was alone in an engine that dies without a word.
    """

    results: list[tuple[int, Completion]]
    mine: int
    others: int
    clients: int
    stopping: bool = False
    suspects: tuple[int, ...] | None = None
    granted: int | None = None
    dying: str = ""


class EngineGone(Exception):
    """The actor cannot be reached. `final`: Ray will not start it again."""

    def __init__(self, cause: str, final: bool) -> None:
        super().__init__(cause, final)
        self.cause = cause
        self.final = final


class Stopped(RunError):
    """The run was asked to stop; what was finished is in the journal."""


class Link(Protocol):
    """The way to one actor; each method raises EngineGone."""

    async def hello(self) -> Hello:
        """Wait until the engine is up and return who it is."""

    async def submit(self, client: str, incarnation: str, orders: list[Order]) -> None:
        """Hand over requests; an actor of another incarnation drops them and raises."""

    async def drain(
        self, client: str, incarnation: str, orders: Sequence[Order] = (), at_least: float = 0.0
    ) -> Drained:
        """Hand over requests, wait until something is finished, or for a while, and return it.

        It lasts `at_least` so many seconds while more is to come, which then comes along.
        """

    async def go(self, client: str, incarnation: str) -> None:
        """Start the request that was granted to this client."""

    async def leave(self, client: str) -> None:
        """Say that this client needs nothing any more."""
