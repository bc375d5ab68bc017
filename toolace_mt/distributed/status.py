"""How a run is doing, from its directory alone: by the numbers its driver leaves every 2 s."""

import json
import time

from toolace_mt.distributed.layout import RunDir, storage
from toolace_mt.distributed.lease import read_lease
from toolace_mt.distributed.progress import duration, read_lives

SILENCE = 30.0  # seconds after which a driver that said nothing is presumed dead


def status_line(run: RunDir) -> str:
    """Return one line: who is at work and how fast, and what broke in all drivers' lives so far."""
    lease = read_lease(run)
    path = run.state / "progress.json"
    broken = _broken(read_lives(run))
    if lease is None or not lease.host:
        return f"no driver is at work; {broken}"
    who = f"driver {lease.pid} on {lease.host}"
    if not path.exists():
        return f"{who}: starting"
    with storage(path):
        live = json.loads(path.read_bytes())
    age = time.time() - live["time"]
    if age > SILENCE:
        return f"{who}: silent for {duration(age)}; if it is dead, the same command continues"
    engines = live["engines"]
    running, slots = (sum(engine[name] for engine in engines) for name in ("running", "slots"))
    left = live["seconds_left"]
    return (
        f"{who}: {live['calls_per_second']:.1f} calls/s,"
        f" {live['output_tokens_per_second']:.0f} tok/s, {running}/{slots} slots,"
        f" {broken}" + (f", {duration(left)} left" if left is not None else "")
    )


def _broken(lives: list[dict[str, float]]) -> str:
    deaths, requeues = (sum(life.get(n, 0) for life in lives) for n in ("deaths", "requeues"))
    return f"{deaths:.0f} engine deaths, {requeues:.0f} requeues so far"
