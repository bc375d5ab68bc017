"""Ray tasks: one published shard in, all of its dialogues advanced side by side, the next one out.

Dialogues of a shard never wait for each other: each is a coroutine, and what it waits for is its
own model calls. A shard task holds no state of its own: lost at any point, it is run again and
replays its journals.
"""

import asyncio
import gc
import itertools
import logging
import os
import uuid
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import ray
import yaml

from toolace_mt.calls.meter import Meter
from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.config import validate_config
from toolace_mt.distributed.client.client import Client
from toolace_mt.distributed.client.poison import DIED
from toolace_mt.distributed.client.routing import nearest
from toolace_mt.distributed.fleet.actors import Actor
from toolace_mt.distributed.fleet.link import RayEngineLink
from toolace_mt.distributed.fleet.protocol import Links
from toolace_mt.errors import DialogueError, RunError
from toolace_mt.methods import RunContext, Stage, context_of
from toolace_mt.run.arrow import Row, to_row
from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.journal import Journal, entries, replay
from toolace_mt.run.lease import check_epoch
from toolace_mt.run.plan import Shard, empty_dialogues
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.prepare import read_pool
from toolace_mt.run.shards import Sums, Tokens, publish, read_shard, read_sums, standing
from toolace_mt.trajectory import Trajectory

logger = logging.getLogger(__name__)

NOTES = 3  # causes of failure that a report carries to the driver; all are in the rows


@dataclass(frozen=True, slots=True)
class ShardOrder:
    """What to do: `stage` on `shard`, whose dialogues `source` has published ("" if none has).

    `abreast` shards are worked on at the same time, this one among them.
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
    """What came of it; `replayed` counts completions found in the journals of earlier attempts.

    `deaths` are the incarnations that this shard saw end, as engine and incarnation.
    """

    stage: str
    sums: Sums
    replayed: int = 0
    requeues: int = 0
    deaths: frozenset[tuple[int, str]] = frozenset()
    notes: list[str] = field(default_factory=list)


async def advance_shard(
    order: ShardOrder, stage: Stage, context: RunContext, links: Links
) -> ShardReport:
    """Advance all dialogues of a shard by one stage and publish the result.

    Raises Stopped, EngineError if no engine is left, RunDirError if storage fails.
    """
    run, shard = RunDir(Path(order.run_dir)), order.shard
    target = run.shard(order.stage, shard.index)
    if target.exists():  # an attempt believed lost had come that far
        return ShardReport(order.stage, read_sums(target))
    dialogues = _begun(order, run, context)
    directory = run.journal(order.stage, shard.index)
    known = replay(directory)
    journal = Journal(directory, order.epoch)
    name = f"{order.stage}/{shard.index:05d}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    near = nearest(shard.index, len(links))
    share = -(-len(links) // order.abreast)
    async with Client(name, links, order.policy, near, share) as client:
        generate = journaled(client.generate, journal, known, context.config.engine.model)
        try:
            rows = await _all(
                [_advance(d, order.stage, stage, generate, context) for d in dialogues]
            )
        finally:
            await journal.close()
    sums = Sums(dict(Counter(map(standing, rows))), Tokens())
    for _, completion in entries(directory):
        sums.paid.count(completion)
    check_epoch(run, order.epoch)
    publish(target, rows, sums)
    before = {dialogue.id for dialogue in dialogues if dialogue.failure}
    failed = (row for row in rows if row["failure"] and row["id"] not in before)
    notes = [f"{row['id']} failed: {row['failure']}" for row in itertools.islice(failed, NOTES)]
    deaths = frozenset(client.deaths)
    return ShardReport(order.stage, sums, len(known), client.requeues, deaths, notes)


def _begun(order: ShardOrder, run: RunDir, context: RunContext) -> list[Trajectory]:
    """Return the shard's dialogues as the stage before left them."""
    if not order.source:
        return empty_dialogues(context.config.seed, order.shard)
    return read_shard(run.shard(order.source, order.shard.index), context.pool.by_name)


def journaled(
    generate: Generate, journal: Journal, known: Mapping[str, Completion], model: str
) -> Generate:
    """Return a `generate` that answers from the journal, and journals before it answers.

    A call that was given up for killing engines raises DialogueError, each time it is replayed.
    """

    async def answer(request: Request) -> Completion:
        key = request.key(model)
        if key in known:
            await asyncio.sleep(0)  # calls made side by side start side by side when replayed too
            completion = known[key]
        else:
            completion = await generate(request)
            await journal.append(key, completion)
        if completion.finish == "failed" and completion.text.startswith(DIED):
            raise DialogueError(f"{request.kind}: {completion.text}")
        return completion

    return answer


async def _advance(
    trajectory: Trajectory, name: str, stage: Stage, generate: Generate, context: RunContext
) -> Row:
    """Return the dialogue's next row; here its end, or an unexpected exception, is its failure."""
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
    """Raise the RunError that this is or holds: broken infrastructure is not one dialogue's."""
    if isinstance(error, RunError):
        raise error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            _raise_run_error(inner)


async def _all(coroutines: list[Coroutine[Any, Any, Row]]) -> list[Row]:
    """Return all results; the first exception ends the others."""
    tasks: list[asyncio.Task[Row]] = [asyncio.create_task(each) for each in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for garbage in cycles once the block is over, among what came up in it.

    Frozen records form none (303 objects after 250 dialogues, and after 500), and a full collection
    goes through all that is remembered of all dialogues of the shard: it took 14% of its CPU time.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _on_ray(order: ShardOrder, stages: Mapping[str, Stage], actors: Sequence[Actor]) -> ShardReport:
    context = load_context(order.run_dir, order.epoch)
    links = [(RayEngineLink(actor.handle), actor.engines) for actor in actors]
    with uncollected():
        return asyncio.run(advance_shard(order, stages[order.stage], context, links))


# A shard task mostly waits for engines, so two share a core. Its retries are the driver's.
SHARD_CPUS = 0.5
shard_task = ray.remote(num_cpus=SHARD_CPUS, max_retries=0, scheduling_strategy="SPREAD")(_on_ray)


@lru_cache(maxsize=2)
def load_context(run_dir: str, epoch: int) -> RunContext:  # noqa: ARG001 (a new driver: load anew)
    """Read settings and tools from a run directory, once in each process and epoch."""
    run = RunDir(Path(run_dir))
    with storage(run.config):
        settings = yaml.safe_load(run.config.read_bytes())
    return context_of(validate_config(settings, str(run.config)), read_pool(run))
