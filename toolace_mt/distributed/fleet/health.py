"""The health of one engine, as the driver knows it: its numbers, its deaths, its returns."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolace_mt.distributed.fleet.protocol import EngineGone


@dataclass(slots=True)
class EngineHealth:
    """The numbers of one engine over all its incarnations under this driver.

    It serves `slots` requests at once. `say` gets a line for the user at every death and return.
    """

    index: int
    slots: int
    say: Callable[[str], None]
    incarnation: str = ""
    up: bool = False
    gone: bool = False  # for good
    dying: str = ""  # the cause, if known before the process ends
    trouble: str = ""  # what the engine reports while it has no results
    waiting: int = 0
    running: int = 0
    dead: set[str] = field(default_factory=set)
    in_vain: int = 0  # deaths in a row without an answer in between
    last_cause: str = ""
    busy_seconds: float = 0.0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _before: Counter[tuple[str, str]] = field(default_factory=Counter)
    _busy_before: float = 0.0
    _lost_at: float = 0.0

    @property
    def deaths(self) -> int:
        """How many incarnations have died."""
        return len(self.dead)

    def started(self, incarnation: str) -> None:
        """Note the first incarnation, so that its death is counted however early it comes."""
        self.incarnation, self.up = incarnation, True

    def died(self, incarnation: str) -> int:
        """Note the death of an incarnation; return 1 if it is news, 0 if it was known."""
        news = incarnation not in self.dead
        self.dead.add(incarnation)
        return int(news)

    def lost(self, gone: str = "") -> int:
        """Note that the engine does not answer; return how many deaths that makes, 0 or 1.

        `gone` says why no other will be started, "" if one will.
        """
        if not self.up:
            if gone and not self.gone:
                self.say(f"engine {self.index} could not be started again: {gone}")
            self.gone = bool(gone)
            return 0
        cause = gone or self.dying or "its process ended"
        then = "no other is started" if gone else "started again, and what it had is sent again"
        self.say(f"engine {self.index} died: {cause}; {then}")
        answered = self.counts.total() > self._before.total()
        self.in_vain, self.last_cause = 0 if answered else self.in_vain + 1, cause
        self.up, self.gone, self.dying = False, bool(gone), ""
        self.waiting, self.running = 0, 0
        self._lost_at = time.monotonic()
        return self.died(self.incarnation)

    def update(self, watched: Mapping[str, Any] | EngineGone) -> int:
        """Take in what `EngineActor.watch` returned; return the number of new deaths in it."""
        if isinstance(watched, EngineGone):
            self.dying = watched.cause
            return self.lost(watched.cause if watched.final else "")
        died = 0
        if watched["incarnation"] != self.incarnation:
            died = self.lost()
            if self.incarnation:
                seconds = time.monotonic() - self._lost_at
                self.say(f"engine {self.index} is up again after {seconds:.0f} s")
            self.incarnation = watched["incarnation"]
            self._before = Counter(self.counts)
            self._busy_before = self.busy_seconds
        self.up, self.waiting, self.running = True, watched["waiting"], watched["running"]
        self.dying = watched["dying"]
        trouble = watched.get("trouble", "")
        if trouble and trouble != self.trouble:
            self.say(f"engine {self.index}: {trouble}")
        self.trouble = trouble
        self.counts = self._before + Counter(watched["counts"])
        self.busy_seconds = self._busy_before + watched["busy_seconds"]
        return died
