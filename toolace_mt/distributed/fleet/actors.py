"""Ray actors with engines in them: where they are placed, how they start, how they end.

- An actor is an `EngineHost` with what only a process can do: a watchdog, restarts, exit.
- An engine with processes or a GPU of its own has an actor to itself. When the engine is dead or
  hangs, the actor ends itself with everything it started, and Ray starts another.
- Engines that are only connections share an actor (`Placement.per_process`). One that dies is
  restarted there beside the others.
- All methods stay in Ray's default concurrency group. Each group has an event loop of its own, and
  an engine belongs to one loop.
"""

import asyncio
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

import psutil  # type: ignore[import-untyped]  # comes with ray
import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from toolace_mt.config import EngineSection
from toolace_mt.config.engine import Placement
from toolace_mt.config.run import MAIN
from toolace_mt.distributed.fleet.admission import Admission
from toolace_mt.distributed.fleet.host import EngineHost
from toolace_mt.distributed.fleet.metrics import EngineMetrics
from toolace_mt.distributed.fleet.protocol import EngineGone, Hellos
from toolace_mt.engine.base import Engine, process_environment, start_engine
from toolace_mt.errors import EngineError
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

STARTS = 3  # a killed engine may hold its memory for a while, so a restart may fail at first
WATCH_SECONDS = 2.0


class Actor(NamedTuple):
    """An actor's handle, the indexes of its engines among all, and what `RunConfig` calls them."""

    handle: Any
    engines: tuple[int, ...]
    name: str = MAIN


class EngineActor(EngineHost):
    """An `EngineHost` in a process of its own, with a watchdog.

    `indexes` are those of its engines among all of the run, `first` that of the first engine with
    the same settings.
    """

    def __init__(
        self, config: EngineSection, indexes: Sequence[int], policy: FaultPolicy, first: int = 0
    ) -> None:
        super().__init__()
        self._config = config
        self._first = first
        self._policy = policy
        self._alone = len(indexes) == 1
        self._deaths: Counter[int] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._replacing: set[asyncio.Task[None]] = set()
        self._metrics = {index: EngineMetrics(index, config.model) for index in indexes}
        self._start_all(indexes, ray.get_runtime_context().was_current_actor_reconstructed)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    async def hello(self) -> Hellos:
        """Return the engines that are here; every caller's first call."""
        self._loop = asyncio.get_running_loop()
        return await super().hello()

    async def watch(self) -> dict[int, dict[str, Any] | EngineGone]:
        """Return the numbers of each engine by incarnation. The driver polls this."""
        numbers = {
            admission.index: self._numbers(admission) for admission in self.admissions.values()
        }
        return {**numbers, **self.lost}

    def _numbers(self, admission: Admission) -> dict[str, Any]:
        waiting, running = admission.load()
        slots = admission.engine.max_num_seqs
        self._metrics[admission.index].record(
            admission.incarnation, admission.counts, waiting, running, slots
        )
        return {
            "incarnation": admission.incarnation,
            "waiting": waiting,
            "running": running,
            "counts": dict(admission.counts),
            "busy_seconds": admission.engine.stats().get("busy_seconds", 0.0),
            "dying": admission.cause,
            "trouble": getattr(admission.engine, "trouble", str)(),
        }

    async def close(self) -> None:
        """Stop the engines and end their processes."""
        await asyncio.gather(*(admission.engine.close() for admission in self.admissions.values()))

    async def give_up(self, index: int, cause: str) -> None:
        """End an engine for good; clients get the cause."""
        for admission in [
            admission for admission in self.admissions.values() if admission.index == index
        ]:
            self.leave_out(admission, EngineGone(cause, final=True))
            await admission.engine.close()

    def ended(self, admission: Admission) -> None:
        """End the process if this was its only engine, else restart the engine here."""
        if admission.incarnation not in self.admissions:  # given up already
            return
        if self._alone:
            _exit(admission.cause)
        self.leave_out(admission, EngineGone(admission.cause, final=False))
        task = asyncio.create_task(self._replace(admission))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _replace(self, admission: Admission) -> None:
        index = admission.index
        self._deaths[index] += 1
        with suppress(Exception):  # the engine is dead
            await admission.engine.close()
        try:
            if self._deaths[index] > self._policy.engine_restarts:
                raise EngineError(f"died {self._deaths[index]} times, at last: {admission.cause}")
            engine = await asyncio.to_thread(self._start_engine, index, again=True)
        except Exception as error:  # any failure: clients must not wait for this engine
            cause = error.message if isinstance(error, EngineError) else repr(error)
            self.leave_out(admission, EngineGone(cause, final=True))
        else:
            self.seat(index, engine)

    def _start_all(self, indexes: Sequence[int], again: bool) -> None:
        if self._alone:  # in this thread: vLLM is untested in any other
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
                return start_engine(self._config, index - self._first)
            except EngineError as error:
                if not again or attempt == STARTS:
                    raise
                logger.warning("engine %d, start %d: %s", index, attempt, error)
                time.sleep(self._policy.backoff_most)
        raise AssertionError("unreachable")

    def _watch(self) -> None:
        """Watch for hanging engines, in a thread: an engine may hang the event loop, too."""
        while True:
            time.sleep(WATCH_SECONDS)
            admissions = list(self.admissions.values())
            hanging = [
                admission
                for admission in admissions
                if admission.engine.stalled() > self._policy.hang
            ]
            for admission in hanging:
                stalled = admission.engine.stalled()
                cause = f"no token for {stalled:.0f} s while requests are running"
                if self._loop:
                    self._loop.call_soon_threadsafe(admission.dying, cause)
            if hanging:
                time.sleep(WATCH_SECONDS)  # lets clients fetch results, if the loop still runs
            if any(admission.incarnation in self.admissions for admission in hanging):
                _exit("engines hang, and so does the event loop")


