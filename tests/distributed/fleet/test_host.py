import asyncio
from contextlib import suppress

import pytest
from local_actors import FakeEngine

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.fleet import host as host_module
from toolace_mt.distributed.fleet.admission import Admission
from toolace_mt.distributed.fleet.host import EngineHost
from toolace_mt.distributed.fleet.protocol import EngineGone, Order
from toolace_mt.errors import EngineError


def order(ticket: int, alone: bool = False, priority: int = 0) -> Order:
    request = Request(f"d{ticket}", "refinement", "fill", 1, "0", "system", "user")
    return Order(ticket, priority, alone, request)


def orders(*tickets: int) -> list[Order]:
    return [order(ticket) for ticket in tickets]


@pytest.fixture
def host() -> EngineHost:
    return EngineHost()


@pytest.fixture
def admission(host: EngineHost) -> Admission:
    return host.seat(0, FakeEngine(max_num_seqs=4, seconds=0.01))


async def test_results_come_in_lists_and_only_to_their_client(
    host: EngineHost, admission: Admission
) -> None:
    mine = admission.incarnation
    await host.submit("a", {mine: orders(1, 2)})
    await host.submit("b", {mine: orders(1)})
    first, second = await asyncio.gather(host.drain("a", {mine: []}), host.drain("b", {mine: []}))
    assert sorted(ticket for ticket, _ in first.results) == [1, 2]
    assert [ticket for ticket, _ in second.results] == [1]
    state = second.states[mine]
    assert (state.mine, state.others, second.clients) == (0, 0, 2)


async def test_one_message_brings_the_results_of_all_engines(host: EngineHost) -> None:
    one, two, idle = (host.seat(n, FakeEngine(seconds=0.01)).incarnation for n in range(3))
    answer = await host.drain("a", {one: orders(1, 2), two: orders(3), idle: []})
    assert sorted(ticket for ticket, _ in answer.results) == [1, 2, 3]
    assert set(answer.states) == {one, two, idle}


async def test_requests_may_come_along_with_the_question_for_results(
    host: EngineHost, admission: Admission
) -> None:
    mine = admission.incarnation
    answer = await host.drain("a", {mine: orders(1, 2)}, at_least=0.1)
    assert sorted(ticket for ticket, _ in answer.results) == [1, 2]
    await host.stop()
    answer = await host.drain("a", {mine: orders(3)})
    state = answer.states[mine]
    assert (answer.results, state.mine, state.stopping) == ([], 0, True)


@pytest.mark.parametrize(("at_least", "together"), [(0.0, False), (0.5, True)])
async def test_results_wait_for_one_another_as_long_as_is_asked(
    host: EngineHost, at_least: float, together: bool
) -> None:
    admission = host.seat(0, FakeEngine(max_num_seqs=2, seconds=0.1))  # five do not fit at once
    answer = await host.drain("a", {admission.incarnation: orders(*range(5))}, at_least)
    assert (len(answer.results) == 5) is together


async def test_what_is_finished_shortly_after_the_first_comes_along(host: EngineHost) -> None:
    admission = host.seat(0, FakeEngine(max_num_seqs=2, seconds=0.01))  # four do not fit at once
    answer = await host.drain("a", {admission.incarnation: orders(*range(4))})
    assert len(answer.results) == 4


async def test_what_is_meant_for_another_incarnation_reaches_none(
    host: EngineHost, admission: Admission
) -> None:
    await host.submit("a", {"an earlier one": orders(1)})
    async with asyncio.timeout(1):
        answer = await host.drain("a", {"an earlier one": orders(2), admission.incarnation: []})
    assert set(answer.states) == {admission.incarnation}
    assert admission.engine.seen == []  # type: ignore[attr-defined]


async def test_an_engine_that_is_lost_is_seen_at_once_and_so_is_its_successor(
    host: EngineHost, admission: Admission
) -> None:
    sound = host.seat(1, FakeEngine())
    asked = {admission.incarnation: orders(), sound.incarnation: orders()}
    asking = asyncio.create_task(host.drain("a", asked))
    await asyncio.sleep(0.01)
    host.leave_out(admission, EngineGone("broken", final=False))
    async with asyncio.timeout(1):
        answer = await asking
        assert (set(answer.states), answer.hellos) == ({sound.incarnation}, {})
        assert isinstance((await host.hello())[0], EngineGone)
        asking = asyncio.create_task(host.drain("a", {sound.incarnation: []}))
        await asyncio.sleep(0.01)
        successor = host.seat(0, FakeEngine())
        answer = await asking
    assert answer.hellos == {0: successor.hello()}
    assert successor.incarnation != admission.incarnation
    host.leave_out(successor, EngineGone("broken again", final=True))
    answer = await host.drain("a", {sound.incarnation: [], successor.incarnation: []})
    gone = answer.hellos[0]
    assert isinstance(gone, EngineGone)
    assert gone.final


