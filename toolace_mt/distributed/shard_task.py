"""Ray tasks: a published shard in, all its dialogues advanced by one stage, the next shard out.

- Each dialogue of a shard is a coroutine that waits for its own model calls only.
- A task keeps no state of its own. If it is lost, it is run again and replays its journals.
"""

import asyncio
import gc
import itertools
import logging
import os
import uuid
from collections import Counter
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import ray

from toolace_mt.calls.meter import Meter
from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.config import RunConfig
from toolace_mt.config.roles import role_of
from toolace_mt.distributed.client.clients import Clients
from toolace_mt.distributed.client.poison import DIED
from toolace_mt.distributed.fleet.actors import Actor
from toolace_mt.distributed.fleet.link import RayEngineLink
from toolace_mt.distributed.fleet.protocol import EngineLink, Links
from toolace_mt.errors import DialogueError, RunError
from toolace_mt.methods import RunContext, Stage, context_of
from toolace_mt.run.arrow import Row, to_row
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import Journal, entries, replay
from toolace_mt.run.lease import check_epoch
from toolace_mt.run.plan import Shard, empty_dialogues
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.prepare import read_pool, read_settings
from toolace_mt.run.shards import Sums, publish, read_shard, read_sums, standing
from toolace_mt.trajectory import Trajectory

logger = logging.getLogger(__name__)

NESTED = 8  # more than stages nest branches that make calls side by side
NOTES = 3  # causes of failure in a report; the rows have all of them


@dataclass(frozen=True, slots=True)
class ShardOrder:
    """The work of one task: `stage` on `shard`.

    `source` is the stage that published its dialogues, "" for the first stage. `abreast` shards are
    worked on at the same time, this one among them.
    """

    run_dir: str
    epoch: int
    stage: str
    source: str
    shard: Shard
    policy: FaultPolicy
    abreast: int = 1


@dataclass(slots=True)
class ShardReport:
    """The result of one task.

    `replayed` counts completions found in the journals of earlier attempts. `deaths` are engine
    deaths that this task saw, each as engine index and incarnation.
    """

    stage: str
    sums: Sums
    replayed: int = 0
    requeues: int = 0
    deaths: frozenset[tuple[int, str]] = frozenset()
    notes: list[str] = field(default_factory=list)


async def advance_shard(
    order: ShardOrder, stage: Stage, context: RunContext, links: Mapping[str, Links]
) -> ShardReport:
    """Advance all dialogues of a shard by one stage and publish the result.

    `links` are connections to the engines of each name. Raises Stopped, EngineError if no engine is
    left, RunDirError if storage fails.
    """
    run, shard = RunDir(Path(order.run_dir)), order.shard
    target = run.shard(order.stage, shard.index)
    if target.exists():  # published by an attempt that was believed lost
        return ShardReport(order.stage, read_sums(target))
    dialogues = begun(shard, order.source, run, context)
    directory = run.journal(order.stage, shard.index)
    known = replay(directory)
    journal = Journal(directory, order.epoch)
    name = f"{order.stage}/{shard.index:05d}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    config = context.config
    wanted = (name, links, config.engine_for, order.policy, shard.index, order.abreast)
    async with Clients(*wanted) as clients:
        generate = journaled(clients.generate, journal, known, config)
        try:
            rows = await _all(
                [advance(d, order.stage, stage, generate, context) for d in dialogues]
            )
        finally:
            await journal.close()
    check_epoch(run, order.epoch)
    sums = published(target, rows, directory)
    before = {dialogue.id for dialogue in dialogues if dialogue.failure}
    notes = notes_on(rows, before)
    return ShardReport(order.stage, sums, len(known), clients.requeues, clients.deaths, notes)


def published(target: Path, rows: list[Row], journal: Path) -> Sums:
    """Publish a shard and return its totals, which count every completion of its journal."""
    sums = Sums(dict(Counter(map(standing, rows))))
    for entry in entries(journal):
        sums.pay(entry)
    publish(target, rows, sums)
    return sums


def notes_on(rows: list[Row], before: Collection[str]) -> list[str]:
    """Return a line about each of the first dialogues that failed, but for those of `before`."""
    failed = (row for row in rows if row["failure"] and row["id"] not in before)
    return [f"{row['id']} failed: {row['failure']}" for row in itertools.islice(failed, NOTES)]


