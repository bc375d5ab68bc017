"""The engines of a run, as the driver has them: started, watched, replaced, ended."""

import asyncio
import logging
from functools import partial
from typing import Any

import ray
from ray.exceptions import ActorDiedError, RayError
from rich.console import Console

from toolace_mt.config import EngineConfig, OpenAIConfig
from toolace_mt.distributed.fleet.actors import Actor, start_actors
from toolace_mt.distributed.fleet.link import RayEngineLink, cause_of_death
from toolace_mt.distributed.fleet.metrics import RunMetrics
from toolace_mt.distributed.fleet.protocol import EngineGone, Hello
from toolace_mt.distributed.progress import Progress
from toolace_mt.engine.openai.reach import answering
from toolace_mt.errors import EngineError
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
WATCHED_A_SECOND = 32  # at most; with fewer engines each is looked at every second
LOST_SECONDS = 0.2  # between looks at a lost engine: its successor may die as soon as it is up


class Fleet:
    """All engines of a configuration; `actors` hold them, none before `start`."""

    def __init__(
        self, config: EngineConfig, policy: FaultPolicy, metrics: RunMetrics, console: Console
    ) -> None:
        self._config = config
        self._policy = policy
        self._metrics = metrics
        self._console = console
        self.actors: list[Actor] = []
        self.up = False

    async def start(self) -> list[Hello]:
        """Start all of them and wait until they are up. Raises EngineError if one never will be."""
        if isinstance(self._config, OpenAIConfig):
            say = partial(self._console.print, highlight=False, markup=False, soft_wrap=True)
            self._config = await answering(self._config, say)
        config = self._config
        said = f"starting {config.replicas} x {config.model} ({config.kind})"
        self._console.print(said, highlight=False, markup=False, soft_wrap=True)
        self.actors = start_actors(config, self._policy)
        links = [RayEngineLink(actor.handle) for actor in self.actors]
        try:
            found = await asyncio.gather(*(link.hello() for link in links))
        except EngineGone as gone:
            raise EngineError(gone.cause) from gone
        hellos = {index: hello for each in found for index, hello in each.items()}
        for hello in hellos.values():
            if isinstance(hello, EngineGone):
                raise EngineError(hello.cause) from hello
        self.up = True
        return [hello for _, hello in sorted(hellos.items()) if isinstance(hello, Hello)]

    async def watch(self, progress: Progress) -> None:
        """Ask engines for their numbers, each second if they are few; replace what is silent."""
        await asyncio.gather(*(self._watch(actor, progress) for actor in self.actors))

    async def look(self, progress: Progress) -> None:
        """Ask every engine once."""
        for actor in self.actors:
            await self._look(actor, progress)

    def stop(self) -> None:
        """Have them accept nothing more; what runs may finish."""
        for actor in self.actors:
            actor.handle.stop.remote()

    async def close(self) -> None:
        """End the engines' processes, in good order if they still answer."""
        closing = [asyncio.ensure_future(_asked(actor, "close")) for actor in self.actors]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_SECONDS)
        for actor, closed in zip(self.actors, closing, strict=True):
            if closed.done() and closed.exception():
                logger.info("closing an engine: %s", " ".join(str(closed.exception()).split()))
            closed.cancel()
            ray.kill(actor.handle)

    async def _watch(self, actor: Actor, progress: Progress) -> None:
        often = max(1.0, len(self.actors) / WATCHED_A_SECOND)
        while True:
            up = any(progress.engines[index].up for index in actor.engines)
            await asyncio.sleep(often if up else LOST_SECONDS)
            await self._look(actor, progress)

    async def _look(self, actor: Actor, progress: Progress) -> None:
        engines = [progress.engines[index] for index in actor.engines]
        try:
            watched = await asyncio.wait_for(_asked(actor, "watch"), self._policy.unresponsive)
        except TimeoutError:
            for seen in engines:
                seen.dying = f"it did not answer for {self._policy.unresponsive:.0f} s"
            ray.kill(actor.handle, no_restart=False)
        except RayError as error:
            gone = cause_of_death(error) if isinstance(error, ActorDiedError) else ""
            for seen in engines:
                self._metrics.died(seen.index, seen.lost(gone))
            logger.info("engines %s: %s", actor.engines, " ".join(str(error).split())[:300])
        else:
            for seen in engines:
                self._metrics.died(seen.index, seen.update(watched[seen.index]))
                if seen.up and seen.in_vain >= self._policy.deaths_in_vain:
                    times = f"it died {seen.in_vain} times in a row without an answer"
                    actor.handle.give_up.remote(seen.index, f"{times}, at last: {seen.last_cause}")


async def _asked(actor: Actor, method: str) -> Any:
    return await getattr(actor.handle, method).remote()
