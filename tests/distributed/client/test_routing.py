import asyncio
import itertools

import pytest
from local_actors import FakeEngine, LocalActor, actors, links

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.client.routing import (
    FEWEST,
    PendingRequest,
    Replica,
    Router,
    nearest,
    priority,
)
from toolace_mt.distributed.fleet.protocol import Hello

SLOTS = 16
_order = itertools.count()


def call(
    dialogue: str, *, alone: bool = False, round: int = 1, stage: str = "refinement"
) -> PendingRequest:
    request = Request(dialogue, stage, "fill", round, "0", "system", "user")
    done: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
    return PendingRequest(request, (priority(request), next(_order)), done, alone=alone)


def up(engine: Replica) -> Replica:
    engine.hello = Hello(f"life {engine.index}", "model", SLOTS, {})
    engine.connection.answered.set()
    return engine


def router(engines: int) -> Router:
    made = Router(links(actors([FakeEngine() for _ in range(engines)])))
    for engine in made.engines:
        up(engine)
    return made


def fly(engine: Replica, *calls: PendingRequest) -> None:
    for each in calls:
        engine.flight[len(engine.flight)] = each


def fill_up(engine: Replica) -> None:
    fly(engine, *(call("other") for _ in range(engine.room)))


def dialogues_at(made: Router, engine: Replica, count: int) -> list[str]:
    """Names of dialogues whose home an unloaded engine becomes."""
    names = (f"d{number}" for number in itertools.count())
    return list(itertools.islice((n for n in names if made.home(n, made.engines) is engine), count))


def let_wait(made: Router, engine: Replica, count: int) -> None:
    """Have an engine at work on all it has room for, and so many requests wait there."""
    dialogues = dialogues_at(made, engine, count)
    fill_up(engine)
    for dialogue in dialogues:
        made.place(call(dialogue))


async def test_a_dialogue_that_another_engine_took_over_stays_there() -> None:
    made = router(2)
    full, idle = made.engines
    (dialogue,) = dialogues_at(made, full, 1)
    fill_up(full)
    made.place(call(dialogue))
    assert (len(full.queue), len(idle.queue)) == (1, 0)
    assert made.taken_over(idle) is not None
    made.place(call(dialogue))
    assert (len(full.queue), len(idle.queue)) == (0, 1)