def begun(shard: Shard, source: str, run: RunDir, context: RunContext) -> list[Trajectory]:
    """Return a shard's dialogues as the stage `source` left them; "" stands for no stage."""
    if not source:
        return empty_dialogues(context.config.seed, shard)
    return read_shard(run.shard(source, shard.index), context.pool.by_name)


def journaled(
    generate: Generate, journal: Journal, known: Mapping[str, Completion], config: RunConfig
) -> Generate:
    """Return a `generate` that looks in the journal first, and journals each new completion.

    A completion is durable before it is returned. A call that was given up for killing engines
    raises DialogueError, also when it is replayed.
    """

    models = {name: engine.model for name, engine in config.all_engines.items()}

    async def answer(request: Request) -> Completion:
        key = request.key(models[config.engine_for(request.stage, request.kind)])
        if key in known:
            await side_by_side()
            completion = known[key]
        else:
            completion = await generate(request)
            await journal.append(key, completion, role_of(request.stage, request.kind))
        if completion.finish == "failed" and completion.text.startswith(DIED):
            raise DialogueError(f"{request.kind}: {completion.text}")
        return completion

    return answer


async def side_by_side() -> None:
    """Let all calls that are made side by side start before the first of them is replayed.

    Otherwise one would look as if it had waited for another, and the dialogue as if it were deeper.
    """
    for _ in range(NESTED):
        await asyncio.sleep(0)


async def advance(
    trajectory: Trajectory, name: str, stage: Stage, generate: Generate, context: RunContext
) -> Row:
    """Return the dialogue's next row.

    A DialogueError or an unexpected exception becomes the dialogue's failure.
    """
    if trajectory.failure:
        return to_row(trajectory)
    meter = Meter(generate, name)
    try:
        made = await stage(trajectory, meter, context)
        return to_row(replace(made, usage=(*made.usage, meter.usage())))
    except Exception as error:
        _raise_run_error(error)
        logger.exception("%s failed in %s", trajectory.id, name)
        known = isinstance(error, DialogueError)
        kind = name if known else f"{name}: {type(error).__name__}"
        cause = f"{kind}: {' '.join(str(error).split())}"[:500]
        usage = (*trajectory.usage, meter.usage())
        readable = cause.encode("utf-8", "replace").decode()
        return to_row(replace(trajectory, failure=readable, usage=usage))


def _raise_run_error(error: BaseException) -> None:
    """Raise the RunError that an exception is or holds: it concerns the run, not one dialogue."""
    if isinstance(error, RunError):
        raise error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            _raise_run_error(inner)


async def _all(coroutines: list[Coroutine[Any, Any, Row]]) -> list[Row]:
    """Return all results; the first exception cancels the others."""
    tasks: list[asyncio.Task[Row]] = [asyncio.create_task(each) for each in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector off in the block. Whatever existed before is never scanned again.

    Frozen records form no cycles, and a full collection would visit everything that is cached for
    the shard's dialogues.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _on_ray(order: ShardOrder, stages: Mapping[str, Stage], actors: Sequence[Actor]) -> ShardReport:
    context = load_context(order.run_dir, order.epoch)
    links: dict[str, list[tuple[EngineLink, Sequence[int]]]] = {}
    for actor in actors:
        links.setdefault(actor.name, []).append((RayEngineLink(actor.handle), actor.engines))
    with uncollected():
        return asyncio.run(advance_shard(order, stages[order.stage], context, links))


# A shard task mostly waits for engines, so two share a core. The driver retries it.
SHARD_CPUS = 0.5
shard_task = ray.remote(num_cpus=SHARD_CPUS, max_retries=0, scheduling_strategy="SPREAD")(_on_ray)


@lru_cache(maxsize=2)
def load_context(run_dir: str, epoch: int) -> RunContext:  # noqa: ARG001 (a new driver loads again)
    """Read settings and tools from a run directory, once for each process and epoch."""
    run = RunDir(Path(run_dir))
    return context_of(read_settings(run), read_pool(run))
