"""What an actor adds to its host, without Ray: starting engines, and starting them anew."""

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from local_actors import FakeEngine

from toolace_mt.config import OpenAIConfig, ScriptedConfig, VllmConfig
from toolace_mt.config.engine import Placement
from toolace_mt.distributed.fleet import actors, metrics
from toolace_mt.distributed.fleet.actors import EngineActor
from toolace_mt.distributed.fleet.protocol import EngineGone, Hello
from toolace_mt.errors import EngineError
from toolace_mt.run.policy import FaultPolicy

POLICY = FaultPolicy(engine_restarts=2, backoff_most=0.01)


class Starts:
    """Starts engines; those named in `broken` cannot be started."""

    def __init__(self, *broken: int) -> None:
        self.broken = set(broken)
        self.tried = Counter[int]()

    def __call__(self, config: ScriptedConfig, index: int) -> FakeEngine:
        self.tried[index] += 1
        if index in self.broken:
            raise EngineError(f"no engine {index}")
        return FakeEngine()


def actor(monkeypatch: pytest.MonkeyPatch, starts: Starts, again: bool = False) -> EngineActor:
    context = SimpleNamespace(was_current_actor_reconstructed=again)
    monkeypatch.setattr(actors.ray, "get_runtime_context", lambda: context)
    monkeypatch.setattr(actors, "EngineMetrics", Mock())
    monkeypatch.setattr(actors, "start_engine", starts)
    return EngineActor(ScriptedConfig(kind="scripted", replicas=2, per_process=2), (0, 1), POLICY)


async def replaced(one: EngineActor, index: int) -> Hello | EngineGone:
    """Have an engine end and return who is there once nothing is being started any more."""
    one.ended(next(admission for admission in one.admissions.values() if admission.index == index))
    between = (await one.hello())[index]
    assert isinstance(between, EngineGone)
    assert not between.final
    await asyncio.gather(*one._replacing)
    return (await one.hello())[index]


async def test_an_engine_that_cannot_be_started_ends_a_run_that_has_not_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EngineError, match="no engine 1"):
        actor(monkeypatch, Starts(1))


async def test_in_a_process_that_was_started_again_it_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts = Starts(1)
    hellos = await actor(monkeypatch, starts, again=True).hello()
    assert isinstance(hellos[0], Hello)
    gone = hellos[1]
    assert isinstance(gone, EngineGone)
    assert (gone.cause, gone.final) == ("no engine 1", True)
    assert starts.tried == {0: 1, 1: actors.STARTS}


async def test_one_that_dies_is_started_anew_until_that_has_been_too_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts = Starts()
    one = actor(monkeypatch, starts)
    lives = {admission.incarnation for admission in one.admissions.values()}
    for _ in range(POLICY.engine_restarts):
        hello = await replaced(one, 1)
        assert isinstance(hello, Hello)
        assert hello.incarnation not in lives
        lives.add(hello.incarnation)
    gone = await replaced(one, 1)
    assert isinstance(gone, EngineGone)
    assert gone.final
    assert gone.cause.startswith("died 3 times")
    assert starts.tried == {0: 1, 1: 1 + POLICY.engine_restarts}
    told = await one.watch()
    assert isinstance(told[0], dict)
    assert told[1] is gone


async def test_one_that_is_given_up_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts()
    one = actor(monkeypatch, starts)
    admission = next(admission for admission in one.admissions.values() if admission.index == 1)
    await one.give_up(1, "it dies of everything")
    one.ended(admission)  # as what still ran in it says
    assert not one._replacing
    hellos = await one.hello()
    assert isinstance(hellos[0], Hello)
    gone = hellos[1]
    assert isinstance(gone, EngineGone)
    assert (gone.cause, gone.final) == ("it dies of everything", True)
    assert starts.tried == {0: 1, 1: 1}


async def test_one_that_cannot_be_started_anew_for_any_reason_is_gone_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = actor(monkeypatch, Starts())
    monkeypatch.setattr(actors, "start_engine", Mock(side_effect=KeyError("a bug")))
    gone = await replaced(one, 0)
    assert isinstance(gone, EngineGone)
    assert (gone.cause, gone.final) == ("KeyError('a bug')", True)


