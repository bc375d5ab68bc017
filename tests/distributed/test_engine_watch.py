from toolace_mt.distributed.engine_watch import EngineWatch


def watched(incarnation: str, dying: str = "") -> dict[str, object]:
    return {
        **{"incarnation": incarnation, "waiting": 0, "running": 3, "dying": dying},
        **{"counts": {}, "busy_seconds": 1.0},
    }


def test_a_death_is_told_once_with_its_cause_and_so_is_the_return() -> None:
    said: list[str] = []
    engine = EngineWatch(3, said.append)
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
    engine = EngineWatch(0, said.append)
    engine.update(watched("a"))
    assert engine.update(watched("b")) == 1
    assert said[0].startswith("engine 0 died: its process ended; started again")


def test_the_first_one_is_missed_although_it_was_never_looked_at() -> None:
    said: list[str] = []
    engine = EngineWatch(0, said.append)
    engine.started("a")
    assert engine.update(watched("b")) == 1
    assert said[0].startswith("engine 0 died: its process ended")


def test_an_engine_that_will_not_come_back_is_told_so() -> None:
    said: list[str] = []
    engine = EngineWatch(0, said.append)
    engine.update(watched("a"))
    engine.lost("no GPU is left")
    assert said == ["engine 0 died: no GPU is left; no other is started"]
