"""What the user sees during a run: a live table in a terminal, plain lines elsewhere.

`state/progress.json` gets the same numbers, so that `status` can show them from any machine.
"""

import json
import logging
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any, cast

from rich.console import Console
from rich.live import Live
from rich.table import Table

from toolace_mt.distributed.fleet.health import EngineHealth
from toolace_mt.distributed.samples import Samples
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir, write_atomically
from toolace_mt.run.shards import Sums, Tokens
from toolace_mt.run.status import Life, RunStatus, StageStatus
from toolace_mt.run.status_text import cached_share, duration, stage_table

logger = logging.getLogger(__name__)

PLAIN_SECONDS = 10.0
SAVE_SECONDS = 2.0
NOTES = 10
WINDOW = 15.0  # seconds over which rates are taken


class Progress:
    """Holds the live numbers and shows them; call `tick` about once a second.

    Counts of dialogues are exact. Tokens are those of `start`, the status before this driver began,
    and what `engines` have reported since. Exact totals are read from the files when the run ends.
    A run without engines, in batches, has no rates, and its tokens stay those of `start`.
    """

    def __init__(
        self,
        run: RunDir,
        start: RunStatus,
        engines: Sequence[EngineHealth],
        console: Console,
        plain_seconds: float = PLAIN_SECONDS,
    ) -> None:
        self._run = run
        self._start = start
        self._engines = engines
        self._console = console
        self._plain_seconds = plain_seconds
        self._published = {name: Counter(stage.outcomes) for name, stage in start.stages.items()}
        self._began = time.monotonic()
        self._shown = self._saved = self._began
        paid = _total(start.stages)
        self._history: deque[tuple[float, int, int]] = deque(
            [(self._began, paid.calls, paid.output)]
        )
        self._samples = Samples(start.heartbeat.get("samples"), self._began, paid)
        self._live: Live | None = None
        self._notes = 0
        self.requeues = 0

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._samples.close(time.monotonic(), _total(self._stages()))
        self._save()
        if self._live:
            self._live.update(self._table(), refresh=True)
            self._live.stop()
        else:
            self.say(self._line())

    def published(self, stage: str, sums: Sums) -> None:
        """Note that a shard of a stage has been published."""
        self._published[stage].update(sums.outcomes)

    def planned(self, dialogues: int) -> None:
        """Note that so many dialogues are planned by now."""
        self._start.planned = dialogues

    def note(self, line: str) -> None:
        """Print a line about one dialogue, for the first `NOTES` only; the rows have all."""
        self._notes += 1
        if self._notes <= NOTES:
            self.say(line)
        elif self._notes == NOTES + 1:
            self.say("more dialogues failed; their causes are in the rows")

    def say(self, line: str) -> None:
        """Print a line above the table."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def tick(self) -> None:
        """Refresh what is shown and saved, if it is due."""
        now = time.monotonic()
        paid = _total(self._stages())
        self._history.append((now, paid.calls, paid.output))
        while now - self._history[0][0] > WINDOW:
            self._history.popleft()
        if self._engines:
            self._samples.tick(now, paid, *self._slots())
        if now - self._saved >= SAVE_SECONDS:
            self._save()
            self._saved = now
        if self._live:
            self._live.update(self._table(), refresh=True)
        elif now - self._shown >= self._plain_seconds:
            self.say(self._line())
            self._shown = now

    def heartbeat(self) -> dict[str, Any]:
        """Return all numbers as plain JSON values, for `RunStatus.heartbeat`."""
        calls, output = self._rates()
        return {
            "time": time.time(),
            "planned": self._start.planned,
            "stages": {
                name: {
                    "dialogues": stage.dialogues,
                    "outcomes": dict(stage.outcomes),
                    "paid": asdict(stage.paid),
                }
                for name, stage in self._stages().items()
            },
            "calls_per_second": round(calls, 2),
            "output_tokens_per_second": round(output, 2),
            "seconds_left": self._seconds_left(),
            "requeues": self.requeues,
            "lives": [asdict(life) for life in (*self._start.lives, self._life())],
            "samples": self._samples.plain(),
            "engines": [
                {"slots": e.slots, "running": e.running, "waiting": e.waiting, "deaths": e.deaths}
                for e in self._engines
            ],
        }

    def _life(self) -> Life:
        return Life(
            wall_seconds=time.monotonic() - self._began,
            busy_seconds=sum(engine.busy_seconds for engine in self._engines),
            deaths=sum(engine.deaths for engine in self._engines),
            requeues=self.requeues,
        )

    def _stages(self) -> dict[str, StageStatus]:
        """Return the current numbers of each stage."""
        return {
            name: StageStatus(self._published[name], self._paid(name, stage.paid))
            for name, stage in self._start.stages.items()
        }

    def _paid(self, stage: str, before: Tokens) -> Tokens:
        names = Tokens.__slots__
        counts = [engine.counts for engine in self._engines]
        return Tokens(*(getattr(before, n) + sum(c[stage, n] for c in counts) for n in names))

    def _rates(self) -> tuple[float, float]:
        """Return calls and output tokens per second, over the last `WINDOW` seconds."""
        (then, calls, output), (now, calls_now, output_now) = self._history[0], self._history[-1]
        seconds = max(now - then, 1e-9)
        return (calls_now - calls) / seconds, (output_now - output) / seconds

    def _slots(self) -> tuple[int, int]:
        """Return how many requests are in the engines, and how many they serve at once."""
        return sum(e.running for e in self._engines), sum(e.slots for e in self._engines)

    def _seconds_left(self) -> float | None:
        """Return the seconds left for all stages, at this driver's average pace so far."""
        counts = [outcomes.total() for outcomes in self._published.values()]
        done = sum(counts) - sum(stage.dialogues for stage in self._start.stages.values())
        left = len(counts) * self._start.planned - sum(counts)
        return (time.monotonic() - self._began) / done * left if done else None

    def _save(self) -> None:
        """Write the numbers for `status`.

        A failed write does not end the run, since the disk may be full for a moment only.
        """
        try:
            write_atomically(self._run.heartbeat, json.dumps(self.heartbeat()).encode())
        except RunDirError as error:
            logger.warning("%s", error)

    def _line(self) -> str:
        planned = self._start.planned
        counts = (f"{name} {each.total()}/{planned}" for name, each in self._published.items())
        return f"{', '.join(counts)} | {self._summary()}"

    def _summary(self) -> str:
        calls, output = self._rates()
        stages = self._stages()
        accepted = next(reversed(stages.values())).outcomes["accepted"]
        if not self._engines:
            return f"{accepted} accepted"
        running, slots = self._slots()
        left = self._seconds_left()
        parts = [
            f"{accepted} accepted",
            f"{calls:.1f} calls/s",
            f"{output:.0f} tok/s",
            f"{cached_share(_total(stages)):.0%} cached",
            f"{running}/{slots} slots",
            *([] if left is None else [f"{duration(left)} left"]),
        ]
        return ", ".join(parts)

    def _table(self) -> Table:
        return stage_table(self._stages(), self._start.planned, self._summary())


def _total(stages: dict[str, StageStatus]) -> Tokens:
    total = Tokens()
    for stage in stages.values():
        total.add(stage.paid)
    return total


class _Unheard:
    """A stream that ignores write errors, for a terminal that has gone."""

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