async def test_an_engine_at_work_takes_over_only_what_exceeds_the_margin() -> None:
    made = router(2)
    full, busy = made.engines
    let_wait(made, full, 3)
    fly(busy, *(call("other") for _ in range(SLOTS // 2)))
    assert made.taken_over(busy) is not None  # three wait, two are within the margin of 16 / 8
    assert made.taken_over(busy) is None
    busy.flight.popitem()  # less than half full: an idle slot costs more than a cold prefix
    assert made.taken_over(busy) is not None
    assert made.taken_over(busy) is not None
    assert made.taken_over(busy) is None


async def test_what_only_waits_for_the_next_message_to_its_engine_is_left_to_it() -> None:
    made = router(2)
    home, idle = made.engines
    (dialogue,) = dialogues_at(made, home, 1)
    for _ in range(5):
        made.place(call(dialogue))
    assert made.taken_over(idle) is None
    assert made.next_for(home) is not None


async def test_dialogues_do_not_join_an_engine_that_is_fuller_by_the_margin() -> None:
    made = router(2)
    first, second = made.engines
    fly(first, *(call("other") for _ in range(SLOTS // 8 + 1)))
    assert {made.home(f"n{number}", made.engines).index for number in range(50)} == {second.index}


async def test_room_is_what_is_free_but_never_less_than_a_fair_share() -> None:
    made = router(1)
    (engine,) = made.engines
    assert engine.room == 21  # a quarter more than its slots, and one
    engine.others, engine.clients = 20, 2
    assert engine.room == 11
    fly(engine, *(call("d") for _ in range(11)))
    assert engine.room == 0


async def test_a_suspected_request_waits_for_an_empty_engine_and_runs_alone() -> None:
    made = router(1)
    (engine,) = made.engines
    made.place(call("suspect", alone=True))
    fly(engine, call("other"))
    assert made.next_for(engine) is None
    engine.flight.clear()
    suspect = made.next_for(engine)
    assert suspect is not None
    assert suspect.alone
    fly(engine, suspect)
    made.place(call("other"))
    assert made.next_for(engine) is None


async def test_what_waited_for_an_engine_that_is_gone_goes_to_the_others() -> None:
    made = router(2)
    lost, left = made.engines
    (dialogue,) = dialogues_at(made, lost, 1)
    made.place(call(dialogue))
    lost.hello = None
    made.leave(lost)
    assert [each.request.dialogue for each in left.queue] == [dialogue]
    up(lost)
    assert made.home(dialogue, made.engines) is left


async def test_requests_wait_for_the_first_engine_and_none_is_forgotten() -> None:
    made = Router(links(actors([FakeEngine()])))
    first, second = call("a"), call("b")
    made.place(first)
    made.place(second)
    up(made.engines[0])
    made.arrived()
    assert made.next_for(made.engines[0]) is first
    fly(made.engines[0], first)
    made.engines[0].hello = None
    third = call("c")
    made.place(third)
    assert made.clear() == [third, second, first]
    assert made.clear() == []


async def test_later_stages_and_rounds_have_a_lower_rank() -> None:
    stages = ["verification", "refinement", "simulation", "initialization"]
    calls = [call("d", stage=stage, round=round) for stage in stages for round in (2, 1, 0)]
    assert [each.rank for each in calls] == sorted(each.rank for each in calls)


def opened(made: Router) -> list[int]:
    return [engine.index for engine in made.engines if engine.connection.opened.is_set()]


@pytest.mark.parametrize(("shards", "engines"), [(4, 64), (3, 16), (8, 200)])
def test_shards_worked_on_together_begin_with_different_engines(shards: int, engines: int) -> None:
    for first in range(50):
        starts = sorted(nearest(shard, engines)[0] for shard in range(first, first + shards))
        gaps = [b - a for a, b in zip(starts, [*starts[1:], starts[0] + engines], strict=True)]
        assert min(gaps) >= engines // shards // 2
    assert sorted(nearest(5, engines)) == list(range(engines))


async def test_an_engine_more_is_opened_once_those_that_are_open_have_no_room() -> None:
    made = Router(links(actors([FakeEngine() for _ in range(20)])), nearest(3, 20))
    near = nearest(3, 20)
    assert opened(made) == near[:FEWEST]
    for engine in made.engines[:FEWEST]:
        fly(up(engine), *(call("other") for _ in range(20)))
    made.place(call("d"))
    assert opened(made) == near[:FEWEST]  # each still has room for one
    for engine in made.engines[:FEWEST]:
        fly(engine, call("other"))
    made.place(call("d"))
    made.place(call("d"))  # the one just opened is not up yet: that is for it to serve
    assert opened(made) == near[: FEWEST + 1]


async def test_what_waits_after_a_burst_opens_engines_one_by_one() -> None:
    made = Router(links(actors([FakeEngine() for _ in range(20)])))
    for engine in made.engines[:FEWEST]:
        up(engine)
    made.engines[0].hello = None  # dead for good: its place is taken, and nobody waits for it
    for number in range(200):  # 147 have room
        made.place(call(f"d{number}"))
    assert len(opened(made)) == FEWEST + 1
    for more in (2, 3):
        up(made.engines[FEWEST + more - 2])
        made.arrived()
        assert len(opened(made)) == FEWEST + more
    up(made.engines[FEWEST + 2])
    made.arrived()  # now there is room for all
    assert len(opened(made)) == FEWEST + 3


async def test_for_an_engine_that_is_lost_another_is_opened() -> None:
    made = Router(links(actors([FakeEngine() for _ in range(20)])), (), 12)
    assert opened(made) == list(range(12))
    made.leave(made.engines[4])
    assert opened(made) == list(range(13))


async def test_for_an_engine_lost_beside_others_of_its_actor_none_is_opened() -> None:
    several = LocalActor(FakeEngine(), FakeEngine())
    others = [LocalActor(FakeEngine(), first=number) for number in range(2, 20)]
    made = Router(links([several, *others]))
    first, second = map(up, made.connections[0].engines)
    before = opened(made)
    first.hello = None
    made.leave(first)
    assert opened(made) == before
    second.hello = None
    made.leave(second)
    assert len(opened(made)) == len(before) + 1


async def test_an_engine_kept_for_one_request_takes_nothing_over() -> None:
    made = router(2)
    full, kept = made.engines
    let_wait(made, full, 3)
    fly(kept, call("suspect", alone=True))
    assert made.taken_over(kept) is None
    kept.flight.clear()
    assert made.taken_over(kept) is not None


def test_later_stages_and_rounds_go_first_whatever_the_method() -> None:
    """Engines of a run that is continued queue by these numbers, too."""
    ranks = {}
    for stage in ("initialization", "simulation", "refinement", "verification", "of another"):
        ranks[stage] = priority(Request("d", stage, "kind", 0, "", "", ""))
    assert ranks == {
        "verification": 999,
        "refinement": 1999,
        "simulation": 2999,
        "initialization": 3999,
        "of another": 4999,
    }
    assert priority(Request("d", "refinement", "kind", 5, "", "", "")) == 1994
    assert priority(Request("d", "refinement", "kind", 5000, "", "", "")) == 1000
