import itertools
import json
from collections.abc import Iterator

import pytest
from simulated import CANCEL, SEARCH, TASK, answering, planned, simulated
from stage_worlds import Recorder, refused_examples

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig
from toolace_mt.config.refinement import PAPERS
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.seeds import derive_random
from toolace_mt.texts.drawn_calls import draw_steps
from toolace_mt.texts.slots import slots_in
from toolace_mt.trajectory import SubTask, Task, Trajectory
from toolace_mt.verification import check


def errors(trajectory: Trajectory) -> list[str]:
    return [f.message for f in check(trajectory) if f.severity == "error"]


def numbered(prefix: str) -> Iterator[str]:
    return (f"{prefix}, and that is sentence number {n}." for n in itertools.count())


@pytest.mark.parametrize("kind", [None, *PAPERS])
@pytest.mark.parametrize("seed", range(6))
async def test_guided_and_seeded_dialogues_pass_all_rules(kind, seed):
    made = await simulated(planned(seed), None, *([kind] if kind else []))
    assert made.failure == ""
    assert errors(made) == []
    assert {turn.injection for turn in made.turns} == {None, kind}
    assert made.task == TASK


async def test_all_kinds_of_injection_fit_into_one_dialogue():
    task = Task(tuple(SubTask(f"Search {n}", (("search_flights",),)) for n in range(4)))
    made = await simulated(planned(5, task), None, *PAPERS)
    assert made.failure == ""
    assert {turn.injection for turn in made.turns} == {None, *PAPERS}
    assert errors(made) == []


async def test_values_are_those_our_own_method_draws():
    made = await simulated(planned(7))
    tools = {tool.name: tool for tool in made.tools}
    rng = derive_random(made.seed, "initialization", "values", 0)
    drawn = draw_steps(TASK.subtasks[0], 0, tools, (), rng)
    played = [turn for turn in made.turns if turn.subtask == 0 and (turn.calls or turn.outputs)]
    assert [[c.arguments for c in t.calls] for t in played] == [
        [c.arguments for c in t.calls] for t in drawn
    ]
    assert [[o.content for o in t.outputs] for t in played] == [
        [o.content for o in t.outputs] for t in drawn
    ]


async def test_parallel_calls_of_one_tool_each_have_their_own_values():
    task = Task((SubTask("Compare flights", (("search_flights", "search_flights"),)),))
    made = await simulated(planned(2, task))
    assert errors(made) == []
    (step,) = (turn for turn in made.turns if turn.calls)
    first, second = (call.arguments["destination_city"] for call in step.calls)
    assert first != second


async def test_prompts_only_grow():
    asked: list[Request] = []
    engine = ScriptedEngine(ScriptedConfig(kind="scripted"))

    async def generate(request: Request) -> Completion:
        asked.append(request)
        return await engine.generate(request)

    await simulated(planned(3), generate, "clarification", "error_simulation")
    assert len(asked) >= 10
    assert len({request.system for request in asked}) == 1
    dialogues = [request.user.split("\n\n")[0] for request in asked]
    for before, after in itertools.pairwise(dialogues):
        assert after.startswith(before)


async def test_the_user_insists_until_the_request_is_served():
    said, replied = numbered("I want it"), numbered("Shall I go on")
    turns_down = iter([True, True, False])

    def assistant(request: Request):
        calls = [
            entry
            for option in request.schema["anyOf"]
            for entry in option["properties"].get("calls", {}).get("items", {}).get("anyOf", [])
        ]
        wanted = {e["properties"]["name"]["enum"][0]: e["properties"]["arguments"] for e in calls}
        if next(turns_down, True):
            return {"reply": next(replied)}
        city = wanted["search_flights"]["properties"]["destination_city"]["enum"][0]
        return {"calls": [{"name": "search_flights", "arguments": {"destination_city": city}}]}

    generate, asked = answering(
        user=lambda request: {"message": next(said) + " " + " ".join(_said(request))},
        assistant=assistant,
    )
    task = Task((SubTask("Find a flight", (("search_flights",),)),))
    made = await simulated(planned(1, task), generate, assistant="free", grounding="free")
    assert made.failure == ""
    assert [t.role for t in made.turns if not t.calls and not t.outputs].count("user") == 3
    assert sum("has not done all of it yet" in r.user for r in asked if r.kind == "user") == 2
    assert made.turns[-1].role == "assistant"
    assert not made.turns[-1].calls


def _said(request: Request) -> list[str]:
    marker = "The message states: "
    lines = [line for line in request.user.splitlines() if line.startswith(marker)]
    return [line.removeprefix(marker) for line in lines]


async def test_the_turn_limit_is_the_recorded_cause():
    said, replied = numbered("I want it"), numbered("Sure")
    generate, asked = answering(
        user=lambda request: {"message": next(said)},
        assistant=lambda request: {"reply": next(replied)},
    )
    made = await simulated(planned(1), generate, assistant="free", grounding="free", extra=3)
    # two planned steps, one planned message, three extra
    assert made.failure == "sub-task 0: turn limit: not served by 6 actions of the assistant"
    assert sum(request.kind == "assistant" for request in asked) == 6


