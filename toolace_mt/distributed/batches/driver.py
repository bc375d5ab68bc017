"""The driver of a run with a batch engine: plays all shards, sends what waits, and again.

Whoever ends this process loses nothing: what was submitted goes on at the provider, and the same
command finds it again.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

import ray
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.distributed.batches.engines import (
    BatchEngine,
    batch_engines,
    online_engine,
    probe_all,
    rehearse,
)
from toolace_mt.distributed.batches.play import PlayOrder, PlayReport, play_task
from toolace_mt.distributed.progress import Progress
from toolace_mt.distributed.resubmit import resubmitted
from toolace_mt.distributed.stopping import cancel, on_stop
from toolace_mt.distributed.waves import with_next_wave
from toolace_mt.engine.batch.provider import Provider
from toolace_mt.errors import EngineError, RunError
from toolace_mt.methods import Stage
from toolace_mt.run.batches.answers import Journals, Taken, take_in, take_online
from toolace_mt.run.batches.carry import Courier, carry_by_command
from toolace_mt.run.batches.files import (
    BatchFile,
    begin,
    complete,
    drop_unpaid,
    rounds,
    seal,
    write_dialect,
)
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Plan, Shard
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.status import RunStatus

ALIVE_SECONDS = 5.0  # between two looks at what to show and to save
LINE_SECONDS = 3600.0  # between two lines of the stages' numbers; batches have lines of their own


class BatchDriver:
    """A driver without engines; `drive` returns once every stage has published every shard."""

    def __init__(
        self,
        run_dir: RunDir,
        epoch: int,
        config: RunConfig,
        plan: Plan,
        stages: Mapping[str, Stage],
        policy: FaultPolicy,
        console: Console,
        copy: Callable[[Path], None],
    ) -> None:
        self._run = run_dir
        self._epoch = epoch
        self._config = config
        self._plan = plan
        self._stages = dict(stages)
        self._policy = policy
        self._console = console
        self._copy = copy
        self._journals = Journals(run_dir, tuple(stages))
        self._rehearsed: set[tuple[str, str]] = set()

    async def drive(self, status: RunStatus) -> Plan:
        """Play rounds until no request waits; `status` is that of the run before this driver.

        Returns the plan, raised if more dialogues were needed.
        Raises RunError if the run is interrupted, EngineError if a provider refuses what it gets.
        """
        main = asyncio.current_task()
        show = Progress(self._run, status, (), self._console, LINE_SECONDS)
        try:
            with on_stop(main.cancel if main else lambda: None), show as progress:
                beat = asyncio.create_task(_beat(progress))
                try:
                    await self._rounds(progress)
                finally:
                    await cancel([beat])
            return self._plan
        except asyncio.CancelledError as error:
            raise RunError(
                f"{self._run.path}: stopped; what was submitted goes on without this program:"
                " run the same command to continue"
            ) from error

    async def _rounds(self, progress: Progress) -> None:
        await asyncio.to_thread(probe_all, self._run, self._config, progress.say)
        drop_unpaid(self._run)
        made = rounds(self._run)
        if made:
            await self._carry(made[-1], progress)
        number = len(made) and made[-1][0].round
        while True:
            number += 1
            begin(self._run, number)
            waiting = await self._play(number, progress)
            if waiting and await rehearse(self._run, self._config, number, self._rehearsed):
                begin(self._run, number)
                waiting = await self._play(number, progress)
            if not waiting:
                complete(self._run, number)
                if not await self._next_wave(progress):
                    return
                continue
            files = self._sealed(number)
            if number > 1:
                files = [file for file in files if not await self._ask_online(file, progress)]
            await self._carry(files, progress)

    async def _next_wave(self, progress: Progress) -> bool:
        """Plan more dialogues if too few are accepted; return whether there are more to play."""
        order = (self._run, self._config, self._plan, self._stages, self._copy)
        raised = await asyncio.to_thread(with_next_wave, *order)
        more, self._plan = raised != self._plan, raised
        progress.planned(raised.dialogues)
        return more

    async def _play(self, number: int, progress: Progress) -> int:
        """Play every shard that is not finished; return how many requests wait."""
        last = list(self._stages)[-1]
        left = iter([s for s in self._plan.shards() if not self._run.shard(last, s.index).exists()])
        waiting = 0

        async def work() -> None:
            nonlocal waiting
            for shard in left:
                report = await self._submit(number, shard)
                waiting += report.waiting
                for stage, sums in report.published.items():
                    self._copy(self._run.shard(stage, shard.index))
                    progress.published(stage, sums)
                for note in report.notes:
                    progress.note(note)

        abreast = self._config.shards_in_flight or int(ray.cluster_resources().get("CPU", 1))
        await asyncio.gather(*(work() for _ in range(max(1, abreast))))
        return waiting

    async def _submit(self, number: int, shard: Shard) -> PlayReport:
        order = PlayOrder(str(self._run.path), self._epoch, number, shard)
        task = play_task.options(name="play_shard")
        name = f"play_shard {shard.index:05d}"
        return await resubmitted(lambda: task.remote(order, self._stages), name, self._policy)

    def _sealed(self, number: int) -> list[BatchFile]:
        for name, engine in batch_engines(self._run, self._config).items():
            seal(self._run, number, name, engine.config.most_requests, engine.most_bytes)
        return complete(self._run, number)

    async def _carry(self, files: list[BatchFile], progress: Progress) -> None:
        """Have all files of a round answered, and take in what comes back as it comes.

        The first error is raised after all other files have come as far as they can.
        """
        groups = [
            self._carry_to(name, [file for file in files if file.state.engine == name], progress)
            for name in self._config.all_engines
        ]
        await _all(groups)

    async def _carry_to(self, name: str, files: list[BatchFile], progress: Progress) -> None:
        """Have the files of one engine answered: side by side, or one after the other locally."""
        files = [file for file in files if file.state.step != "done"]
        config = batch_engines(self._run, self._config)[name].config
        if not config.url:
            for file in files:
                await carry_by_command(file, config, progress.say)
                self._take(file, progress)
            return
        async with Provider(config) as provider:
            courier = Courier(provider, config, progress.say)

            async def there_and_back(file: BatchFile) -> None:
                await courier.carry(file)
                self._take(file, progress)

            await _all(map(there_and_back, files))

    async def _ask_online(self, file: BatchFile, progress: Progress) -> bool:
        """Have a file answered online if it is small; return whether it was."""
        engine = batch_engines(self._run, self._config)[file.state.engine]
        if not engine.asks_online(file.state.requests):
            return False
        online = online_engine(engine)
        try:
            taken = await take_online(file, self._journals, online.generate)
        finally:
            await online.close()
        self._finish(file, taken, engine, progress)
        return True

    def _take(self, file: BatchFile, progress: Progress) -> None:
        """Journal the answers of a batch; raise EngineError if nothing came back."""
        state = file.state
        engine = batch_engines(self._run, self._config)[state.engine]
        taken = take_in(file, self._journals, engine.dialect, self._policy)
        self._finish(file, taken, engine, progress)
        if state.status == "cancelled":
            raise RunError(
                f"{file.name}: {state.batch} was cancelled; what it had answered is kept;"
                " the same command asks the rest again"
            )
        if taken.hopeless:
            raise EngineError(
                f"{file.name}: none of {state.requests:,} requests was answered, the first for:"
                f" {taken.cause}; mend that and run the same command again"
            )

    def _finish(
        self, file: BatchFile, taken: Taken, engine: BatchEngine, progress: Progress
    ) -> None:
        """Note that the outcomes of a file are journaled, and delete what is no longer needed."""
        write_dialect(self._run, file.state.engine, engine.dialect)
        failed = taken.again + taken.given_up
        state = file.note(step="done", answered=taken.answered, failed=failed)
        for what in ("requests.jsonl", "answers.jsonl"):
            file.at(what).unlink(missing_ok=True)
        said = f"{file.name}: {taken.answered:,} of {state.requests:,} answered"
        if not state.status:
            said += " online"
        if failed:
            said += f", {taken.again:,} asked again, {taken.given_up:,} given up: {taken.cause}"
        progress.say(said)


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all of the work side by side; the first error is raised once everything has ended."""
    for ended in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended


async def _beat(progress: Progress) -> None:
    """Keep the numbers fresh, on the screen and on disk, where `status` looks for them."""
    while True:
        progress.tick()
        await asyncio.sleep(ALIVE_SECONDS)
