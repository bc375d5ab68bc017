"""How busy a run has been over time, in a bounded number of samples."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any

from toolace_mt.run.shards import Tokens

MOST = 240
"""Samples kept; when there are more, two neighbours become one and the interval doubles."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Means over an interval that began at `time` (seconds since 1970) and lasted `seconds`.

    `busy` of `slots` is the number of requests in engines, `calls` and `output` are calls answered
    and output tokens a second, `cached` is the share of prompt tokens that were cached.
    """

    time: float
    seconds: float
    busy: float
    slots: float
    calls: float
    output: float
    cached: float

    def joined(self, other: "Sample") -> "Sample":
        """Return one sample for this interval and the next."""
        whole = self.seconds + other.seconds
        means = (
            round((mine * self.seconds + its * other.seconds) / whole, 3)
            for mine, its in zip(_numbers(self), _numbers(other), strict=True)
        )
        return Sample(self.time, round(whole, 3), *means)


class Samples:
    """The samples of a run, those of earlier drivers first. `saved` is what `plain` returned."""

    def __init__(self, saved: object, began: float, paid: Tokens) -> None:
        self._samples = list(_read(saved))
        self._interval = max(1.0, median([each.seconds for each in self._samples] or [1.0]))
        self._paid, self._began = paid, began
        self._ticks: list[tuple[int, int]] = []

    def tick(self, now: float, paid: Tokens, busy: int, slots: int) -> None:
        """Note the numbers of a moment; `now` is monotonic, `paid` has all that was ever paid."""
        self._ticks.append((busy, slots))
        if now - self._began >= self._interval:
            self.close(now, paid)

    def close(self, now: float, paid: Tokens) -> None:
        """End the current interval, if anything was noted in it."""
        seconds, before = now - self._began, self._paid
        if not self._ticks or seconds <= 0:
            return
        busy, slots = (sum(each) / len(self._ticks) for each in zip(*self._ticks, strict=True))
        prompt = paid.prompt - before.prompt
        rates = ((paid.calls - before.calls) / seconds, (paid.output - before.output) / seconds)
        cached = (paid.cached - before.cached) / prompt if prompt > 0 else 0.0
        means = (round(number, 3) for number in (busy, slots, *rates, cached))
        self._samples.append(Sample(round(time.time() - seconds, 3), round(seconds, 3), *means))
        self._paid, self._began, self._ticks = paid, now, []
        if len(self._samples) > MOST:
            self._halve()

    def plain(self) -> list[dict[str, float]]:
        """Return the samples as plain JSON values."""
        return [asdict(sample) for sample in self._samples]

    def _halve(self) -> None:
        pairs = zip(self._samples[::2], self._samples[1::2], strict=False)
        odd = self._samples[-1:] if len(self._samples) % 2 else []
        self._samples = [one.joined(other) for one, other in pairs] + odd
        self._interval *= 2


def _numbers(sample: Sample) -> Sequence[float]:
    return (sample.busy, sample.slots, sample.calls, sample.output, sample.cached)


def _read(saved: object) -> list[Sample]:
    """Return saved samples; earlier versions saved none, and a damaged one is left out."""
    names = [each.name for each in fields(Sample)]
    found: list[Any] = saved if isinstance(saved, list) else []
    numbers = [[each.get(n, "") for n in names] for each in found if isinstance(each, dict)]
    return [Sample(*each) for each in numbers if all(type(n) in (int, float) for n in each)]
