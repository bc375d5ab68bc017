"""Counters of the requests of an engine, and of its progress."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from toolace_mt.calls.request import Completion


class Gauge:
    """The state behind `stats` and `stalled` of one engine; used from one thread only."""

    def __init__(self, max_num_seqs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_num_seqs = max_num_seqs
        self._clock = clock
        self._open = 0
        self._busy_since = 0.0
        self._busy = 0.0
        self._progress = 0.0
        self._requests = 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as open while the block runs."""
        if not self._open:
            self._busy_since = self._progress = self._clock()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._busy += self._clock() - self._busy_since

    def now(self) -> float:
        """Return the time of the clock, in seconds."""
        return self._clock()

    def progress(self) -> None:
        """Record that the engine has just produced output."""
        self._progress = self._clock()

    def finished(self, completion: Completion) -> Completion:
        """Count a request that has ended with `completion`; returns the completion."""
        self.progress()
        self._requests += 1
        return completion

    def stalled(self) -> float:
        """Return the seconds since the last progress while requests are open, else 0.0."""
        return self._clock() - self._progress if self._open else 0.0

    def stats(self) -> dict[str, float]:
        """Return the counters of `Engine.stats`; more open requests than `max_num_seqs` wait."""
        running = min(self._open, self._max_num_seqs)
        since = self._clock() - self._busy_since if self._open else 0.0
        return {
            "running": running,
            "waiting": self._open - running,
            "busy_seconds": self._busy + since,
            "requests": self._requests,
        }