def test_what_a_new_incarnation_counts_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Counter[str]()

    def counter(name: str, *_: Any) -> Any:
        return SimpleNamespace(inc=lambda grown, tags: sent.update({name: grown}))

    monkeypatch.setattr(metrics.metrics, "Counter", counter)
    monkeypatch.setattr(metrics.metrics, "Gauge", Mock())
    engine = metrics.EngineMetrics(0, "m")
    for incarnation, calls in (("a", 5), ("a", 7), ("b", 2), ("b", 3)):
        engine.record(incarnation, Counter({("refinement", "calls"): calls}), 0, 0, 4)
    assert sent == {"toolace_calls": 10}


@pytest.mark.parametrize(
    ("settings", "there", "gpus"),
    [
        ({}, 0, 0),
        ({}, 1, 1),
        ({"device": "cpu"}, 8, 0),
        ({"device": "cuda", "replicas": 2, "tensor_parallel": 4}, 8, 4),
    ],
)
def test_engines_go_on_gpus_where_there_are_enough(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], there: int, gpus: int
) -> None:
    monkeypatch.setattr(actors.ray, "cluster_resources", lambda: {"CPU": 8.0, "GPU": float(there)})
    config = VllmConfig(kind="vllm", model="m", **settings)
    assert config.placement().per_process == 1
    assert actors._gpus({"engine": config.placement()}) == {"engine": gpus}
    bundles: list[dict[str, int]] = []

    def group(wanted: list[dict[str, int]], strategy: str) -> str:
        assert strategy == "STRICT_PACK"
        bundles.extend(wanted)
        return "a placement group"

    monkeypatch.setattr(actors, "placement_group", group)
    monkeypatch.setattr(actors, "PlacementGroupSchedulingStrategy", lambda group, **_: group)
    placed = actors._place(gpus)
    assert placed.get("num_gpus", 0) == (1 if gpus == 1 else 0)
    assert bundles == [{"GPU": 1, "CPU": 1}] * (gpus if gpus > 1 else 0)
    assert placed.get("scheduling_strategy") == {0: "SPREAD", 1: None}.get(
        gpus, "a placement group"
    )


@pytest.mark.parametrize(("device", "there"), [("auto", 4), ("cuda", 4), ("cuda", 0)])
def test_too_few_gpus_are_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, device: str, there: int
) -> None:
    monkeypatch.setattr(actors.ray, "cluster_resources", lambda: {"CPU": 8.0, "GPU": float(there)})
    settings = {"kind": "vllm", "model": "m", "replicas": 4, "tensor_parallel": 2, "device": device}
    placement = VllmConfig.model_validate(settings).placement()
    with pytest.raises(
        EngineError, match=f"engine: 4 x 2 GPUs are 8; this Ray cluster has {there}:"
    ):
        actors._gpus({"engine": placement})


def test_endpoints_share_processes_and_need_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors.ray, "cluster_resources", Mock(side_effect=AssertionError))
    urls = tuple(f"http://h{number}/v1" for number in range(5))
    placement = OpenAIConfig(kind="openai", model="m", urls=urls, per_process=2).placement()
    assert (placement.engines, placement.per_process) == (5, 2)
    assert actors._gpus({"engine": placement}) == {"engine": 0}


def test_gpus_of_all_engines_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors.ray, "cluster_resources", lambda: {"CPU": 8.0, "GPU": 4.0})
    large, small = Placement(1, gpus=2), Placement(2, gpus=1, or_cpu=True)
    both = {"engine": small, "big": large, "online": Placement(3, 16)}
    assert actors._gpus(both) == {"engine": 1, "big": 2, "online": 0}
    with pytest.raises(
        EngineError, match=r"engine: 2 x 1 GPUs, engines.big: 2 x 2 GPUs are 6; .* has 4:"
    ):
        actors._gpus({**both, "big": Placement(2, gpus=2)})
