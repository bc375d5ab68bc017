"""The messages between a client and an actor with one or several engines.

- A message carries lists: one is for all engines of the actor, and few are sent.
- Requests are addressed to an incarnation, one life of one engine. What is meant for a dead engine
  reaches none of its successors.
- A ticket is a client's own number for one sending of a request. An answer to a ticket that is no
  longer open is dropped, so a late result of a dead engine cannot be mistaken for one of its
  successor.
- Prompts and schemas travel whole. Pickling them is cheap beside a call, so a cache of them on the
  other side would not pay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from toolace_mt.calls.request import Completion, Request
from toolace_mt.errors import RunError


class Order(NamedTuple):
    """One request to an engine. `alone` means that nothing else may run beside it."""

    ticket: int
    priority: int
    alone: bool
    request: Request


@dataclass(frozen=True, slots=True)
class Hello:
    """One engine that is up. Every start of an engine has a new `incarnation`."""

    incarnation: str
    model: str
    max_num_seqs: int
    settings: dict[str, Any]


class EngineGone(Exception):
    """An engine or its whole actor cannot be reached; `final` if it will not be restarted."""

    def __init__(self, cause: str, final: bool) -> None:
        super().__init__(cause, final)
        self.cause = cause
        self.final = final


Hellos = Mapping[int, Hello | EngineGone]
"""The engines of an actor by index: what each is, or why it is gone."""


class State(NamedTuple):
    """The state of one engine, as one client sees it.

    - `mine` and `others` count unfinished requests, of this client and of all others.
    - `stopping`: nothing new is accepted.
    - `suspects`: the engine is dying of `dying`, and these tickets of the client were running in
      it.
    - `granted`: the engine is kept empty for this ticket, which must run alone. It starts when its
      client calls `go`; so the client knows which request ran if the engine dies without a message.

    This is a tuple because every poll has one for each engine, and tuples pickle faster.
    """

    mine: int
    others: int
    stopping: bool = False
    suspects: tuple[int, ...] | None = None
    granted: int | None = None
    dying: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """What finished for one client since its last poll, by ticket, and the state of the engines.

    `states` has, by incarnation, those of the asked engines that are still here. `clients` is the
    number of clients at work. `hellos` has engines here that the client did not ask for, and those
    that are gone for good.
    """

    results: list[tuple[int, Completion]]
    states: dict[str, State]
    clients: int
    hellos: Hellos


class Stopped(RunError):
    """The run was asked to stop. What was finished is in the journal."""


class EngineLink(Protocol):
    """The connection to one actor. Each method raises EngineGone."""

    async def hello(self) -> Hellos:
        """Wait until the process is up, and return its engines."""

    async def submit(self, client: str, orders: Mapping[str, Sequence[Order]]) -> None:
        """Send requests, by the incarnation they are for."""

    async def drain(
        self, client: str, orders: Mapping[str, Sequence[Order]], at_least: float = 0.0
    ) -> Poll:
        """Send requests, wait until something is finished or some time is over, and return it.

        `orders` has every incarnation that the client knows here, possibly with an empty list. The
        reply is delayed until `at_least` seconds after the call while more results may join it.
        """

    async def go(self, client: str, incarnation: str) -> None:
        """Start the request that was granted to this client to run alone."""

    async def leave(self, client: str) -> None:
        """Tell the actor that this client is done."""


Links = Sequence[tuple[EngineLink, Sequence[int]]]
"""Connections to actors, each with the indexes of its engines."""
