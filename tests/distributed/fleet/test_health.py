import asyncio
from collections.abc import Callable
from unittest.mock import AsyncMock, Mock

import pytest
from rich.console import Console

from toolace_mt.config import RunConfig
from toolace_mt.distributed.fleet.actors import Actor
from toolace_mt.distributed.fleet.fleet import Fleet
from toolace_mt.distributed.fleet.health import EngineHealth
from toolace_mt.distributed.fleet.protocol import EngineGone
from toolace_mt.run.policy import FaultPolicy


def watched(incarnation: str, dying: str = "") -> dict[str, object]:
    return {
        **{"incarnation": incarnation, "waiting": 0, "running": 3, "dying": dying},
        **{"counts": {}, "busy_seconds": 1.0},
    }


def test_a_death_is_told_once_with_its_cause_and_so_is_the_return() -> None:
    said: list[str] = []
    engine = EngineHealth(3, 4, said.append)
    assert engine.update(watched("a")) == 0
    engine.update(watched("a", "the core process ended"))
    assert engine.lost() == 1
    assert engine.lost() == 0
    engine.update(watched("b"))
    assert said == [
        "engine 3 died: the core process ended; started again, and what it had is sent again",
        "engine 3 is up again after 0 s",
    ]


def test_a_death_between_two_looks_is_told_as_well() -> None:
    said: list[str] = []
    engine = EngineHealth(0, 4, said.append)
    engine.update(watched("a"))
    assert engine.update(watched("b")) == 1
    assert said[0].startswith("engine 0 died: its process ended; started again")


def test_the_first_one_is_missed_although_it_was_never_looked_at() -> None:
    said: list[str] = []
    engine = EngineHealth(0, 4, said.append)
    engine.started("a")
    assert engine.update(watched("b")) == 1
    assert said[0].startswith("engine 0 died: its process ended")


def test_an_engine_that_will_not_come_back_is_told_so() -> None:
    said: list[str] = []
    engine = EngineHealth(0, 4, said.append)
    engine.update(watched("a"))
    engine.lost("no GPU is left")
    assert said == ["engine 0 died: no GPU is left; no other is started"]


def test_one_of_several_in_a_process_is_told_of_like_any_other() -> None:
    said: list[str] = []
    engine = EngineHealth(2, 4, said.append)
    engine.update(watched("a"))
    assert engine.update(EngineGone("the key was refused", final=False)) == 1
    assert engine.update(EngineGone("the key was refused", final=True)) == 0
    engine.update(EngineGone("the key was refused", final=True))
    assert said == [
        "engine 2 died: the key was refused; started again, and what it had is sent again",
        "engine 2 could not be started again: the key was refused",
    ]


def test_deaths_without_an_answer_are_counted_until_there_is_one() -> None:
    engine = EngineHealth(0, 4, lambda _: None)
    engine.started("a")
    for life, died in zip("bcd", (1, 2, 3), strict=True):
        engine.update(watched(life))
        assert engine.in_vain == died
    engine.update({**watched("d"), "counts": {("refinement", "calls"): 1}})
    engine.update(watched("e"))
    assert engine.in_vain == 0
    engine.update(watched("f", "out of memory"))
    engine.lost()
    assert (engine.in_vain, engine.last_cause) == (2, "out of memory")


async def test_an_engine_that_dies_too_often_in_vain_is_given_up(
    make_config: Callable[..., RunConfig], console: Console
) -> None:
    fleet = Fleet({"engine": make_config().engine}, FaultPolicy(deaths_in_vain=3), Mock(), console)
    handle = Mock()
    fleet.engines = [seen := EngineHealth(0, 4, lambda _: None)]
    for life in "abcd":
        assert not handle.give_up.remote.called
        handle.watch.remote = AsyncMock(return_value={0: watched(life, "no memory")})
        await fleet._look(Actor(handle, (0,)))
    cause = "it died 3 times in a row without an answer, at last: no memory"
    handle.give_up.remote.assert_called_once_with(0, cause)
    handle.watch.remote = AsyncMock(return_value={0: EngineGone(cause, final=True)})
    await fleet._look(Actor(handle, (0,)))
    assert seen.gone
    handle.give_up.remote.assert_called_once()


@pytest.mark.parametrize(("count", "seconds"), [(1, 1.0), (8, 1.0), (64, 2.0)])
async def test_each_of_many_engines_is_looked_at_less_often(
    make_config: Callable[..., RunConfig],
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    seconds: float,
) -> None:
    slept: list[float] = []

    async def sleep(pause: float) -> None:
        slept.append(pause)
        raise asyncio.CancelledError

    fleet = Fleet({"engine": make_config().engine}, FaultPolicy(), Mock(), console)
    fleet.actors = [Actor(None, (index,)) for index in range(count)]
    fleet.engines = [Mock(up=True) for _ in range(count)]
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await fleet._watch(fleet.actors[0])
    assert slept == [seconds]


def test_trouble_is_told_when_it_begins_and_when_it_changes() -> None:
    said: list[str] = []
    engine = EngineHealth(2, 4, said.append)
    for trouble in ("", "429", "429", "still 429", "", "429"):
        engine.update({**watched("a"), "trouble": trouble})
    assert said == ["engine 2: 429", "engine 2: still 429", "engine 2: 429"]
