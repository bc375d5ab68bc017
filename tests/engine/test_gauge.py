"""Counters behind an engine's statistics, with a clock of our own."""

from toolace_mt.calls.request import Completion
from toolace_mt.engine.gauge import Gauge


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_busy_seconds_count_only_while_something_is_open() -> None:
    clock = Clock()
    gauge = Gauge(1, clock)
    with gauge.request():
        clock.now += 2
        with gauge.request():
            clock.now += 3
            stats = gauge.stats()
            assert (stats["running"], stats["waiting"], stats["busy_seconds"]) == (1, 1, 5)
        gauge.finished(Completion("x", "stop", 10, 4, 2))
    clock.now += 50
    with gauge.request():
        clock.now += 1
    gauge.finished(Completion("y", "length", 1, 0, 1))
    assert gauge.stats() == {
        "running": 0,
        "waiting": 0,
        "busy_seconds": 6,
        "requests": 2,
    }


def test_a_stall_is_measured_from_the_last_progress_and_only_when_something_is_open() -> None:
    clock = Clock()
    gauge = Gauge(8, clock)
    clock.now += 500
    assert gauge.stalled() == 0
    with gauge.request():
        clock.now += 7
        assert gauge.stalled() == 7
        gauge.progress()
        clock.now += 2
        assert gauge.stalled() == 2
        with gauge.request():  # a new request is no progress
            assert gauge.stalled() == 2
    assert gauge.stalled() == 0


def test_a_request_that_fails_is_closed_too() -> None:
    gauge = Gauge(8)
    try:
        with gauge.request():
            raise ValueError
    except ValueError:
        assert gauge.stats()["running"] == 0
