"""What the user sees while a run goes on: a live table in a terminal, plain lines elsewhere.

The same numbers go to `state/progress.json`, so that `status` can show them from anywhere.
"""

import json
import logging
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any, cast

from rich.console import Console
from rich.live import Live
from rich.table import Table

from toolace_mt.distributed.fleet.health import EngineHealth
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir, write_atomically
from toolace_mt.run.shards import Sums, Tokens
from toolace_mt.run.status import Account, StageAccount, account_table, duration, read_lives, share

logger = logging.getLogger(__name__)

PLAIN_SECONDS = 10.0
SAVE_SECONDS = 2.0
NOTES = 10
WINDOW = 15.0  # seconds over which rates are taken


class Progress:
    """Holds the live numbers and shows them; call `tick` about once a second.

    Dialogues are exact. Tokens are those of `start` (exact) and what the engines have said since;
    the exact sums are taken again from the files when the run ends.
    """

    def __init__(
        self, run: RunDir, planned: int, start: Account, slots: list[int], console: Console
    ) -> None:
        self._run = run
        self._planned = planned
        self._start = start
        self._slots = slots
        self._console = console
        self._published = {stage: Counter(sums.outcomes) for stage, sums in start.items()}
        self._already = {stage: sums.dialogues for stage, sums in start.items()}
        self._began = time.monotonic()
        self._shown = self._saved = self._began
        self._history: deque[tuple[float, int, int]] = deque([(self._began, 0, 0)])
        self._live: Live | None = None
        self._earlier_lives = read_lives(run)
        self._notes = 0
        self.engines = [EngineHealth(index, self.say) for index in range(len(slots))]
        self.requeues = 0

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._save()
        if self._live:
            self._live.update(self._table(), refresh=True)
            self._live.stop()
        else:
            self.say(self._line())

    def published(self, stage: str, sums: Sums) -> None:
        """Note that a shard of a stage has been published."""
        self._published[stage].update(sums.outcomes)

    def note(self, line: str) -> None:
        """Print a line about one dialogue; the first `NOTES` only, since all are in the rows."""
        self._notes += 1
        if self._notes <= NOTES:
            self.say(line)
        elif self._notes == NOTES + 1:
            self.say("more dialogues failed; their causes are in the rows")

    def say(self, line: str) -> None:
        """Print a line above the table."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def tick(self) -> None:
        """Refresh what is shown and saved, as often as is due."""
        now = time.monotonic()
        tokens = self._paid()
        calls = sum(t.calls for t in tokens.values())
        self._history.append((now, calls, sum(t.output for t in tokens.values())))
        while now - self._history[0][0] > WINDOW:
            self._history.popleft()
        if now - self._saved >= SAVE_SECONDS:
            self._save()
            self._saved = now
        if self._live:
            self._live.update(self._table(), refresh=True)
        elif now - self._shown >= PLAIN_SECONDS:
            self.say(self._line())
            self._shown = now

    def snapshot(self) -> dict[str, Any]:
        """Return all numbers as plain JSON values."""
        calls, output = self._rates()
        paid = self._paid()
        return {
            "time": time.time(),
            "planned": self._planned,
            "stages": {
                stage: {
                    "dialogues": counts.total(),
                    "outcomes": dict(counts),
                    "paid": asdict(paid[stage]),
                }
                for stage, counts in self._published.items()
            },
            "calls_per_second": round(calls, 2),
            "output_tokens_per_second": round(output, 2),
            "seconds_left": self._seconds_left(),
            "requeues": self.requeues,
            "lives": [*self._earlier_lives, self._life()],
            "engines": [
                {"slots": s, "running": e.running, "waiting": e.waiting, "deaths": len(e.dead)}
                for e, s in zip(self.engines, self._slots, strict=True)
            ],
        }

    def _life(self) -> dict[str, float]:
        """This driver's time with its engines up, theirs with a request open, and what broke."""
        return {
            "wall_seconds": time.monotonic() - self._began,
            "busy_seconds": sum(engine.busy_seconds for engine in self.engines),
            "deaths": sum(len(engine.dead) for engine in self.engines),
            "requeues": self.requeues,
        }

    def _paid(self) -> dict[str, Tokens]:
        paid = {}
        for stage, sums in self._start.items():
            paid[stage] = Tokens(*(getattr(sums.paid, name) for name in Tokens.__slots__))
            for engine in self.engines:
                counts = engine.counts
                paid[stage].add(Tokens(*(counts[stage, name] for name in Tokens.__slots__)))
        return paid

    def _rates(self) -> tuple[float, float]:
        (then, calls, output), (now, calls_now, output_now) = self._history[0], self._history[-1]
        seconds = max(now - then, 1e-9)
        return (calls_now - calls) / seconds, (output_now - output) / seconds

    def _seconds_left(self) -> float | None:
        """All stages together: what is left at the pace of this driver's life so far."""
        done = sum(c.total() - self._already[stage] for stage, c in self._published.items())
        left = sum(self._planned - counts.total() for counts in self._published.values())
        return (time.monotonic() - self._began) / done * left if done else None

    def _save(self) -> None:
        """Leave the numbers for `status`; a disk that is full for a moment is no reason to end."""
        data = json.dumps(self.snapshot()).encode()
        try:
            write_atomically(self._run.state / "progress.json", data)
        except RunDirError as error:
            logger.warning("%s", error)

    def _line(self) -> str:
        stages = ", ".join(
            f"{stage} {counts.total()}/{self._planned}" for stage, counts in self._published.items()
        )
        return f"{stages} | {self._summary()}"

    def _summary(self) -> str:
        calls, output = self._rates()
        tokens = Tokens()
        for each in self._paid().values():
            tokens.add(each)
        last = list(self._published.values())[-1]
        running = sum(engine.running for engine in self.engines)
        parts = [
            f"{last['accepted']} accepted",
            f"{calls:.1f} calls/s",
            f"{output:.0f} tok/s",
            f"{share(tokens):.0%} cached",
            f"{running}/{sum(self._slots)} slots",
        ]
        left = self._seconds_left()
        if left is not None:
            parts.append(f"{duration(left)} left")
        return ", ".join(parts)

    def _table(self) -> Table:
        paid = self._paid()
        accounts = {
            stage: StageAccount(outcomes=counts, paid=paid[stage])
            for stage, counts in self._published.items()
        }
        return account_table(accounts, self._planned, self._summary())


class _Unheard:
    """A stream that takes what it can and drops the rest."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def terminal() -> Console:
    """Return a console on stderr that never fails."""
    return Console(file=cast(IO[str], _Unheard(sys.stderr)))
