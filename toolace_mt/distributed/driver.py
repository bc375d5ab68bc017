"""The driver: takes every shard through the stages of a run, and owns the run directory."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ray
from rich.console import Console

from toolace_mt.config import BatchConfig, RunConfig
from toolace_mt.dataset.formats import check_formats
from toolace_mt.dataset.push import plan_push, push
from toolace_mt.dataset.questions import read_questions
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.distributed.batches.driver import BatchDriver
from toolace_mt.distributed.cluster import cluster
from toolace_mt.distributed.fleet.fleet import Fleet
from toolace_mt.distributed.fleet.metrics import RunMetrics
from toolace_mt.distributed.fleet.protocol import Stopped
from toolace_mt.distributed.progress import Progress, terminal
from toolace_mt.distributed.resubmit import resubmitted
from toolace_mt.distributed.shard_task import SHARD_CPUS, ShardOrder, ShardReport, shard_task
from toolace_mt.distributed.stopping import cancel, on_stop
from toolace_mt.distributed.waves import with_next_wave
from toolace_mt.errors import RunError
from toolace_mt.methods import METHODS, Stage
from toolace_mt.run.directory import RunDir, probe, write_atomically
from toolace_mt.run.lease import owned
from toolace_mt.run.plan import Plan, Shard
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.prepare import check_settings, continued, prepare
from toolace_mt.run.remote import RemoteCopy
from toolace_mt.run.status import RunStatus, read_status
from toolace_mt.run.status_text import found_line, stage_table
from toolace_mt.run.uploads import copying

OPEN_PER_SLOT = 2  # open dialogues for each slot of the engines; most wait for one


def run(
    config: RunConfig,
    stages: Mapping[str, Stage] | None = None,
    policy: FaultPolicy | None = None,
    console: Console | None = None,
) -> RunStatus:
    """Make or continue a run, export its dataset, and return its final status.

    `stages` are those of the configured method unless given. Nothing that is on disk, or in the
    output, is made again. After every error below, the same command continues the run.

    - ConfigError: the directory belongs to a run with other settings.
    - RunDirError: another driver is at work in the directory, or it cannot be written.
    - EngineError: no engine can be started, or all are gone.
    - RunError: the run was interrupted, or Ray was lost.
    """
    check_settings(config)
    run_dir = RunDir(Path(config.run_dir).absolute())
    stages = stages or METHODS[config.method]
    console = console or terminal()
    policy = policy or FaultPolicy()
    output = RemoteCopy(config.output) if config.output else None

    check_formats(config.export.formats)
    read_questions(config.export.decontaminate)
    probe(run_dir)
    with owned(run_dir) as lease:
        if output:
            output.claim()
            output.adopt(run_dir, config)
        config = continued(run_dir, config)
        plan = prepare(run_dir, config, console)
        with copying(output, run_dir, plan, stages, policy, console) as copy:
            plan = with_next_wave(run_dir, config, plan, stages, copy)
            status = read_status(run_dir, plan.dialogues, stages)
            if found := found_line(status):
                console.print(found, highlight=False, soft_wrap=True)
            if not status.complete:
                with cluster() as joined:
                    batches = isinstance(config.engine, BatchConfig)
                    driver = (BatchDriver if batches else Driver)(
                        run_dir, lease.epoch, config, plan, stages, policy, console, copy
                    )
                    plan = asyncio.run(joined.outlive(driver.drive(status)))
                status = read_status(run_dir, plan.dialogues, stages)
        console.print(stage_table(status.stages, status.planned))
        _export(run_dir, config, status, output, console)
    return status


def _export(
    run_dir: RunDir,
    config: RunConfig,
    status: RunStatus,
    output: RemoteCopy | None,
    console: Console,
) -> None:
    """Write the dataset, and bring it wherever it is wanted."""
    write_dataset(run_dir.path, config, status)
    if output:
        output.put_dataset(run_dir)
        console.print(f"copied to {output.url}", highlight=False, soft_wrap=True)
    if config.export.push_to:
        url = push(plan_push(run_dir.path), config.export.push_to)
        console.print(f"pushed to {url}", highlight=False, soft_wrap=True)


class Driver:
    """One driver; `drive` returns once every stage has published every shard."""

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
        self._metrics = RunMetrics()
        self._fleet = Fleet(config.all_engines, policy, self._metrics, console)
        self._stopping = False
        self._walking = 0

    async def drive(self, status: RunStatus) -> Plan:
        """Start the engines, keep a bounded number of shards in flight, stop the engines.

        `status` is that of the run before this driver. Returns the plan, raised if more dialogues
        were needed.
        """
        main = asyncio.current_task()
        try:
            with on_stop(partial(self._interrupt, main)):
                await self._walk_all(status)
            return self._plan
        except (Stopped, asyncio.CancelledError) as error:
            raise RunError(
                f"{self._run.path}: stopped; everything finished is kept:"
                " run the same command to continue"
            ) from error
        finally:
            await self._fleet.close()

    async def _walk_all(self, status: RunStatus) -> None:
        hellos = await self._fleet.start()
        settings = json.dumps([hello.settings for hello in hellos], indent=1).encode()
        write_atomically(self._run.state / "engines.json", settings)
        with Progress(self._run, status, self._fleet.engines, self._console) as progress:
            watch = [
                asyncio.create_task(self._fleet.watch()),
                asyncio.create_task(self._show(progress)),
            ]
            try:
                await self._walk_wave(progress)
                while await self._plan_more(progress):
                    await self._walk_wave(progress)
                await self._fleet.look()  # for the latest numbers
            finally:
                await cancel(watch)

    async def _walk_wave(self, progress: Progress) -> None:
        """Take all planned shards through all stages; those on disk are through already."""
        shards = self._plan.shards()
        self._walking = self._in_flight()
        work = [asyncio.create_task(self._walk(shards, progress)) for _ in range(self._walking)]
        try:
            await asyncio.gather(*work)
        except Stopped:  # the other shards are about to stop as well
            await asyncio.wait(work)
            raise
        finally:
            await cancel(work)

    async def _plan_more(self, progress: Progress) -> bool:
        """Raise the plan if fewer dialogues are accepted than asked for; say whether it was."""
        before = self._plan
        self._plan = await asyncio.to_thread(
            with_next_wave, self._run, self._config, before, self._stages, self._copy
        )
        progress.planned(self._plan.dialogues)
        return self._plan != before

    async def _walk(self, shards: Iterator[Shard], progress: Progress) -> None:
        """Take shards through all stages, one after the other.

        At most a bounded number are open, and a later stage goes before an earlier one.
        """
        for shard in shards:
            if self._stopping:
                raise Stopped("the run was asked to stop")
            source = ""
            for stage in self._stages:
                await self._advance(shard, stage, source, progress)
                source = stage
        self._walking -= 1

    async def _advance(self, shard: Shard, stage: str, source: str, progress: Progress) -> None:
        if self._run.shard(stage, shard.index).exists():
            return
        order = ShardOrder(
            *(str(self._run.path), self._epoch, stage, source, shard, self._policy),
            abreast=self._walking,
        )
        report = await self._submit(order)
        self._copy(self._run.shard(stage, shard.index))
        progress.published(stage, report.sums)
        progress.requeues += report.requeues
        self._metrics.requeued(stage, report.requeues)
        for index, incarnation in report.deaths:
            self._fleet.note_death(index, incarnation)
        for note in report.notes:
            progress.note(note)

    async def _submit(self, order: ShardOrder) -> ShardReport:
        """Run a shard task, again if its worker or node is lost."""
        name = f"{order.stage}_shard {order.shard.index:05d}"
        # Ray keeps metrics of every name for good, so the task's has no shard number.
        task = shard_task.options(name=f"{order.stage}_shard")
        return await resubmitted(
            lambda: task.remote(order, self._stages, self._fleet.actors), name, self._policy
        )

    def _in_flight(self) -> int:
        """Return how many shards to work on at once.

        Their dialogues keep the engines busy, within what the CPUs allow.
        """
        planned = sum(1 for _ in self._plan.shards())
        if self._config.shards_in_flight is not None:
            return min(self._config.shards_in_flight, planned)
        enough = 1 + -(-OPEN_PER_SLOT * self._fleet.slots // self._config.shard_size)
        bearable = int(ray.cluster_resources().get("CPU", 1) / SHARD_CPUS)
        return min(max(2, min(enough, bearable)), planned)

    async def _show(self, progress: Progress) -> None:
        while True:
            progress.tick()
            await asyncio.sleep(1.0)

    def _interrupt(self, main: asyncio.Task[Any] | None) -> None:
        """Stop the run on a signal.

        The first signal stops admission and lets the engines finish; a second one, or the end of
        `grace`, cancels the run. While no engine is up, the first cancels it at once.
        """
        if main is None:
            raise RunError("interrupted")
        if self._stopping or not self._fleet.engines:
            main.cancel()
            return
        self._stopping = True
        grace = f"{self._policy.grace:.0f} s"
        said = f"stopping: what is in the engines may finish within {grace}; once more to end now"
        self._console.print(said, highlight=False, soft_wrap=True)
        self._fleet.stop()
        asyncio.get_running_loop().call_later(self._policy.grace, main.cancel)
