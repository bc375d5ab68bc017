"""The clients of one shard: one for the engines of each name, opened by its first request."""

import asyncio
from collections.abc import Callable, Mapping
from contextvars import Context

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.client.client import Client
from toolace_mt.distributed.client.routing import nearest
from toolace_mt.distributed.fleet.protocol import Links
from toolace_mt.run.policy import FaultPolicy


class Clients:
    """Sends each request to the engines that play its role; an async context manager.

    `links` are the connections by the engines' name, and `engine_for(stage, kind)` returns the name
    for a request. `shard` is the shard's index, of `abreast` shards worked on at the same time.
    """

    def __init__(
        self,
        name: str,
        links: Mapping[str, Links],
        engine_for: Callable[[str, str], str],
        policy: FaultPolicy,
        shard: int,
        abreast: int,
    ) -> None:
        self._engine_for = engine_for
        self._clients = {
            engine: Client(
                name, found, policy, nearest(shard, len(found)), -(-len(found) // abreast)
            )
            for engine, found in links.items()
        }
        self._opening: dict[str, asyncio.Task[Client]] = {}

    async def __aenter__(self) -> "Clients":
        return self

    async def __aexit__(self, *_: object) -> None:
        for engine, opening in self._opening.items():
            await asyncio.wait([opening])
            await self._clients[engine].__aexit__()

    async def generate(self, request: Request) -> Completion:
        """Return the completion of a request; raises what `Client.generate` raises."""
        engine = self._engine_for(request.stage, request.kind)
        if engine not in self._opening:
            # In a context of its own: that of this dialogue holds all that is cached for it.
            opening = asyncio.create_task(self._clients[engine].__aenter__(), context=Context())
            self._opening[engine] = opening
        client = await asyncio.shield(self._opening[engine])
        return await client.generate(request)

    @property
    def requeues(self) -> int:
        """How many requests were sent again."""
        return sum(client.requeues for client in self._clients.values())

    @property
    def deaths(self) -> frozenset[tuple[int, str]]:
        """The engine deaths seen, each as engine index and incarnation."""
        return frozenset().union(*(client.deaths for client in self._clients.values()))
