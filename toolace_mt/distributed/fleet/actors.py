"""Ray actors with engines in them: where they are placed, how they are started, how they end.

An actor adds to `Host` what only a process can do. An engine with processes or a GPU of its own has
an actor to itself, which ends itself, with everything it started, when the engine is dead or hangs,
so that Ray starts another. Engines that are no more than connections share one (`per_process`), and
there one that dies is started anew beside the others. All calls stay in the default concurrency
group: every group has an event loop of its own, and an engine lives in one.
"""

import asyncio
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

import psutil  # type: ignore[import-untyped]  # comes with ray
import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from toolace_mt.config import EngineConfig, VllmConfig
from toolace_mt.distributed.fleet.admission import Admission
from toolace_mt.distributed.fleet.host import EngineHost
from toolace_mt.distributed.fleet.metrics import EngineMetrics
from toolace_mt.distributed.fleet.protocol import EngineGone, Hellos
from toolace_mt.engine.base import Engine, start_engine
from toolace_mt.errors import EngineError
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

STARTS = 3  # a killed engine may hold its memory for some seconds, so the next may need patience
WATCH_SECONDS = 2.0


class Actor(NamedTuple):
    """A handle, and the numbers of the engines that are there."""

    handle: Any
    engines: tuple[int, ...]


class EngineActor(EngineHost):
    """A `Host` in a process of its own, with a watchdog."""

    def __init__(self, config: EngineConfig, indexes: Sequence[int], policy: FaultPolicy) -> None:
        super().__init__()
        self._config = config
        self._policy = policy
        self._alone = len(indexes) == 1
        self._deaths: Counter[int] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._replacing: set[asyncio.Task[None]] = set()
        self._metrics = {index: EngineMetrics(index, config.model) for index in indexes}
        self._start_all(indexes, ray.get_runtime_context().was_current_actor_reconstructed)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    async def hello(self) -> Hellos:
        """Return who is here; every caller's first call."""
        self._loop = asyncio.get_running_loop()
        return await super().hello()

    async def watch(self) -> dict[int, dict[str, Any] | EngineGone]:
        """Return the numbers of every engine's incarnation: the driver asks again and again."""
        numbers = {desk.index: self._numbers(desk) for desk in self.desks.values()}
        return {**numbers, **self.lost}

    def _numbers(self, desk: Admission) -> dict[str, Any]:
        waiting, running = desk.load()
        slots = desk.engine.max_num_seqs
        self._metrics[desk.index].record(desk.incarnation, desk.counts, waiting, running, slots)
        return {
            "incarnation": desk.incarnation,
            "waiting": waiting,
            "running": running,
            "counts": dict(desk.counts),
            "busy_seconds": desk.engine.stats().get("busy_seconds", 0.0),
            "dying": desk.cause,
            "trouble": getattr(desk.engine, "trouble", str)(),
        }

    async def close(self) -> None:
        """Stop the engines and end their processes."""
        await asyncio.gather(*(desk.engine.close() for desk in self.desks.values()))

    async def give_up(self, index: int, cause: str) -> None:
        """End an engine for good."""
        for desk in [desk for desk in self.desks.values() if desk.index == index]:
            self.leave_out(desk, EngineGone(cause, final=True))
            await desk.engine.close()

    def ended(self, desk: Admission) -> None:
        """End the process with its only engine; start one of several anew beside the others."""
        if desk.incarnation not in self.desks:  # it was given up
            return
        if self._alone:
            _exit(desk.cause)
        self.leave_out(desk, EngineGone(desk.cause, final=False))
        task = asyncio.create_task(self._replace(desk))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _replace(self, desk: Admission) -> None:
        index = desk.index
        self._deaths[index] += 1
        with suppress(Exception):  # it is dead already
            await desk.engine.close()
        try:
            if self._deaths[index] > self._policy.engine_restarts:
                raise EngineError(f"died {self._deaths[index]} times, at last: {desk.cause}")
            engine = await asyncio.to_thread(self._start_engine, index, again=True)
        except Exception as error:  # whatever it is, nobody must wait for this engine
            cause = error.message if isinstance(error, EngineError) else repr(error)
            self.leave_out(desk, EngineGone(cause, final=True))
        else:
            self.seat(index, engine)

    def _start_all(self, indexes: Sequence[int], again: bool) -> None:
        if self._alone:  # in this thread: vLLM was never tried in another
            self.seat(indexes[0], self._start_engine(indexes[0], again))
            return
        with ThreadPoolExecutor(len(indexes)) as pool:
            starts = {index: pool.submit(self._start_engine, index, again) for index in indexes}
        for index, start in starts.items():
            try:
                self.seat(index, start.result())
            except EngineError as error:
                if not again:
                    raise
                self.lost[index] = EngineGone(error.message, final=True)

    def _start_engine(self, index: int, again: bool) -> Engine:
        for attempt in range(1, STARTS + 1):
            try:
                return start_engine(self._config, index)
            except EngineError as error:
                if not again or attempt == STARTS:
                    raise
                logger.warning("engine %d, start %d: %s", index, attempt, error)
                time.sleep(self._policy.backoff_most)
        raise AssertionError("unreachable")

    def _watch(self) -> None:
        """A thread of its own: an engine may hang the event loop as well as itself."""
        while True:
            time.sleep(WATCH_SECONDS)
            desks = list(self.desks.values())
            hanging = [desk for desk in desks if desk.engine.stalled() > self._policy.hang]
            for desk in hanging:
                stalled = desk.engine.stalled()
                cause = f"no token for {stalled:.0f} s while requests are running"
                if self._loop:
                    self._loop.call_soon_threadsafe(desk.dying, cause)
            if hanging:
                time.sleep(WATCH_SECONDS)  # for the last words, if the loop still turns
            if any(desk.incarnation in self.desks for desk in hanging):
                _exit("engines hang, and so does the event loop")


