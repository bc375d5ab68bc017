"""The numbers of a run as Ray metrics, for Prometheus and Grafana."""

from collections import Counter

from ray.util import metrics

_COUNTED = {
    "calls": "model calls finished",
    "prompt": "prompt tokens, cached ones included",
    "cached": "prompt tokens found in the prefix cache",
    "output": "tokens generated",
}


class EngineMetrics:
    """Ray metrics of one engine; counters are by stage. `record` sends what has changed."""

    def __init__(self, index: int, model: str) -> None:
        self._tags = {"engine": str(index), "model": model}
        self._counters = {
            name: metrics.Counter(f"toolace_{name}", about, ("engine", "model", "stage"))
            for name, about in _COUNTED.items()
        }
        self._gauges = {
            name: metrics.Gauge(f"toolace_{name}", about, ("engine", "model"))
            for name, about in (
                ("waiting", "requests waiting for the engine"),
                ("running", "requests in the engine"),
                ("occupancy", "share of the engine's slots in use"),
            )
        }
        self._incarnation = ""
        self._sent: Counter[tuple[str, str]] = Counter()

    def record(
        self,
        incarnation: str,
        counts: Counter[tuple[str, str]],
        waiting: int,
        running: int,
        slots: int,
    ) -> None:
        """Send the gauges and the growth of the counters, which each incarnation starts at 0."""
        if incarnation != self._incarnation:
            self._incarnation, self._sent = incarnation, Counter()
        for (stage, name), value in counts.items():
            grown = value - self._sent[stage, name]
            if grown:
                self._counters[name].inc(grown, {**self._tags, "stage": stage})
                self._sent[stage, name] = value
        gauges: dict[str, float] = {
            "waiting": waiting,
            "running": running,
            "occupancy": min(1.0, running / slots),
        }
        for name, level in gauges.items():
            self._gauges[name].set(level, self._tags)


class RunMetrics:
    """Ray metrics of the driver: deaths of engines, and requests requeued because of them."""

    def __init__(self) -> None:
        self._deaths = metrics.Counter("toolace_deaths", "engines that died", ("engine",))
        self._requeues = metrics.Counter("toolace_requeues", "requests sent again", ("stage",))

    def died(self, index: int, times: int) -> None:
        """Count deaths of an engine."""
        if times:
            self._deaths.inc(times, {"engine": str(index)})

    def requeued(self, stage: str, requests: int) -> None:
        """Count requests of a stage that were sent again."""
        if requests:
            self._requeues.inc(requests, {"stage": stage})