async def test_an_engine_that_comes_back_while_the_run_stops_accepts_nothing(
    host: EngineHost,
) -> None:
    await host.stop()
    admission = host.seat(0, FakeEngine())
    async with asyncio.timeout(1):
        answer = await host.drain("a", {admission.incarnation: orders(1)})
    state = answer.states[admission.incarnation]
    assert (state.mine, state.stopping) == (0, True)


async def test_a_client_without_a_request_is_not_kept_waiting_by_a_gather(host: EngineHost) -> None:
    admission = host.seat(0, FakeEngine(seconds=0.001))
    async with asyncio.timeout(5):
        await host.drain("a", {admission.incarnation: orders(1)}, at_least=60)


async def test_lone_requests_of_a_client_that_left_hold_nobody_up(
    host: EngineHost, admission: Admission
) -> None:
    mine = admission.incarnation
    await host.submit("a", {mine: [order(1, alone=True)]})
    await host.submit("b", {mine: orders(2)})
    await host.leave("a")
    assert [ticket for ticket, _ in (await host.drain("b", {mine: []})).results] == [2]


async def test_a_silent_client_is_forgotten_and_its_requests_end(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "FORGET", 0.0)
    monkeypatch.setattr(host_module, "LONG_POLL", 0.01)
    admission = host.seat(0, FakeEngine(max_num_seqs=4, seconds=60))
    await host.submit("silent", {admission.incarnation: orders(*range(9))})
    await asyncio.sleep(0.01)
    await host.drain("other", {admission.incarnation: []})
    await asyncio.sleep(0.01)
    assert admission.load() == (0, 0)


async def test_a_dead_engine_ends_after_its_last_words(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolace_mt.distributed.fleet.admission.LAST_WORDS", 0.2)

    async def dead(request: Request, priority: int = 0) -> None:
        raise EngineError("the engine's process ended")

    engine = FakeEngine(max_num_seqs=4)
    engine.generate = dead  # type: ignore[method-assign, assignment]
    mine = host.seat(0, engine).incarnation
    answer = await host.drain("a", {mine: orders(1, 2)})
    state = answer.states[mine]
    assert (answer.results, state.suspects) == ([], (1, 2))
    assert state.dying == "the engine's process ended"
    assert host.admissions[mine].state("b").suspects == ()  # those are another client's
    await asyncio.sleep(0.3)
    (gone,) = (await host.hello()).values()
    assert isinstance(gone, EngineGone)
    assert (gone.cause, gone.final) == ("the engine's process ended", True)


async def test_a_lone_request_is_granted_started_and_seen_before_the_next(
    host: EngineHost, admission: Admission
) -> None:
    mine = admission.incarnation
    await host.submit("a", {mine: [order(1, alone=True)]})
    await host.submit("b", {mine: [order(2, alone=True)]})
    assert (await host.drain("a", {mine: []})).states[mine].granted == 1
    await host.go("a", mine)
    other = asyncio.create_task(host.drain("b", {mine: []}))
    taken = await host.drain("a", {mine: []})
    assert [ticket for ticket, _ in taken.results] == [1]
    await asyncio.sleep(0.05)
    assert not other.done()  # the result may still be on its way to "a"
    again = asyncio.create_task(host.drain("a", {mine: []}))
    assert (await other).states[mine].granted == 2
    await host.go("b", mine)
    assert len((await host.drain("b", {mine: []})).results) == 1
    again.cancel()


async def test_a_request_the_engine_chokes_on_is_that_requests_outcome(host: EngineHost) -> None:
    async def choke(request: Request, priority: int = 0) -> None:
        raise KeyError("no such thing")

    engine = FakeEngine()
    engine.generate = choke  # type: ignore[method-assign, assignment]
    admission = host.seat(0, engine)
    ((_, completion),) = (await host.drain("a", {admission.incarnation: orders(1)})).results
    assert completion.finish == "failed"
    assert "no such thing" in completion.text


async def test_what_a_client_that_left_is_answered_all_the_same_counts_for_nobody(
    host: EngineHost,
) -> None:
    async def stubborn(request: Request, priority: int = 0) -> Completion:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return Completion("done all the same", "stop")

    engine = FakeEngine()
    engine.generate = stubborn  # type: ignore[method-assign]
    admission = host.seat(0, engine)
    await host.submit("a", {admission.incarnation: orders(1)})
    await asyncio.sleep(0.01)
    await host.leave("a")
    await asyncio.sleep(0.01)
    assert (admission.load(), admission.state("b").others) == ((0, 0), 0)
