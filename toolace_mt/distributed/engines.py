"""The engines of a run, as the driver has them: started, watched, replaced, ended."""

import asyncio
import logging
from typing import Any

import ray
from ray.exceptions import ActorDiedError, RayError
from rich.console import Console

from toolace_mt.config import EngineConfig
from toolace_mt.distributed.actors import RayLink, cause_of_death, start_actors
from toolace_mt.distributed.metrics import RunMetrics
from toolace_mt.distributed.policy import FaultPolicy
from toolace_mt.distributed.progress import Progress
from toolace_mt.distributed.wire import EngineGone, Hello
from toolace_mt.errors import EngineError

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
WATCHED_A_SECOND = 32  # at most; with fewer engines each is looked at every second
LOST_SECONDS = 0.2  # between looks at a lost engine: its successor may die as soon as it is up


class Engines:
    """All engines of a configuration; `actors` are their handles, none before `start`."""

    def __init__(
        self, config: EngineConfig, policy: FaultPolicy, metrics: RunMetrics, console: Console
    ) -> None:
        self._config = config
        self._policy = policy
        self._metrics = metrics
        self._console = console
        self.actors: list[Any] = []
        self.up = False

    async def start(self) -> list[Hello]:
        """Start all of them and wait until they are up. Raises EngineError if one never will be."""
        config = self._config
        said = f"starting {config.replicas} x {config.model} ({config.kind})"
        self._console.print(said, highlight=False, markup=False, soft_wrap=True)
        self.actors = start_actors(config, self._policy)
        try:
            hellos = await asyncio.gather(*(RayLink(actor).hello() for actor in self.actors))
        except EngineGone as gone:
            raise EngineError(gone.cause) from gone
        self.up = True
        return hellos

    async def watch(self, progress: Progress) -> None:
        """Ask engines for their numbers, each second if they are few; replace what is silent."""
        await asyncio.gather(*(self._watch(index, progress) for index in range(len(self.actors))))

    async def look(self, progress: Progress) -> None:
        """Ask every engine once."""
        for index in range(len(self.actors)):
            await self._look(index, progress)

    def stop(self) -> None:
        """Have them accept nothing more; what runs may finish."""
        for actor in self.actors:
            actor.stop.remote()

    async def close(self) -> None:
        """End the engines' processes, in good order if they still answer."""
        closing = [asyncio.ensure_future(_asked(actor, "close")) for actor in self.actors]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_SECONDS)
        for actor, closed in zip(self.actors, closing, strict=True):
            if closed.done() and closed.exception():
                logger.info("closing an engine: %s", " ".join(str(closed.exception()).split()))
            closed.cancel()
            ray.kill(actor)

    async def _watch(self, index: int, progress: Progress) -> None:
        often = max(1.0, len(self.actors) / WATCHED_A_SECOND)
        while True:
            await asyncio.sleep(often if progress.engines[index].up else LOST_SECONDS)
            await self._look(index, progress)

    async def _look(self, index: int, progress: Progress) -> None:
        actor, seen = self.actors[index], progress.engines[index]
        try:
            watched = await asyncio.wait_for(_asked(actor, "watch"), self._policy.unresponsive)
            self._metrics.died(index, seen.update(watched))
        except TimeoutError:
            seen.dying = f"it did not answer for {self._policy.unresponsive:.0f} s"
            ray.kill(actor, no_restart=False)
        except RayError as error:
            gone = cause_of_death(error) if isinstance(error, ActorDiedError) else ""
            self._metrics.died(index, seen.lost(gone))
            logger.info("engine %d: %s", index, " ".join(str(error).split())[:300])


async def _asked(actor: Any, method: str) -> Any:
    return await getattr(actor, method).remote()
