"""Ray tasks that play a shard as far as its journals reach, and collect the requests that wait.

- A dialogue goes through its stages until a request has no answer in the journals, and is then put
  aside. A later round plays it again, from the last stage that its shard has published.
- Dialogues do not wait for each other: one whose refinement is done asks its experts in the same
  round in which another is still being refined.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import ray

from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.distributed.batches.engines import batch_engines
from toolace_mt.distributed.shard_task import (
    advance,
    begun,
    load_context,
    notes_on,
    published,
    side_by_side,
    uncollected,
)
from toolace_mt.engine.batch.lines import Unsendable, request_line
from toolace_mt.methods import RunContext, Stage
from toolace_mt.run.arrow import Row, from_row
from toolace_mt.run.batches.files import RequestId, collect, unanswered
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import replay
from toolace_mt.run.lease import check_epoch
from toolace_mt.run.plan import Shard
from toolace_mt.run.shards import Sums
from toolace_mt.trajectory import Trajectory


class Waiting(BaseException):
    """A request has no answer yet.

    Not an Exception: a stage must not mistake it for a failure of its own.
    """


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """The work of one task: all that can be done of a shard in a round."""

    run_dir: str
    epoch: int
    round: int
    shard: Shard


@dataclass(slots=True)
class PlayReport:
    """The result of one task: the stages it published, and how many requests wait."""

    published: dict[str, Sums] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    waiting: int = 0


async def play_shard(
    order: PlayOrder, stages: Mapping[str, Stage], context: RunContext
) -> PlayReport:
    """Play a shard; publish every stage that all its dialogues have left; collect what waits."""
    run, shard = RunDir(Path(order.run_dir)), order.shard
    report = PlayReport()
    names = list(stages)
    done = list(takewhile(lambda name: run.shard(name, shard.index).exists(), names))
    left = names[len(done) :]
    if not left:
        return report
    desk = _Desk(run, order, names, context)
    rows: dict[str, list[Row]] = {name: [] for name in left}
    dialogues = begun(shard, done[-1] if done else "", run, context)
    for dialogue in dialogues:
        await _play(dialogue, {name: stages[name] for name in left}, rows, desk, context)
    check_epoch(run, order.epoch)
    failed = {dialogue.id for dialogue in dialogues if dialogue.failure}
    for name in left:
        if len(rows[name]) < shard.count:
            break
        journal = run.journal(name, shard.index)
        report.published[name] = published(run.shard(name, shard.index), rows[name], journal)
        report.notes += notes_on(rows[name], failed)
        failed |= {row["id"] for row in rows[name] if row["failure"]}
    report.waiting = desk.hand_over()
    return report


async def _play(
    dialogue: Trajectory,
    stages: Mapping[str, Stage],
    rows: dict[str, list[Row]],
    desk: "_Desk",
    context: RunContext,
) -> None:
    """Take one dialogue through its stages, and add a row for each that it leaves."""
    try:
        for name, stage in stages.items():
            row = await advance(dialogue, name, stage, desk.generate(name), context)
            rows[name].append(row)
            dialogue = from_row(row, context.pool.by_name)
    except Waiting:
        # Calls that the stage makes side by side go on, until each of them waits as well.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


class _Desk:
    """Answers the requests of a shard from its journals, and collects all others."""

    def __init__(
        self, run: RunDir, order: PlayOrder, stages: list[str], context: RunContext
    ) -> None:
        self._run = run
        self._order = order
        self._stages = stages
        self._engines = batch_engines(run, context.config)
        self._engine_for = context.config.engine_for
        self._asked = unanswered(run, order.round - 1)
        self._known: dict[str, dict[str, Completion]] = {}
        self._lines: dict[str, dict[str, bytes]] = {name: {} for name in self._engines}

    def generate(self, stage: str) -> Generate:
        """Return the function with which a stage makes its calls."""
        number = self._stages.index(stage)
        if stage not in self._known:
            self._known[stage] = replay(self._run.journal(stage, self._order.shard.index))
        known = self._known[stage]

        async def answer(request: Request) -> Completion:
            engine = self._engine_for(request.stage, request.kind)
            key = request.key(self._engines[engine].config.model)
            await side_by_side()
            if key in known:
                return known[key]
            try:
                self._wait(engine, key, number, request)
            except Unsendable as unsendable:
                return unsendable.completion
            raise Waiting

        return answer

    def _wait(self, engine: str, key: str, stage: int, request: Request) -> None:
        named = RequestId(self._order.shard.index, stage, key, self._asked.get(key, 0))
        to = self._engines[engine]
        line = request_line(str(named), request, to.dialect, to.most_bytes)
        self._lines[engine][key] = line

    def hand_over(self) -> int:
        """Write the requests that wait to disk, and return how many there are."""
        order = self._order
        for engine, lines in self._lines.items():
            collect(self._run, order.round, engine, order.shard.index, list(lines.values()))
        return sum(map(len, self._lines.values()))


def _on_ray(order: PlayOrder, stages: Mapping[str, Stage]) -> PlayReport:
    context = load_context(order.run_dir, order.epoch)
    with uncollected():
        return asyncio.run(play_shard(order, stages, context))


play_task = ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")(_on_ray)