def _exit(cause: str) -> None:
    """End this process and all it started, stopped ones too; Ray starts the actor anew."""
    logger.error("ends itself: %s", cause)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


def start_actors(config: EngineConfig, policy: FaultPolicy) -> list[Actor]:
    """Start the actors of all engines and return their handles at once."""
    remote = ray.remote(EngineActor)
    options = {
        "max_restarts": policy.engine_restarts,
        "max_task_retries": 0,
        "max_concurrency": 10_000,
        "enable_task_events": False,  # of every message two, which nobody reads
    }
    shared = [
        tuple(range(first, min(first + config.per_process, config.replicas)))
        for first in range(0, config.replicas, config.per_process)
    ]
    return [
        Actor(
            remote.options(**options, **_placement(config)).remote(config, indexes, policy), indexes
        )
        for indexes in shared
    ]


def _placement(config: EngineConfig) -> dict[str, Any]:
    """Return where one engine goes: on its GPUs, or wherever there is least work."""
    if not isinstance(config, VllmConfig):
        return {"num_cpus": 0, "scheduling_strategy": "SPREAD"}
    from toolace_mt.engine.vllm.engine import actor_env

    options: dict[str, Any] = {"runtime_env": {"env_vars": actor_env(config)}}
    gpus = int(ray.cluster_resources().get("GPU", 0))
    if config.device == "cpu" or (config.device == "auto" and not gpus):
        return {**options, "num_cpus": 0, "scheduling_strategy": "SPREAD"}
    if gpus < config.replicas * config.tensor_parallel:
        raise EngineError(
            f"engine.replicas {config.replicas} x tensor_parallel {config.tensor_parallel} needs"
            f" {config.replicas * config.tensor_parallel} GPUs; this Ray cluster has {gpus}"
        )
    if config.tensor_parallel == 1:
        return {**options, "num_cpus": 1, "num_gpus": 1}
    # vLLM's own workers take the GPUs of the bundles; the actor only needs a place beside them.
    group = placement_group([{"GPU": 1, "CPU": 1}] * config.tensor_parallel, "STRICT_PACK")
    strategy = PlacementGroupSchedulingStrategy(
        group, placement_group_bundle_index=0, placement_group_capture_child_tasks=True
    )
    return {**options, "num_cpus": 1, "num_gpus": 0, "scheduling_strategy": strategy}
