"""The limit of concurrent requests: additive increase, multiplicative decrease."""

import asyncio
import heapq
import itertools
from typing import Literal

Outcome = Literal["good", "congested", "neither"]


class AdaptiveLimit:
    """Admits at most `limit` requests at once: lowest priority number first, then in order.

    `limit` starts at `most` and stays in [1, most]. A congested request halves it, once for all
    requests admitted under the same limit. It grows by 1 after as many good requests as the limit.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.running = 0
        self._cuts = 0
        self._good = 0
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def acquire(self, priority: int = 0) -> int:
        """Wait for admission; returns a ticket, which must be given to `release`."""
        admitted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), admitted))
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():  # it may be admitted and cancelled at the same moment
                self.running -= 1
                self._admit()
            raise
        return self._cuts

    def release(self, ticket: int, outcome: Outcome) -> None:
        """End an admission and adjust the limit to the outcome of the request."""
        self.running -= 1
        if outcome == "congested" and ticket == self._cuts:
            self.limit = max(1, self.limit // 2)
            self._cuts += 1
            self._good = 0
        elif outcome == "good":
            self._good += 1
            if self._good >= self.limit:
                self.limit = min(self.most, self.limit + 1)
                self._good = 0
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self.running < self.limit:
            _, _, admitted = heapq.heappop(self._waiting)
            if not admitted.done():
                self.running += 1
                admitted.set_result(None)
