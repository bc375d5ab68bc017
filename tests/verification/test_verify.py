"""Stage 3 as a whole: rules first, then experts, one verdict with all it follows from."""

from dataclasses import replace
from typing import Any

from dialogues import flights, weather

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import VerificationConfig
from toolace_mt.trajectory import Trajectory, Verdict
from toolace_mt.verification import check, origins, verify

VERDICTS = {
    "pass": '{"verdict": "pass", "reason": ""}',
    "fail": '{"verdict": "fail", "reason": "No."}',
}


class Engine:
    """Passes everything but the experts named."""

    def __init__(self, *against: str) -> None:
        self.against, self.asked = against, 0

    async def __call__(self, request: Request) -> Completion:
        self.asked += 1
        return Completion(VERDICTS["fail" if request.kind in self.against else "pass"], "stop")


def bad() -> Trajectory:
    made = flights()
    call = replace(made.turns[5].calls[0], arguments={"flight_id": "FL-1", "passenger_name": "Al"})
    turns = (*made.turns[:5], replace(made.turns[5], calls=(call,)), *made.turns[6:])
    return replace(made, turns=turns)


def config(**given: Any) -> VerificationConfig:
    return VerificationConfig.model_validate(given)


def verdict(made: Trajectory) -> Verdict:
    assert made.verdict is not None
    return made.verdict


async def test_good_dialogue_is_accepted_with_answers_and_origins() -> None:
    engine = Engine()
    made = await verify(flights(), engine, config())
    assert verdict(made).outcome == "accepted"
    assert len(verdict(made).answers) == engine.asked == 7
    assert made.origins == origins(flights())
    assert replace(made, verdict=None, origins=()) == flights()


async def test_rules_reject_and_no_expert_is_asked() -> None:
    engine = Engine()
    made = await verify(bad(), engine, config())
    assert verdict(made).outcome == "rejected"
    assert verdict(made).findings == check(bad())
    assert (engine.asked, verdict(made).answers) == (0, ())


async def test_rules_decide_alone_without_engine_or_experts() -> None:
    for engine, settings in ((None, config()), (Engine(), config(experts=[]))):
        assert verdict(await verify(flights(), engine, settings)).outcome == "accepted"
        assert verdict(await verify(bad(), engine, settings)).outcome == "rejected"


async def test_an_objection_rejects_and_is_a_finding() -> None:
    made = await verify(weather(), Engine("naturalness"), config())
    assert verdict(made).outcome == "rejected"
    assert [(f.check, f.severity) for f in verdict(made).findings] == [("naturalness", "error")]


async def test_an_outvoted_objection_is_a_warning() -> None:
    made = await verify(weather(), Engine("naturalness"), config(aggregation="majority"))
    assert verdict(made).outcome == "accepted"
    assert [(f.check, f.severity) for f in verdict(made).findings] == [("naturalness", "warning")]


async def test_experts_that_are_not_decisive_are_recorded_only() -> None:
    made = await verify(weather(), Engine("naturalness", "completion"), config(decisive=[]))
    assert (verdict(made).outcome, verdict(made).findings) == ("accepted", ())
    failed = {answer.expert for answer in verdict(made).answers if answer.outcome == "fail"}
    assert failed == {"naturalness", "completion"}


async def test_rules_that_are_off_do_not_reject() -> None:
    made = await verify(bad(), None, config(off=["argument_origin"]))
    assert verdict(made).outcome == "accepted"


async def test_failed_dialogues_pass_through() -> None:
    failed = replace(flights(), failure="no plan could be made")
    assert await verify(failed, Engine(), config()) is failed
