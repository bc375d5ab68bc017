import asyncio
import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from local_actors import FakeEngine, LocalActor, actors, links

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.client import client as client_module
from toolace_mt.distributed.client import routing
from toolace_mt.distributed.client.client import Client
from toolace_mt.distributed.client.routing import FEWEST, nearest, priority
from toolace_mt.distributed.fleet.protocol import EngineGone, Hellos
from toolace_mt.errors import EngineError, RunError
from toolace_mt.run.policy import FaultPolicy

FAST = FaultPolicy(backoff_first=0.005, backoff_most=0.02)


def request(dialogue: str, slot: str = "0", stage: str = "refinement", round: int = 1) -> Request:
    return Request(dialogue, stage, "fill", round, slot, "system", "user")


async def talk(client: Client, dialogue: str, turns: int) -> list[Completion]:
    return [await client.generate(request(dialogue, str(turn))) for turn in range(turns)]


async def test_every_request_gets_its_own_answer_over_several_engines() -> None:
    fleet = actors([FakeEngine() for _ in range(3)])
    async with Client("c", links(fleet), FAST) as client:
        done = await asyncio.gather(*(talk(client, f"d{i}", 5) for i in range(40)))
    assert [[c.text for c in each] for each in done] == [
        [f"d{i}:fill:{turn}" for turn in range(5)] for i in range(40)
    ]
    assert all(actor.engine.seen for actor in fleet)


@pytest.mark.parametrize(("engines", "pause"), [(1, 0.05), (6, 0.3), (60, 0.4)])
async def test_of_many_engines_each_is_asked_less_often(
    engines: int, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    drain = LocalActor.drain

    async def noted(self: LocalActor, *arguments: Any) -> Any:
        asked.append(arguments[2])
        return await drain(self, *arguments)

    monkeypatch.setattr(LocalActor, "drain", noted)
    fleet = actors([FakeEngine() for _ in range(engines)])
    async with Client("c", links(fleet), FAST, fewest=engines) as client:
        await talk(client, "d", 2)
    assert max(asked) == pause


async def test_a_shard_talks_to_no_more_engines_than_it_needs() -> None:
    fleet = actors([FakeEngine() for _ in range(30)])
    order = nearest(7, 30)
    async with Client("c", links(fleet), FAST, order) as client:
        await asyncio.gather(*(talk(client, f"d{i}", 2) for i in range(8)))
        near = {i for i, actor in enumerate(fleet) if actor.engine.seen}
        assert near <= set(order[:FEWEST])
        await asyncio.gather(*(talk(client, f"e{i}", 4) for i in range(150)))
    seen = {i for i, actor in enumerate(fleet) if actor.engine.seen}
    assert seen > near


class Silent(LocalActor):
    """An actor that is being started: it says hello in an hour."""

    async def hello(self) -> Hellos:
        await asyncio.sleep(3600)
        return await super().hello()


async def test_a_shard_does_not_wait_for_an_engine_that_is_being_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "SETTLE", 0.05)
    async with asyncio.timeout(10):
        async with Client(
            "c", links([Silent(FakeEngine()), LocalActor(FakeEngine(), first=1)]), FAST
        ) as client:
            await talk(client, "d", 1)


async def test_nor_for_one_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SETTLE", 3600.0)
    gone, sound = actors([FakeEngine(), FakeEngine()])
    gone.final = True
    gone.kill()
    async with asyncio.timeout(10):
        async with Client("c", links([gone, sound]), FAST) as client:
            await talk(client, "d", 1)


async def test_between_two_messages_to_an_engine_there_is_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "MESSAGES_A_SECOND", 4)
    actor, clock = LocalActor(FakeEngine(seconds=1.0)), asyncio.get_running_loop().time
    sent: list[float] = []
    submit, drain = LocalActor.submit, LocalActor.drain

    async def submitted(self: LocalActor, *arguments: Any) -> None:
        sent.append(clock())
        await submit(self, *arguments)

    async def drained(self: LocalActor, *arguments: Any) -> Any:
        sent.append(clock())
        return await drain(self, *arguments)

    monkeypatch.setattr(LocalActor, "submit", submitted)
    monkeypatch.setattr(LocalActor, "drain", drained)
    async with Client("c", links([actor]), FAST) as client:
        first = asyncio.create_task(talk(client, "d", 1))
        await asyncio.sleep(0.1)  # the first request is there, and its result is waited for
        await asyncio.gather(first, talk(client, "e", 1))
    assert sent[1] - sent[0] >= 0.25


