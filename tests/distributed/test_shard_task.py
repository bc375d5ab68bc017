import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_stages import FAKE_STAGES
from local_actors import FakeEngine, LocalActor, actors, links

from toolace_mt.calls.request import Generate
from toolace_mt.config import RunConfig
from toolace_mt.distributed.client.routing import nearest
from toolace_mt.distributed.shard_task import ShardOrder, advance_shard, uncollected
from toolace_mt.errors import EngineError, RunDirError
from toolace_mt.methods import RunContext, Stage
from toolace_mt.run.costs import role_costs, total_cost
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import replay
from toolace_mt.run.plan import Shard
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.shards import read_shard, read_sums
from toolace_mt.run.status import read_status
from toolace_mt.tools.pool import ToolPool
from toolace_mt.trajectory import Tool, Trajectory

POLICY = FaultPolicy(backoff_first=0.005)
ORDER = {"initialization": "", "refinement": "initialization", "verification": "refinement"}


class Bench:
    """One shard of a run, advanced stage by stage without Ray."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.run = RunDir(Path(config.run_dir))
        self.context = RunContext(config, ToolPool((Tool("a", "b", {"type": "object"}),)))
        self.shard = Shard(0, 0, config.dialogues)
        self.engine = FakeEngine(max_num_seqs=32, seconds=0.001)

    async def advance(self, name: str, stage: Stage | None = None):
        order = ShardOrder(str(self.run.path), 1, name, ORDER[name], self.shard, POLICY)
        self.actor = LocalActor(self.engine)
        return await advance_shard(
            order, stage or FAKE_STAGES[name], self.context, {"engine": links([self.actor])}
        )

    def dialogues(self, name: str) -> list[Trajectory]:
        return read_shard(self.run.shard(name, 0))


@pytest.fixture
def bench(make_config: Callable[..., RunConfig]) -> Bench:
    return Bench(make_config(dialogues=60))


async def test_a_dialogue_that_kills_engines_fails_at_the_price_of_one_request(
    bench: Bench,
) -> None:
    await bench.advance("initialization")
    guilty = next(d.id for d in bench.dialogues("initialization") if not d.failure)
    bench.engine.poison = guilty
    await bench.advance("refinement")  # which asks five things at once, and then one more
    assert bench.actor.deaths == POLICY.suspect_after + POLICY.guilty_after
    failed = {d.id: d.failure for d in bench.dialogues("refinement") if d.failure}
    assert failed[guilty].startswith("refinement: word: the engine died 4 times while it ran")
    assert failed.keys() - {guilty} == {
        d.id for d in bench.dialogues("initialization") if d.failure
    }
    bench.run.shard("refinement", 0).unlink()  # as if it had been lost: it is not paid again
    await bench.advance("refinement")
    assert bench.actor.deaths == 0
    assert {d.id: d.failure for d in bench.dialogues("refinement") if d.failure} == failed


async def test_all_stages_and_their_sums(bench: Bench) -> None:
    for name in ORDER:
        report = await bench.advance(name)
        assert report.sums == read_sums(bench.run.shard(name, 0))
    dialogues = bench.dialogues("verification")
    assert [d.id for d in dialogues] == [f"0-{n:07d}" for n in range(60)]
    standing = Counter(d.verdict.outcome if d.verdict else "failed" for d in dialogues)
    assert report.sums.outcomes == standing
    assert standing.total() == 60
    assert len(standing) == 4
    made = [d for d in dialogues if not d.failure]
    assert all([u.stage for u in d.usage] == list(ORDER) for d in made)
    for index, name in enumerate(ORDER):
        paid = read_sums(bench.run.shard(name, 0)).paid
        used = [d.usage[index] for d in dialogues if len(d.usage) > index]
        assert paid.calls == sum(u.calls for u in used) > 0
        assert paid.output == sum(u.output_tokens for u in used) > 0


async def test_a_bug_in_a_stage_fails_its_dialogue_with_the_cause(bench: Bench) -> None:
    report = await bench.advance("initialization")
    failed = [d for d in bench.dialogues("initialization") if d.failure]
    assert failed
    assert {d.failure for d in failed} == {"initialization: KeyError: 'a bug in a stage'"}
    assert all(d.usage[0].calls > 0 for d in failed)
    assert report.notes[0] == f"{failed[0].id} failed: {failed[0].failure}"
    second = await bench.advance("refinement")
    assert [d for d in bench.dialogues("refinement") if d.failure] == failed
    assert second.notes == []


@pytest.mark.parametrize("wrap", [False, True])
async def test_broken_infrastructure_is_not_a_dialogues_failure(bench: Bench, wrap: bool) -> None:
    async def broken(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
        error = EngineError("gone")
        raise ExceptionGroup("some", [ValueError("x"), error]) if wrap else error

    with pytest.raises(EngineError, match="gone"):
        await bench.advance("initialization", broken)
    assert not bench.run.shard("initialization", 0).exists()


async def test_what_no_file_could_hold_fails_its_dialogue_alone(bench: Bench) -> None:
    async def surrogate(trajectory: Trajectory, generate: Generate, run: RunContext) -> Trajectory:
        bad = trajectory.id.endswith("7")
        return replace(trajectory, system="\ud83d" if bad else "fine")

    report = await bench.advance("initialization", surrogate)
    assert report.sums.outcomes == {"open": 54, "failed": 6}


async def test_an_interrupted_shard_replays_and_pays_only_for_what_was_in_flight(
    bench: Bench, make_config: Callable[..., RunConfig]
) -> None:
    whole = Bench(make_config("whole", dialogues=60))
    for name in ORDER:
        await whole.advance(name)
    calls = 0
    for name in ORDER:
        for _ in range(3):
            task = asyncio.create_task(bench.advance(name))
            await asyncio.sleep(0.03)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        known = len(replay(bench.run.journal(name, 0)))
        before = len(bench.engine.seen)
        report = await bench.advance(name)
        if report.replayed:  # zero if a cancelled attempt had published all the same
            assert report.replayed == known
            assert report.sums.paid.calls == known + len(bench.engine.seen) - before
        calls += report.sums.paid.calls
    assert bench.run.shard("verification", 0).exists()
    for one, other in zip(
        bench.dialogues("verification"), whole.dialogues("verification"), strict=True
    ):
        assert replace(one, usage=()) == replace(other, usage=())
    assert len(bench.engine.seen) >= calls == len(whole.engine.seen)


async def test_a_replaced_driver_publishes_nothing(bench: Bench) -> None:
    bench.run.state.mkdir(parents=True)
    lease = '{"epoch": 2, "host": "elsewhere", "pid": 1, "beat": 0}'
    (bench.run.state / "lease.json").write_text(lease)
    with pytest.raises(RunDirError, match="replaced by another driver"):
        await bench.advance("initialization")
    assert not bench.run.shard("initialization", 0).exists()


async def test_a_published_shard_is_not_made_again(bench: Bench) -> None:
    first = await bench.advance("initialization")
    seen = len(bench.engine.seen)
    again = await bench.advance("initialization")
    assert again.sums == first.sums
    assert len(bench.engine.seen) == seen


def test_a_damaged_shard_is_named(bench: Bench) -> None:
    path = bench.run.shard("initialization", 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not arrow at all")
    with pytest.raises(RunDirError, match=r"00000.arrow: not a readable shard"):
        read_sums(path)


async def test_dialogues_read_from_a_shard_share_the_tools_of_the_pool(bench: Bench) -> None:
    own = bench.context.pool.tools
    seen: list[Tool] = []

    async def given(trajectory: Trajectory, *_: Any) -> Trajectory:
        return replace(trajectory, tools=own)

    async def noted(trajectory: Trajectory, *_: Any) -> Trajectory:
        seen.extend(trajectory.tools)
        return trajectory

    await bench.advance("initialization", given)
    await bench.advance("refinement", noted)
    assert [id(tool) for tool in seen] == [id(own[0])] * 60


async def test_a_shard_opens_its_share_of_the_engines(bench: Bench) -> None:
    made = actors([FakeEngine(max_num_seqs=64) for _ in range(40)])
    shard = replace(bench.shard, index=5)
    order = ShardOrder(str(bench.run.path), 1, "initialization", "", shard, POLICY, abreast=4)
    await advance_shard(
        order, FAKE_STAGES["initialization"], bench.context, {"engine": links(made)}
    )
    seen = {index for index, actor in enumerate(made) if actor.engine.seen}
    assert seen == set(nearest(5, 40)[:10])


async def test_each_role_is_answered_by_its_engine_and_counted(
    make_config: Callable[..., RunConfig],
) -> None:
    roles = {
        "engines": {
            "big": {"kind": "scripted", "model": "big", "price": {"input": 1, "output": 2}}
        },
        "roles": {"experts": "big"},
    }
    both, one = Bench(make_config("both", dialogues=12, **roles)), Bench(make_config(dialogues=12))
    small, big = FakeEngine(), FakeEngine()
    made = {"engine": links([LocalActor(small)]), "big": links([LocalActor(big, first=1)])}
    for name, source in ORDER.items():
        order = ShardOrder(str(both.run.path), 1, name, source, both.shard, POLICY)
        await advance_shard(order, FAKE_STAGES[name], both.context, made)
        await one.advance(name)
    assert {request.stage for request in big.seen} == {"verification"}
    assert {request.stage for request in small.seen} == {"initialization", "refinement"}
    experts, texts = replay(both.run.journal("verification", 0)), both.run.journal("refinement", 0)
    assert experts.keys() == {request.key("big") for request in big.seen}
    assert replay(texts).keys() == replay(one.run.journal("refinement", 0)).keys()
    sums = read_sums(both.run.shard("verification", 0))
    assert sums.roles == {"experts": sums.paid}
    status = read_status(both.run, 12, ORDER)
    assert status.roles["texts"].calls + status.roles["experts"].calls == sum(
        stage.paid.calls for stage in status.stages.values()
    )
    costs = role_costs(both.config, status)
    assert [(each.role, each.model) for each in costs] == [
        ("experts", "big"),
        ("texts", "scripted"),
    ]
    spent = (sums.paid.prompt + 2 * sums.paid.output) / 1e6
    assert costs[0].cost == pytest.approx(spent)
    assert total_cost(costs) is None  # the other engine has no price
    assert role_costs(one.config, read_status(one.run, 12, ORDER)) == []


def test_garbage_in_cycles_stays_until_the_shard_is_done_and_no_longer() -> None:
    class Knot:
        def __init__(self) -> None:
            self.self = self

    with uncollected():
        knot = weakref.ref(Knot())
        junk = [[number] for number in range(100_000)]  # enough for Python's own collections
        assert knot() is not None
    assert junk
    assert knot() is None
    assert gc.isenabled()
