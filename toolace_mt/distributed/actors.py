"""One Ray actor for each engine: where it is placed, how it is started, and how it ends.

The actor adds to `Host` what only a process can do: it ends itself, with everything it started,
when the engine is dead or hangs, so that Ray starts another. All calls stay in the default
concurrency group: every group has an event loop of its own, and an engine lives in one.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

import psutil  # type: ignore[import-untyped]  # comes with ray
import ray
from ray.exceptions import ActorDiedError, RayActorError, RayTaskError
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from toolace_mt.config import EngineConfig, VllmConfig
from toolace_mt.distributed.host import Host
from toolace_mt.distributed.metrics import EngineMetrics
from toolace_mt.distributed.policy import FaultPolicy
from toolace_mt.distributed.wire import Drained, EngineGone, Hello, Order
from toolace_mt.engine.base import Engine
from toolace_mt.engine.start import start_engine
from toolace_mt.errors import EngineError

logger = logging.getLogger(__name__)

STARTS = 3  # a killed engine may hold its memory for some seconds, so the next may need patience
WATCH_SECONDS = 2.0
_OURS = f"{EngineError.__module__}.{EngineError.__name__}: "


class EngineActor(Host):
    """A `Host` in a process of its own, with a watchdog."""

    def __init__(self, config: EngineConfig, index: int, policy: FaultPolicy) -> None:
        self._policy = policy
        super().__init__(self._start_engine(config, index), _exit)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._metrics = EngineMetrics(index, config.model)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    async def hello(self) -> Hello:
        """Return who this is; every caller's first call."""
        self._loop = asyncio.get_running_loop()
        return await super().hello()

    async def watch(self) -> dict[str, Any]:
        """Return the numbers of this incarnation: the driver asks for them again and again."""
        waiting, running = self.load()
        numbers = self.engine.stats()
        self._metrics.record(self.counts, waiting, running, self.engine.max_num_seqs)
        return {
            "incarnation": self.incarnation,
            "waiting": waiting,
            "running": running,
            "counts": dict(self.counts),
            "busy_seconds": numbers.get("busy_seconds", 0.0),
            "dying": self._dying,
        }

    async def close(self) -> None:
        """Stop the engine and end its processes."""
        await self.engine.close()

    def _start_engine(self, config: EngineConfig, index: int) -> Engine:
        again = ray.get_runtime_context().was_current_actor_reconstructed
        for attempt in range(1, STARTS + 1):
            try:
                return start_engine(config, index)
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
            stalled = self.engine.stalled()
            if stalled > self._policy.hang:
                cause = f"no token for {stalled:.0f} s while requests are running"
                if self._loop:
                    self._loop.call_soon_threadsafe(self.dying, cause)
                time.sleep(WATCH_SECONDS)  # for the last words, if the loop still turns
                _exit(cause)


def _exit(cause: str) -> None:
    """End this process and all it started, stopped ones too; Ray starts the actor anew."""
    logger.error("ends itself: %s", cause)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


def start_actors(config: EngineConfig, policy: FaultPolicy) -> list[Any]:
    """Start one actor for each engine and return their handles at once."""
    remote = ray.remote(EngineActor)
    return [
        remote.options(
            name=None,
            max_restarts=policy.engine_restarts,
            max_task_retries=0,
            max_concurrency=10_000,
            enable_task_events=False,  # of every message two, which nobody reads
            **_placement(config),
        ).remote(config, index, policy)
        for index in range(config.replicas)
    ]


def _placement(config: EngineConfig) -> dict[str, Any]:
    """Return where one engine goes: on its GPUs, or wherever there is least work."""
    if not isinstance(config, VllmConfig):
        return {"num_cpus": 0, "scheduling_strategy": "SPREAD"}
    from toolace_mt.engine.vllm import actor_env

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


class RayLink:
    """A `Link` to one actor."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def hello(self) -> Hello:
        """Wait until the actor is up."""
        return await self._call("hello")  # type: ignore[no-any-return]

    async def submit(self, client: str, incarnation: str, orders: list[Order]) -> None:
        """Hand over requests."""
        await self._call("submit", client, incarnation, orders)

    async def drain(
        self, client: str, incarnation: str, orders: Sequence[Order] = (), at_least: float = 0.0
    ) -> Drained:
        """Hand over requests and wait for results."""
        drained: Drained = await self._call("drain", client, incarnation, orders, at_least)
        return drained

    async def go(self, client: str, incarnation: str) -> None:
        """Start what was granted."""
        await self._call("go", client, incarnation)

    async def leave(self, client: str) -> None:
        """Say good-bye."""
        await self._call("leave", client)

    async def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return await getattr(self._handle, method).remote(*arguments)
        except ActorDiedError as error:
            raise EngineGone(cause_of_death(error), final=True) from error
        except RayActorError as error:
            raise EngineGone("the process of the engine ended", final=False) from error
        except RayTaskError as error:
            if isinstance(error.cause, EngineGone):
                raise error.cause from None
            raise


def cause_of_death(error: Exception) -> str:
    """Return one line about why an actor is gone: the last of Ray's many, without class names."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix(_OURS) if lines else type(error).__name__
