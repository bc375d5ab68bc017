"""Reasoning on turns of calls: written last, checked, asked for again, or in the end left out."""

from dataclasses import replace

from stage_worlds import PAPERS_MIX, WEAK, Recorder, refused_examples, skeleton

from toolace_mt.calls.request import Request
from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.refinement import refine
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification import check

THINKS = RefinementConfig(injections=(1, 1), mix=PAPERS_MIX, passes=0, reasoning=True)
FREE = InitializationConfig(subtasks=(2, 3), steps=(1, 2))


async def thought(number: int, generate: Recorder, writing: InitializationConfig) -> Trajectory:
    return await refine(await skeleton(number), generate, THINKS, writing.writing, check)


def asked(generate: Recorder) -> list[Request]:
    return [request for request in generate.requests if request.kind == "reasoning"]


async def test_each_turn_of_calls_that_is_meant_is_thought_about_within_what_is_known() -> None:
    for number in range(6):
        generate = Recorder()
        made = await thought(number, generate, WEAK)
        for index, turn in enumerate(made.turns):
            fails = bool(turn.calls) and all(o.error for o in made.turns[index + 1].outputs)
            assert bool(turn.reasoning) == (bool(turn.calls) and not fails)
            assert all(call.name in turn.reasoning for call in turn.calls if turn.reasoning)
        assert not [found for found in check(made) if found.severity == "error"]
        assert [text for request in asked(generate) for text in refused_examples(request)] == []


async def test_nothing_is_thought_unless_it_is_asked_for() -> None:
    generate = Recorder()
    off = THINKS.model_copy(update={"reasoning": False})
    made = await refine(await skeleton(1), generate, off, WEAK.writing, check)
    assert not asked(generate)
    assert not any(turn.reasoning for turn in made.turns)


async def test_free_reasoning_sees_the_dialogue_up_to_its_turn() -> None:
    generate = Recorder({"reasoning": lambda request: {"reasoning": "I look it up for the user."}})
    made = await thought(2, generate, FREE)
    for request in asked(generate):
        index = int(request.slot)
        assert f"[{index - 1}] " in request.user
        assert f"[{index}] " not in request.user
        assert made.turns[index].reasoning == "I look it up for the user."


async def test_what_nobody_told_is_refused_and_in_the_end_left_out() -> None:
    wrong = Recorder({"reasoning": lambda request: {"reasoning": "I know that it costs 98431."}})
    made = await thought(2, wrong, FREE)
    assert not any(turn.reasoning for turn in made.turns)
    turns = {request.slot for request in asked(wrong)}
    assert len(asked(wrong)) == len(turns) * THINKS.sampling.attempts
    late = Recorder(
        {
            "reasoning": lambda request: {
                "reasoning": "I look it up." if request.attempt else "I call get_secret_plans now."
            }
        }
    )
    made = await thought(2, late, FREE)
    assert {turn.reasoning for turn in made.turns if turn.reasoning} == {"I look it up."}


async def test_the_rule_knows_the_calls_own_values_and_the_tools_at_hand() -> None:
    made = await skeleton(2)
    index, call, _ = next(made.calls())
    other = next(t.name for t in made.tools if t.name not in call.name)

    def errors(text: str, known: Trajectory = made) -> list[str]:
        turns = list(known.turns)
        turns[index] = replace(turns[index], reasoning=text)
        found = check(replace(known, turns=tuple(turns)))
        return [f.message for f in found if f.check == "reasoning"]

    value = next(str(v) for v in call.arguments.values() if isinstance(v, str))
    assert errors(f"I call {call.name} for {value}, then perhaps {other}.") == []
    assert "no tool that can be called" in errors("I call get_secret_plans.")[0]
    assert "nobody has told" in errors("It was on 2019-02-03.")[0]
    assert "repeats xtra" in errors("It is xtra xtra, xtra.")[0]
    late = replace(made.turns[-2], adds=(other,))
    later = replace(made, turns=(*made.turns[:-2], late, made.turns[-1]))
    assert "no tool that can be called" in errors(f"Then {other}.", later)[0]
