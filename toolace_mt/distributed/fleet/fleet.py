"""The engines of a run, as the driver sees them: started, watched, replaced, ended."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import ray
from ray.exceptions import ActorDiedError, RayError
from rich.console import Console

from toolace_mt.config import EngineSection, OpenAIConfig
from toolace_mt.distributed.fleet.actors import Actor, start_actors
from toolace_mt.distributed.fleet.health import EngineHealth
from toolace_mt.distributed.fleet.link import RayEngineLink, cause_of_death
from toolace_mt.distributed.fleet.metrics import RunMetrics
from toolace_mt.distributed.fleet.protocol import EngineGone, Hello
from toolace_mt.engine.openai.reach import answering
from toolace_mt.errors import EngineError
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
WATCHED_A_SECOND = 32  # at most; with fewer engines each is asked every second
LOST_SECONDS = 0.2  # between looks at a lost engine, whose successor may die at once


class Fleet:
    """All engines of a configuration, by name (`RunConfig.all_engines`).

    Before `start` there are none. Then `actors` hold them, and `engines` has the numbers and deaths
    of each. The user gets a line about every death and every return.
    """

    def __init__(
        self,
        configs: Mapping[str, EngineSection],
        policy: FaultPolicy,
        metrics: RunMetrics,
        console: Console,
    ) -> None:
        self._configs = dict(configs)
        self._policy = policy
        self._metrics = metrics
        self._console = console
        self.actors: list[Actor] = []
        self.engines: list[EngineHealth] = []

    async def start(self) -> list[Hello]:
        """Start all engines and wait until they are up; raise EngineError if one cannot start."""
        for name, config in self._configs.items():
            if isinstance(config, OpenAIConfig):
                config = self._configs[name] = await answering(config, self._say)
            self._say(f"starting {config.placement().engines} x {config.model} ({config.kind})")
        self.actors = start_actors(self._configs, self._policy)
        links = [RayEngineLink(actor.handle) for actor in self.actors]
        try:
            found = await asyncio.gather(*(link.hello() for link in links))
        except EngineGone as gone:
            raise EngineError(gone.cause) from gone
        hellos = []
        everyone = {index: hello for each in found for index, hello in each.items()}
        for index, hello in sorted(everyone.items()):
            if isinstance(hello, EngineGone):
                raise EngineError(hello.cause) from hello
            self.engines.append(EngineHealth(index, hello.max_num_seqs, self._say))
            self.engines[-1].started(hello.incarnation)
            hellos.append(hello)
        return hellos

    @property
    def slots(self) -> int:
        """How many requests all engines serve at once; 0 before they are up."""
        return sum(engine.slots for engine in self.engines)

    async def watch(self) -> None:
        """Poll the engines until cancelled, and replace those that do not answer.

        Each engine is asked once a second, less often if there are many.
        """
        await asyncio.gather(*(self._watch(actor) for actor in self.actors))

    async def look(self) -> None:
        """Ask every engine for its numbers once."""
        for actor in self.actors:
            await self._look(actor)

    def note_death(self, index: int, incarnation: str) -> None:
        """Count the death of an incarnation that a shard saw, unless it is counted already."""
        self._metrics.died(index, self.engines[index].died(incarnation))

    def stop(self) -> None:
        """Have all engines accept nothing more; running requests may finish."""
        for actor in self.actors:
            actor.handle.stop.remote()

    async def close(self) -> None:
        """End the engines' processes, in good order where they still answer."""
        closing = [asyncio.ensure_future(_asked(actor, "close")) for actor in self.actors]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_SECONDS)
        for actor, closed in zip(self.actors, closing, strict=True):
            if closed.done() and closed.exception():
                logger.info("closing an engine: %s", " ".join(str(closed.exception()).split()))
            closed.cancel()
            ray.kill(actor.handle)

    async def _watch(self, actor: Actor) -> None:
        often = max(1.0, len(self.actors) / WATCHED_A_SECOND)
        while True:
            up = any(self.engines[index].up for index in actor.engines)
            await asyncio.sleep(often if up else LOST_SECONDS)
            await self._look(actor)

    async def _look(self, actor: Actor) -> None:
        engines = [self.engines[index] for index in actor.engines]
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

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


async def _asked(actor: Actor, method: str) -> Any:
    return await getattr(actor.handle, method).remote()
