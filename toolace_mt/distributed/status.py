"""How a run is doing, from its directory alone: by the numbers its driver leaves every 2 s."""

import json
import time

from toolace_mt.distributed.layout import RunDir, storage
from toolace_mt.distributed.lease import read_lease
from toolace_mt.distributed.progress import duration

SILENCE = 30.0  # seconds after which a driver that said nothing is presumed dead


def status_line(run: RunDir) -> str:
    """Return one line: who is at work and how fast, or how to continue."""
    lease = read_lease(run)
    path = run.state / "progress.json"
    if lease is None or not lease.host:
        return "no driver is at work"
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
    deaths = sum(engine["deaths"] for engine in engines)
    left = live["seconds_left"]
    return (
        f"{who}: {live['calls_per_second']:.1f} calls/s,"
        f" {live['output_tokens_per_second']:.0f} tok/s, {running}/{slots} slots,"
        f" {deaths} engine deaths, {live['requeues']} requeues"
        + (f", {duration(left)} left" if left is not None else "")
    )