async def test_what_dialogues_ask_next_goes_along_with_the_question_for_results(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor, messages = LocalActor(FakeEngine(max_num_seqs=64)), Counter[str]()
    submit, drain = LocalActor.submit, LocalActor.drain

    async def submitted(self: LocalActor, client: str, orders: Any) -> None:
        messages["submitted"] += sum(map(len, orders.values()))
        await submit(self, client, orders)

    async def drained(self: LocalActor, client: str, orders: Any, at_least: float) -> Any:
        messages["drained"] += sum(map(len, orders.values()))
        return await drain(self, client, orders, at_least)

    monkeypatch.setattr(LocalActor, "submit", submitted)
    monkeypatch.setattr(LocalActor, "drain", drained)
    async with Client("c", links([actor]), FAST) as client:
        await asyncio.gather(*(talk(client, f"d{i}", 4) for i in range(10)))
    assert messages.total() == 40
    assert messages["drained"] >= 30  # all but the first of each dialogue


async def test_a_dialogue_stays_with_its_engine() -> None:
    fleet = actors([FakeEngine(max_num_seqs=32) for _ in range(2)])
    async with Client("c", links(fleet), FAST) as client:
        await asyncio.gather(*(talk(client, f"d{i}", 6) for i in range(30)))
    homes = defaultdict(set)
    for index, actor in enumerate(fleet):
        for seen in actor.engine.seen:
            homes[seen.dialogue].add(index)
    assert all(len(engines) == 1 for engines in homes.values())


async def test_a_new_client_finds_the_same_engines_for_the_same_dialogues() -> None:
    engines = [FakeEngine(max_num_seqs=64) for _ in range(3)]
    homes: list[dict[str, int]] = []
    for name in ("stage 2", "stage 3"):
        fleet = actors(engines)
        async with Client(name, links(fleet), FAST) as client:
            await asyncio.gather(*(talk(client, f"d{i}", 1) for i in range(20)))
        homes.append({s.dialogue: i for i, e in enumerate(engines) for s in e.seen})
        for engine in engines:
            engine.seen.clear()
    assert homes[0] == homes[1]


async def test_an_idle_engine_takes_over_what_waits_elsewhere(monkeypatch) -> None:
    monkeypatch.setattr(routing, "derive_seed", lambda _, index: -index)
    fleet = actors([FakeEngine(max_num_seqs=2, seconds=0.05) for _ in range(2)])
    async with Client("c", links(fleet), FAST) as client:
        burst = (client.generate(request("one", str(i))) for i in range(12))
        await asyncio.gather(*burst)
    shares = [len(actor.engine.seen) for actor in fleet]
    assert min(shares) >= 4, shares


async def test_the_engine_never_gets_more_than_it_has_slots_for() -> None:
    engine = FakeEngine(max_num_seqs=16)
    actor = LocalActor(engine)
    async with Client("a", links([actor]), FAST) as one, Client("b", links([actor]), FAST) as two:
        calls = [c.generate(request(f"d{i}")) for i in range(200) for c in (one, two)]
        await asyncio.gather(*calls)
    assert engine.most_running <= 18
    assert engine.most_running >= 16


async def test_later_stages_and_rounds_go_first() -> None:
    engine = FakeEngine(max_num_seqs=1)
    async with Client("c", links([LocalActor(engine)]), FAST) as client:
        await client.generate(request("warm"))
        stages = ["initialization", "refinement", "verification"]
        calls = [request(f"{s}{r}", stage=s, round=r) for s in stages for r in (0, 1, 2)]
        await asyncio.gather(*map(client.generate, calls))
    order = [seen.dialogue for seen in engine.seen[1:]]
    assert order == sorted(order, key=lambda d: (-stages.index(d[:-1]), -int(d[-1])))
    assert priority(request("x", round=2)) < priority(request("x", round=1))


async def test_what_a_dead_engine_had_is_sent_again_and_answered_once() -> None:
    fleet = actors([FakeEngine(seconds=0.01) for _ in range(3)])
    rng = random.Random(7)

    async def killer() -> None:
        for _ in range(12):
            await asyncio.sleep(0.015)
            rng.choice(fleet).kill()

    async with Client(
        "c", links(fleet), FaultPolicy(suspect_after=99, backoff_first=0.005)
    ) as client:
        kills = asyncio.create_task(killer())
        done = await asyncio.gather(*(talk(client, f"d{i}", 8) for i in range(30)))
        await kills
        assert client.requeues > 0
    assert [[c.text for c in each] for each in done] == [
        [f"d{i}:fill:{turn}" for turn in range(8)] for i in range(30)
    ]


async def test_a_request_that_kills_engines_is_isolated_then_given_up() -> None:
    fleet = actors([FakeEngine(seconds=0.01, poison="bad") for _ in range(2)])
    async with Client("c", links(fleet), FAST) as client:
        good = asyncio.gather(*(talk(client, f"d{i}", 6) for i in range(12)))
        bad = await client.generate(request("bad"))
        done = await good
    assert bad.finish == "failed"
    assert "the engine died" in bad.text
    assert all(c.finish == "stop" for each in done for c in each)
    deaths = sum(actor.deaths for actor in fleet)
    assert deaths == FAST.suspect_after + FAST.guilty_after
    assert [a.engine.alone["bad"] for a in fleet if "bad" in a.engine.alone][-1]


async def test_one_clients_poison_is_not_blamed_on_the_requests_of_another() -> None:
    actor = LocalActor(FakeEngine(max_num_seqs=4, seconds=0.01, poison="bad"))
    strict = FaultPolicy(suspect_after=1, guilty_after=1, backoff_first=0.005, backoff_most=0.02)
    async with (
        Client("a", links([actor]), strict) as one,
        Client("b", links([actor]), strict) as two,
    ):
        calls = [c.generate(request(f"d{i}")) for i in range(8) for c in (one, two)]
        bad, *good = await asyncio.gather(one.generate(request("bad")), *calls)
    assert bad.finish == "failed"
    assert {completion.finish for completion in good} == {"stop"}
    assert actor.deaths == 2


async def test_only_what_ran_in_a_dying_engine_is_suspected() -> None:
    engine = FakeEngine(max_num_seqs=8, seconds=60)
    actor = LocalActor(engine)
    async with Client("c", links([actor]), FAST) as client:
        calls = [asyncio.create_task(client.generate(request(f"d{i}"))) for i in range(15)]
        (known,) = client._router.engines
        async with asyncio.timeout(30):
            while engine.running < 8 or len(known.flight) <= 8:
                await asyncio.sleep(0.001)
            assert actor.host is not None
            actor.admission.dying("broken")
            while known.suspects is None:
                await asyncio.sleep(0.001)
        flight = list(known.flight.values())
        assert 0 < len(known.suspects) < len(flight)
        guilty = [known.flight[ticket] for ticket in known.suspects]
        engine.seconds = 0.01
        actor.kill()
        await asyncio.gather(*calls)
    assert [call.deaths for call in flight] == [int(call in guilty) for call in flight]


async def test_a_request_that_is_given_up_says_what_its_engine_died_of() -> None:
    engine = FakeEngine(seconds=60)
    actor = LocalActor(engine)
    strict = FaultPolicy(suspect_after=1, guilty_after=1, backoff_first=0.005, backoff_most=0.02)
    async with Client("c", links([actor]), strict) as client:
        call = asyncio.create_task(client.generate(request("bad")))
        (known,) = client._router.engines
        async with asyncio.timeout(30):
            for _ in range(2):
                while not engine.running or actor.host is None:
                    await asyncio.sleep(0.001)
                actor.admission.dying("the core is gone")
                while not known.dying:
                    await asyncio.sleep(0.001)
                actor.kill()
            completion = await call
    assert completion.text == (
        "the engine died 2 times while it ran, at last alone: the core is gone"
    )


async def test_all_engines_gone_for_good_is_an_error() -> None:
    actor = LocalActor(FakeEngine(seconds=0.05))
    actor.final = True
    async with Client("c", links([actor]), FAST) as client:
        open_call = asyncio.create_task(client.generate(request("d")))
        await asyncio.sleep(0.02)
        actor.kill()
        with pytest.raises(EngineError, match="all engines are gone for good"):
            await open_call
        with pytest.raises(EngineError):
            await client.generate(request("e"))


async def test_one_engine_gone_for_good_leaves_the_work_to_the_other() -> None:
    fleet = actors([FakeEngine(seconds=0.01) for _ in range(2)])
    fleet[0].final = True
    async with Client("c", links(fleet), FAST) as client:
        talks = asyncio.gather(*(talk(client, f"d{i}", 5) for i in range(10)))
        await asyncio.sleep(0.02)
        fleet[0].kill()
        assert len(await talks) == 10


async def test_aborted_answers_are_asked_for_again_within_bounds() -> None:
    engine = FakeEngine()
    ends = Counter[str]()

    async def aborting(request: Request, priority: int = 0) -> Completion:
        ends[request.dialogue] += 1
        whole = request.dialogue == "passing" and ends["passing"] > 2
        return Completion("", "stop" if whole else "abort")

    engine.generate = aborting  # type: ignore[method-assign]
    async with Client("c", links([LocalActor(engine)]), FAST) as client:
        assert (await client.generate(request("passing"))).finish == "stop"
        assert (await client.generate(request("never"))).finish == "abort"
    assert ends == {"passing": 3, "never": 1 + FAST.aborts}


async def test_stopping_lets_what_runs_finish_and_ends_the_rest() -> None:
    engine = FakeEngine(max_num_seqs=8, seconds=0.05)
    actor = LocalActor(engine)
    async with Client("c", links([actor]), FAST) as client:
        calls = [asyncio.create_task(client.generate(request(f"d{i}"))) for i in range(40)]
        while not engine.seen:
            await asyncio.sleep(0.001)
        assert actor.host is not None
        await actor.host.stop()
        ends = await asyncio.gather(*calls, return_exceptions=True)
    finished = [end for end in ends if isinstance(end, Completion)]
    assert 1 <= len(finished) == len(engine.seen) <= 9  # eight at once, and one more in the queue
    assert all(isinstance(end, RunError) for end in ends if end not in finished)


async def test_a_dialogue_that_has_failed_meanwhile_sends_nothing_more() -> None:
    engine = FakeEngine(max_num_seqs=1, seconds=0.02)
    async with Client("c", links([LocalActor(engine)]), FAST) as client:
        first = asyncio.create_task(client.generate(request("a")))
        waiting = [asyncio.create_task(client.generate(request(f"d{i}"))) for i in range(5)]
        await asyncio.sleep(0)
        for call in waiting:
            call.cancel()
        assert (await first).finish == "stop"
    assert len(engine.seen) == 1


async def test_one_message_is_for_all_engines_of_an_actor(monkeypatch: pytest.MonkeyPatch) -> None:
    several = LocalActor(*(FakeEngine(max_num_seqs=8, seconds=0.03) for _ in range(6)))
    messages = Counter[str]()
    for name in ("submit", "drain"):
        method = getattr(LocalActor, name)

        async def counted(self: LocalActor, *given: Any, name=name, method=method) -> Any:
            messages[name] += 1
            return await method(self, *given)

        monkeypatch.setattr(LocalActor, name, counted)
    async with Client("c", links([several]), FAST) as client:
        done = await asyncio.gather(*(talk(client, f"d{i}", 4) for i in range(30)))
    assert [[c.text for c in each] for each in done] == [
        [f"d{i}:fill:{turn}" for turn in range(4)] for i in range(30)
    ]
    assert all(engine.seen for engine in several.engines.values())
    assert messages.total() < 4 * 6  # 120 requests, four for each engine in turn


@pytest.mark.parametrize("comes_back", [True, False])
async def test_an_engine_lost_beside_others_of_its_actor_takes_only_its_own_requests(
    comes_back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello, asked = LocalActor.hello, Counter[str]()

    async def counted(self: LocalActor) -> Hellos:
        asked["who is there"] += 1
        return await hello(self)

    monkeypatch.setattr(LocalActor, "hello", counted)
    actor = LocalActor(FakeEngine(max_num_seqs=8, seconds=0.2), FakeEngine(max_num_seqs=64))
    lost, sound = actor.engines.values()
    late = Counter[str]()
    async with Client("c", links([actor]), FAST) as client:
        talks = [asyncio.create_task(talk(client, f"d{i}", 6)) for i in range(24)]
        for each in talks:
            each.add_done_callback(lambda task: late.update(c.text for c in task.result()))
        while lost.running < 4:
            await asyncio.sleep(0.005)
        assert actor.host is not None
        mine = lost.running
        actor.host.leave_out(
            actor.admission, EngineGone("the key was refused", final=not comes_back)
        )
        lost.seconds = 0.005
        before = len(lost.seen)
        if comes_back:
            await asyncio.sleep(0.05)
            actor.host.seat(0, lost)
        await asyncio.gather(*talks)
        await asyncio.gather(*(talk(client, f"new{i}", 1) for i in range(20)))
        assert 4 <= mine <= client.requeues
        assert {engine for engine, _ in client.deaths} == {0}
    assert set(late.values()) == {1}  # what the lost one still answered came too late
    assert late.total() == 24 * 6
    assert asked["who is there"] == 1  # whatever happens later is told along with results
    assert (len(lost.seen) > before) is comes_back
    assert len(sound.seen) >= 24 * 6 / 2 - mine
