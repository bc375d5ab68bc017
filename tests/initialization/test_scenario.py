"""The scenario of a dialogue: its system prompt, its day, and a policy that its calls keep."""

from dataclasses import replace
from datetime import date

from stage_worlds import WEAK, Recorder, governed, skeleton

from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.initialization.scenario import PERSONAS, set_scenario, settle
from toolace_mt.policies.apply import applies
from toolace_mt.refinement import refine
from toolace_mt.trajectory import SubTask, Task, Tool, ToolCall, Trajectory, Turn
from toolace_mt.verification import check

ALL = governed("refuse", "hand_over", "confirm")


async def test_no_dialogue_has_a_system_prompt_unless_it_is_asked_for() -> None:
    plain = await skeleton(1)
    assert plain.scenario == Trajectory("x", 0).scenario
    assert plain.system.startswith("The user is signed in")  # no role, no day, no rules
    governed_one = await skeleton(1, ALL)
    assert [t.calls for t in governed_one.turns] == [t.calls for t in plain.turns]


async def test_the_prompt_tells_role_day_and_rules_and_stands_behind_the_tools() -> None:
    generate = Recorder()
    made = await skeleton(3, ALL, generate)
    scenario = made.scenario
    assert scenario.policy
    assert f"You are an assistant for {scenario.role}." in made.system
    day = date.fromisoformat(scenario.date)
    assert f"Today is {day:%A}, {scenario.date}." in made.system
    assert [line[2:-1] for line in made.system.splitlines() if line[:2] == "- "] == [
        rule.text for rule in scenario.policy
    ]
    texts = [request for request in generate.requests if request.kind == "texts"]
    assert texts
    for request in texts:
        tools, _, told = request.system.partition("System prompt of the dialogue: ")
        assert "Tools:" in tools
        assert told.startswith("You are an assistant for")
        assert "\n" not in told


async def test_rules_that_forbid_are_kept_by_the_calls_and_domains_are_those_of_the_tools() -> None:
    seen = set()
    for number in range(30):
        made = await skeleton(number, ALL)
        names = {tool.name for tool in made.tools}
        for rule in made.scenario.policy:
            seen.add(rule.then)
            assert names.intersection(rule.tools)
            if rule.then != "confirm":
                calls = [(call, made.turns[:index]) for index, call, _ in made.calls()]
                assert not any(applies(rule, *call) for call in calls)
        errors = [found for found in check(made) if found.severity == "error"]
        assert not [found for found in errors if "forbids" in found.message]
        assert [f for f in errors if f.check != "policy"] == []
    assert seen == {"refuse", "hand_over", "confirm"}


def planned(**arguments: str) -> Trajectory:
    call = ToolCall("c", "book", dict(arguments))
    task = Task((SubTask("Book", (("book",),)),))
    turns = (Turn("user", "Book it."), Turn("assistant", calls=(call,)))
    tools = (Tool("book", "Books.", {"type": "object"}, domain="x"),)
    return Trajectory("d", 7, tools, task, turns)


def today(config: InitializationConfig, **arguments: str) -> str:
    return settle(set_scenario(planned(**arguments), config), config).scenario.date


def test_today_comes_before_days_to_come_and_after_days_gone_by() -> None:
    config = InitializationConfig(**{**WEAK.model_dump(), "system": True})
    for seed in range(20):
        start = replace(planned(visit_date="2026-05-20", since_date="2026-05-17"), seed=seed)
        made = settle(set_scenario(start, config), config)
        assert "2026-05-17" < made.scenario.date < "2026-05-20"
        assert made.scenario.date in made.system
    assert "2026-05-05" < today(config, visit_date="2026-05-20") < "2026-05-20"
    assert today(config, measured_on="2026-05-20") > "2026-05-20"
    assert today(config, visit_date="2026-02-31") == today(config)
    fixed = InitializationConfig(**{**config.model_dump(), "today": "2026-03-16"})
    assert today(fixed, visit_date="2026-02-01") == "2026-03-16"


async def test_a_scenario_is_drawn_from_the_seed_alone() -> None:
    one, other = await skeleton(5, ALL), await skeleton(5, ALL)
    assert (one.scenario, one.system) == (other.scenario, other.system)


async def test_language_and_persona_are_told_in_every_prompt_and_change_no_call() -> None:
    told = dict.fromkeys(("read", "chosen", "computed", "known"), 0.0)
    plainly = InitializationConfig(**{**WEAK.model_dump(), "arguments": told})
    given = {**plainly.model_dump(), "languages": {"de": 1}, "personas": True}
    config = InitializationConfig(**given)
    for number in range(4):
        generate = Recorder()
        made, plain = await skeleton(number, config, generate), await skeleton(number, plainly)
        assert made.scenario.language == "de"
        assert made.scenario.persona in PERSONAS
        assert made.system == ""
        assert [t.calls for t in made.turns] == [t.calls for t in plain.turns]
        later = [request for request in generate.requests if request.kind == "texts"]
        for request in later:
            assert "write in German" in request.system
            assert request.user.endswith("Write your answer in German.")
            assert f"How the user writes: {made.scenario.persona}." in request.system


async def test_prompts_without_tools_share_their_beginning_and_tell_the_manner_behind_it() -> None:
    given = {**WEAK.model_dump(), "skeleton": "drafted", "personas": True}
    config = InitializationConfig(**given)
    refining = RefinementConfig(injections=(0, 0), passes=1, context="turns", judge=False)
    systems = set()
    for number in range(3):
        generate = Recorder()
        start = await skeleton(number, config)
        await refine(start, generate, refining, config.writing, check)
        systems |= {request.system for request in generate.requests}
        for request in generate.requests:
            assert request.user.startswith(f"How the user writes: {start.scenario.persona}.")
    assert len(systems) == 1


def test_weights_decide_on_languages() -> None:
    given = {**WEAK.model_dump(), "languages": {"en": 3, "fr": 1}}
    config = InitializationConfig(**given)
    starts = [replace(planned(), seed=seed) for seed in range(200)]
    french = sum(set_scenario(start, config).scenario.language == "fr" for start in starts)
    assert 30 < french < 70


async def test_dialogues_in_other_languages_have_no_constraints_which_are_phrased_in_english() -> (
    None
):
    given = {**WEAK.model_dump(), "languages": {"fr": 1}}
    made = [await skeleton(number, InitializationConfig(**given)) for number in range(6)]
    english = [await skeleton(number) for number in range(6)]
    assert not any(dialogue.derivations for dialogue in made)
    assert any(dialogue.derivations for dialogue in english)