async def test_an_empty_message_is_asked_for_again_and_then_the_cause():
    generate, asked = answering(user=lambda request: {"message": "  "})
    made = await simulated(planned(1), generate, grounding="free")
    assert made.failure == "sub-task 0: user: message: no text"
    assert len(asked) == 3


async def test_nobody_says_the_same_twice():
    generate, _ = answering(
        user=lambda request: {"message": "I would like to go there, please."},
        assistant=lambda request: {"reply": "Which way would you like to go there?"},
    )
    made = await simulated(planned(1), generate, assistant="free", grounding="free")
    assert made.failure == "sub-task 0: user: the user has said that before"


async def test_a_failed_plan_passes_through_untouched():
    broken = Trajectory("d", 1, failure="no plan")
    generate, asked = answering()
    assert await simulated(broken, generate) is broken
    assert not asked


async def test_a_late_tool_cannot_be_called_before_the_user_adds_it():
    task = Task((SubTask("Find a flight", (("search_flights",),)),))
    for seed in range(12):
        made = await simulated(planned(seed, task), None, "tool_awareness")
        adding = [i for i, turn in enumerate(made.turns) if turn.adds]
        calling = [i for i, turn in enumerate(made.turns) if turn.calls]
        if adding:
            assert made.turns[adding[0]].adds == ("search_flights",)
            assert min(calling) > adding[0]
            return
    pytest.fail("no seed drew a late tool")


async def test_a_withheld_tool_is_off_the_list_and_asked_for():
    for seed in range(12):
        made = await simulated(planned(seed), None, "tool_awareness")
        gone = {"get_weather"} - {tool.name for tool in made.tools}
        if gone:
            assert not any(call.name in gone for _, call, _ in made.calls())
            return
    pytest.fail("no seed withheld a tool")


async def test_a_free_assistants_own_steps_become_the_plan():
    said, replied = numbered("Please do it"), numbered("Done")
    made_calls = iter(["search_flights", "get_weather"])

    def assistant(request: Request):
        name = next(made_calls, None)
        if name is None:
            return {"reply": next(replied)}
        argument = "destination_city" if name == "search_flights" else "city"
        return {"calls": [{"name": name, "arguments": {argument: "Osaka"}}]}

    generate, _ = answering(
        user=lambda request: {"message": next(said)},
        assistant=assistant,
        tool=lambda request: {
            "1_search_flights": {"flight_id": "FL-2093", "fare_usd": 90},
            "1_get_weather": {"degrees": 3},
        },
    )
    task = Task((SubTask("Find a flight", (("search_flights",),)),))
    made = await simulated(
        planned(1, task), generate, assistant="free", values="model", grounding="free"
    )
    assert made.task == Task((SubTask("Find a flight", (("search_flights",), ("get_weather",))),))


async def test_model_values_come_from_all_three_roles():
    said, replied = numbered("Please go on"), numbered("Here it is")
    generate, asked = answering(
        user=lambda request: {"message": next(said)},
        assistant=lambda request: (
            {"reply": next(replied)}
            if "reply" in request.schema["properties"]
            else {
                "calls": [
                    {"name": p["properties"]["name"]["enum"][0], "arguments": {"x": "y"}}
                    for p in request.schema["properties"]["calls"]["prefixItems"]
                ]
            }
        ),
        tool=lambda request: {name: {"made": "up"} for name in request.schema["properties"]},
    )
    made = await simulated(planned(1), generate, values="model", grounding="free")
    assert made.failure == ""
    assert [request.kind for request in asked] == [
        *("user", "assistant", "tool", "assistant", "tool", "assistant"),
        *("user", "assistant", "tool", "assistant"),
    ]
    assert "destination city; passenger name" in asked[0].user
    assert [output.content for _, _, output in made.calls()] == [{"made": "up"}] * 3
    assert {SEARCH.name, CANCEL.name} <= {call.name for _, call, _ in made.calls()}


@pytest.mark.parametrize("values", ["model", "seeded"])
@pytest.mark.parametrize("assistant", ["free", "guided"])
async def test_who_writes_freely_is_shown_no_slots(assistant, values):
    shown = []
    engine = ScriptedEngine(ScriptedConfig(kind="scripted"))

    async def watched(request):
        shown.append(request)
        return await engine.generate(request)

    for seed in range(6):
        await simulated(
            planned(seed),
            watched,
            *PAPERS,
            assistant=assistant,
            values=values,
            grounding="free",
        )
    assert {request.kind for request in shown} >= {"user", "assistant"}
    slots = {slot for request in shown for slot in slots_in(request.user)}
    assert slots <= {"..."}  # an object in the form of an answer


async def test_who_speaks_around_values_may_say_what_the_example_shows():
    watched = Recorder()
    for seed in range(12):
        await simulated(planned(seed), watched, *PAPERS)
    asked = [request for request in watched.requests if '"pattern"' in json.dumps(request.schema)]
    shown = [r for r in asked if r.user.splitlines()[-1].startswith("Example")]
    assert {request.kind for request in shown} == {"user", "assistant"}
    assert [text for request in shown for text in refused_examples(request)] == []