def _exit(cause: str) -> None:
    """End this process and all processes it started, stopped ones too; Ray restarts the actor."""
    logger.error("ends itself: %s", cause)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


def start_actors(engines: Mapping[str, EngineSection], policy: FaultPolicy) -> list[Actor]:
    """Start the actors of all engines, by name, and return their handles at once.

    Raises EngineError if the cluster has too few GPUs for all of them.
    """
    gpus = _gpus({name: config.placement() for name, config in engines.items()})
    actors: list[Actor] = []
    for name, config in engines.items():
        first = sum(len(actor.engines) for actor in actors)
        actors += _actors_of(name, config, gpus[name], first, policy)
    return actors


def _actors_of(
    name: str, config: EngineSection, gpus: int, first: int, policy: FaultPolicy
) -> Iterator[Actor]:
    """Start the actors of the engines with the same settings; their indexes begin at `first`."""
    remote = ray.remote(EngineActor)
    options: dict[str, Any] = {
        "max_restarts": policy.engine_restarts,
        "max_task_retries": 0,
        "max_concurrency": 10_000,
        "enable_task_events": False,  # Ray would record two for every message
    }
    if environment := process_environment(config):
        options["runtime_env"] = {"env_vars": environment}
    placement = config.placement()
    end = first + placement.engines
    for start in range(first, end, placement.per_process):
        indexes = tuple(range(start, min(start + placement.per_process, end)))
        place = remote.options(**options, **_place(gpus))
        yield Actor(place.remote(config, indexes, policy, first), indexes, name)


def _gpus(placements: Mapping[str, Placement]) -> dict[str, int]:
    """Return how many GPUs each engine of a name gets.

    It is 0 for engines that need none, or that can do without in a cluster that has none. Raises
    EngineError if the cluster has too few for all.
    """
    wanted = {name: each for name, each in placements.items() if each.gpus}
    there = int(ray.cluster_resources().get("GPU", 0)) if wanted else 0
    given = {
        name: 0 if each.or_cpu and not there else each.gpus for name, each in placements.items()
    }
    needed = sum(each.engines * given[name] for name, each in wanted.items())
    if there < needed:
        parts = [
            f"{_setting(name)}: {each.engines} x {each.gpus} GPUs"
            for name, each in wanted.items()
            if given[name]
        ]
        raise EngineError(
            f"{', '.join(parts)} are {needed}; this Ray cluster has {there}: ask for fewer, or"
            " join more nodes"
        )
    return given


def _setting(name: str) -> str:
    """Return the setting that holds the engine of a name."""
    return MAIN if name == MAIN else f"engines.{name}"


def _place(gpus: int) -> dict[str, Any]:
    """Return Ray's options for one actor: with that many GPUs, or on the node with least work."""
    if not gpus:
        return {"num_cpus": 0, "scheduling_strategy": "SPREAD"}
    if gpus == 1:
        return {"num_cpus": 1, "num_gpus": 1}
    # The engine's own workers take the GPUs of the bundles; the actor runs beside them.
    group = placement_group([{"GPU": 1, "CPU": 1}] * gpus, "STRICT_PACK")
    strategy = PlacementGroupSchedulingStrategy(
        group, placement_group_bundle_index=0, placement_group_capture_child_tasks=True
    )
    return {"num_cpus": 1, "num_gpus": 0, "scheduling_strategy": strategy}
