import asyncio

import pytest
from local_actors import FakeEngine

from toolace_mt.distributed import host as host_module
from toolace_mt.distributed.host import Host
from toolace_mt.distributed.wire import EngineGone, Order
from toolace_mt.engine.base import Completion, Request
from toolace_mt.errors import EngineError


def order(ticket: int, alone: bool = False, priority: int = 0) -> Order:
    request = Request(f"d{ticket}", "refinement", "fill", 1, "0", "system", "user")
    return Order(ticket, priority, alone, request)


@pytest.fixture
def host() -> Host:
    return Host(FakeEngine(max_num_seqs=4, seconds=0.01), lambda cause: None)


async def test_results_come_in_lists_and_only_to_their_client(host: Host) -> None:
    mine = host.incarnation
    await host.submit("a", mine, [order(1), order(2)])
    await host.submit("b", mine, [order(1)])
    first, second = await asyncio.gather(host.drain("a", mine), host.drain("b", mine))
    assert sorted(ticket for ticket, _ in first.results) == [1, 2]
    assert [ticket for ticket, _ in second.results] == [1]
    assert (second.mine, second.others, second.clients) == (0, 0, 2)


async def test_requests_may_come_along_with_the_question_for_results(host: Host) -> None:
    drained = await host.drain("a", host.incarnation, [order(1), order(2)], at_least=0.1)
    assert sorted(ticket for ticket, _ in drained.results) == [1, 2]
    await host.stop()
    drained = await host.drain("a", host.incarnation, [order(3)])
    assert (drained.results, drained.mine, drained.stopping) == ([], 0, True)


@pytest.mark.parametrize(("at_least", "together"), [(0.0, False), (0.5, True)])
async def test_results_wait_for_one_another_as_long_as_is_asked(
    at_least: float, together: bool
) -> None:
    engine = FakeEngine(max_num_seqs=2, seconds=0.1)  # five requests do not fit at once
    host = Host(engine, lambda cause: None)
    orders = [order(ticket) for ticket in range(5)]
    drained = await host.drain("a", host.incarnation, orders, at_least)
    assert (len(drained.results) == 5) is together


async def test_what_is_finished_shortly_after_the_first_comes_along() -> None:
    engine = FakeEngine(max_num_seqs=2, seconds=0.01)  # four requests do not fit at once
    host = Host(engine, lambda cause: None)
    drained = await host.drain("a", host.incarnation, [order(ticket) for ticket in range(4)])
    assert len(drained.results) == 4


async def test_another_incarnation_is_refused(host: Host) -> None:
    with pytest.raises(EngineGone):
        await host.submit("a", "an earlier one", [order(1)])
    with pytest.raises(EngineGone):
        await host.drain("a", "an earlier one")


async def test_the_next_lone_request_waits_until_the_last_ones_result_is_seen(host: Host) -> None:
    mine = host.incarnation
    await host.submit("a", mine, [order(1, alone=True)])
    await host.submit("b", mine, [order(2, alone=True)])
    assert (await host.drain("a", mine)).granted == 1
    await host.go("a", mine)
    other = asyncio.create_task(host.drain("b", mine))
    taken = await host.drain("a", mine)
    assert [ticket for ticket, _ in taken.results] == [1]
    await asyncio.sleep(0.05)
    assert not other.done()  # the result may still be on its way to "a"
    again = asyncio.create_task(host.drain("a", mine))
    assert (await other).granted == 2
    await host.go("b", mine)
    assert len((await host.drain("b", mine)).results) == 1
    again.cancel()


async def test_lone_requests_of_a_client_that_left_hold_nobody_up(host: Host) -> None:
    mine = host.incarnation
    await host.submit("a", mine, [order(1, alone=True)])
    await host.submit("b", mine, [order(2)])
    await host.leave("a")
    assert [ticket for ticket, _ in (await host.drain("b", mine)).results] == [2]


async def test_a_silent_client_is_forgotten_and_its_requests_end(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "FORGET", 0.0)
    monkeypatch.setattr(host_module, "LONG_POLL", 0.01)
    host.engine.seconds = 60  # type: ignore[attr-defined]
    await host.submit("silent", host.incarnation, [order(n) for n in range(9)])
    await asyncio.sleep(0.01)
    await host.drain("other", host.incarnation)
    await asyncio.sleep(0.01)
    assert host.load() == (0, 0)


async def test_a_dead_engine_ends_the_host_after_its_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host_module, "LAST_WORDS", 0.05)
    ends: list[str] = []
    engine = FakeEngine(max_num_seqs=4)
    host = Host(engine, ends.append)

    async def dead(request: Request, priority: int = 0) -> Completion:
        raise EngineError("the engine's process ended")

    engine.generate = dead  # type: ignore[method-assign]
    await host.submit("a", host.incarnation, [order(1), order(2)])
    drained = await host.drain("a", host.incarnation)
    assert drained.results == []
    assert drained.suspects == (1, 2)
    assert drained.dying == "the engine's process ended"
    await asyncio.sleep(0.1)
    assert ends == ["the engine's process ended"]


async def test_a_request_the_engine_chokes_on_is_that_requests_outcome(host: Host) -> None:
    async def choke(request: Request, priority: int = 0) -> Completion:
        raise KeyError("no such thing")

    host.engine.generate = choke  # type: ignore[method-assign]
    await host.submit("a", host.incarnation, [order(1)])
    ((_, completion),) = (await host.drain("a", host.incarnation)).results
    assert completion.finish == "failed"
    assert "no such thing" in completion.text
