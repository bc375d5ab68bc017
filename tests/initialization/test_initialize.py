import json

import pytest
from stage_worlds import WEAK, Recorder, refused_examples, skeleton

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import InitializationConfig
from toolace_mt.texts.drawn_calls import _known_values
from toolace_mt.texts.slots import slots_in, spoken
from toolace_mt.trajectory import ToolOutput, Trajectory, Turn
from toolace_mt.verification.rules import RULES, check

MODES = [
    InitializationConfig(subtasks=(2, 4), steps=(1, 3), grounding=grounding, values=values)
    for grounding in ("free", "constrained")
    for values in ("model", "seeded")
]


def structure_follows_the_plan(trajectory: Trajectory) -> None:
    assert trajectory.task is not None
    place = 0
    for index, subtask in enumerate(trajectory.task.subtasks):
        assert trajectory.turns[place].role == "user"
        for step in subtask.steps:
            calls, outputs = trajectory.turns[place + 1], trajectory.turns[place + 2]
            assert tuple(call.name for call in calls.calls) == step
            assert [o.call_id for o in outputs.outputs] == [call.id for call in calls.calls]
            place += 2
        assert trajectory.turns[place + 1].role == "assistant"
        assert trajectory.turns[place + 1].content
        place += 2
        assert {turn.subtask for turn in trajectory.turns[:place]} == set(range(index + 1))
    assert place == len(trajectory.turns)


@pytest.mark.parametrize("config", MODES, ids=lambda c: f"{c.grounding}-{c.values}")
async def test_every_mode_writes_the_planned_structure(config: InitializationConfig) -> None:
    for number in range(8):
        generate = Recorder()
        trajectory = await skeleton(number, config, generate)
        assert trajectory.failure == ""
        assert trajectory.task is not None
        count = len(trajectory.task.subtasks)
        assert 2 <= count <= 4
        structure_follows_the_plan(trajectory)
        ids = [call.id for _, call, _ in trajectory.calls()]
        assert len(set(ids)) == len(ids)
        each = {
            ("free", "model"): ["skeleton"],
            ("free", "seeded"): ["texts"],
            ("constrained", "model"): ["steps", "texts"],
            ("constrained", "seeded"): ["texts"],
        }[config.grounding, config.values]
        assert generate.kinds() == ["task", *each * count]


@pytest.mark.parametrize("config", MODES, ids=lambda c: f"{c.grounding}-{c.values}")
async def test_all_sub_tasks_in_one_call_follow_the_same_plan(config: InitializationConfig) -> None:
    at_once = config.model_copy(update={"skeleton": "together"})
    for number in range(8):
        generate = Recorder()
        trajectory = await skeleton(number, at_once, generate)
        structure_follows_the_plan(trajectory)
        ids = [call.id for _, call, _ in trajectory.calls()]
        assert len(set(ids)) == len(ids)
        assert len(generate.kinds()) == 2 + (config == MODES[2])
        if config.values == "seeded":
            in_turn = await skeleton(number, config)
            assert list(trajectory.calls()) == list(in_turn.calls())


async def test_texts_around_drawn_values_need_not_wait_for_each_other() -> None:
    for number in range(4):
        generate = Recorder()
        config = WEAK.model_copy(update={"skeleton": "side_by_side"})
        trajectory = await skeleton(number, config, generate)
        structure_follows_the_plan(trajectory)
        assert list(trajectory.calls()) == list((await skeleton(number)).calls())
        texts = [request for request in generate.requests if request.kind == "texts"]
        assert len({request.user.partition("\n\n")[0] for request in texts}) == 1
        assert len({request.key("m") for request in texts}) == len(texts) > 1


@pytest.mark.parametrize("grounding", ["free", "constrained"])
@pytest.mark.parametrize("how", ["in_turn", "together"])
async def test_calls_that_a_model_writes_are_those_that_were_planned(
    grounding: str, how: str
) -> None:
    config = InitializationConfig(subtasks=(2, 3), steps=(1, 2), grounding=grounding, skeleton=how)  # type: ignore[arg-type]
    off = {"schema", "output_schema", "call_format", "unknown_tool", "outputs_match"}
    assert off <= RULES.keys()
    for number in range(4):
        trajectory = await skeleton(number, config)
        structure_follows_the_plan(trajectory)
        assert [found for found in check(trajectory) if found.check in off] == []


async def test_one_sub_task_that_cannot_be_read_is_asked_for_again_with_the_others() -> None:
    def without_the_second(request: Request) -> object:
        return {"subtask_1": {}, "subtask_2": []} if request.attempt < 1 else None

    generate = Recorder({"texts": without_the_second})
    trajectory = await skeleton(1, WEAK.model_copy(update={"skeleton": "together"}), generate)
    assert generate.kinds() == ["task", "texts", "texts"]
    assert trajectory.failure == ""


async def test_constrained_seeded_skeletons_are_clean_whatever_the_prose() -> None:
    """The scripted engine writes random words: every value is right all the same.

    Beyond these dialogues, random words happen to put two codes side by side.
    """
    for number in range(31):
        trajectory = await skeleton(number)
        wrong = [finding for finding in check(trajectory) if finding.severity == "error"]
        assert wrong == [], (number, wrong)


async def test_the_user_states_what_nothing_else_holds() -> None:
    trajectory = await skeleton(3)
    for index, call, _ in trajectory.calls():
        before = trajectory.system + " ".join(
            turn.content + json.dumps([spoken(o.content) for o in turn.outputs])
            for turn in trajectory.turns[:index]
        )
        for value in call.arguments.values():
            if isinstance(value, str):
                assert value in before


async def test_the_user_need_not_state_what_an_earlier_step_returned() -> None:
    within = 0
    chained = WEAK.model_copy(update={"steps": (2, 3), "parallel_calls": 1})
    for number in range(60):
        trajectory = await skeleton(number, chained)
        asked = {turn.subtask: turn.content for turn in trajectory.turns if turn.role == "user"}
        passed, returned = set[object](), set[object]()
        for index, call, output in trajectory.calls():
            values = {value for value in _leaves(call.arguments) if len(str(value)) > 3}
            for value in values & returned - passed:
                within += 1
                assert str(value) not in asked[trajectory.turns[index].subtask]
            passed |= values
            returned |= {
                v for v in _leaves(output.content if output else None) if isinstance(v, str)
            }
    assert within > 10


def test_of_a_list_of_results_the_first_is_the_one_that_is_known() -> None:
    rows = {"rows": [{"row_id": "a"}, {"row_id": "b"}], "table_id": "t"}
    found = Turn("tool", outputs=(ToolOutput("c", rows),))
    assert _known_values([found]) == {"row_id": "a", "table_id": "t"}


async def test_outputs_feed_arguments() -> None:
    """Somewhere in a few dialogues, an id that a tool returned is what a later call is given."""
    chained = 0
    for number in range(20):
        trajectory = await skeleton(number)
        returned: set[str] = set()
        for _, call, output in trajectory.calls():
            chained += any(str(value) in returned for value in call.arguments.values())
            returned |= {str(value) for value in _leaves(output.content if output else None)}
    assert chained > 10


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


async def test_the_same_seed_gives_the_same_skeleton() -> None:
    assert await skeleton(5) == await skeleton(5)
    assert await skeleton(5) != await skeleton(6)


async def test_distractors_are_listed_but_never_planned() -> None:
    generate = Recorder()
    trajectory = await skeleton(1, generate=generate)
    planned = set(
        generate.requests[0].schema["items"]["properties"]["steps"]["items"]["items"]["enum"]
    )  # type: ignore[index]
    listed = {tool.name for tool in trajectory.tools}
    assert planned < listed
    assert all(name in generate.requests[0].system for name in listed)


async def test_later_sub_tasks_see_the_earlier_ones() -> None:
    generate = Recorder()
    free = InitializationConfig(values="seeded")
    trajectory = await skeleton(2, free, generate)
    last = generate.requests[-1]
    assert trajectory.turns[0].content.split()[0] in last.user
    assert last.user.startswith(generate.requests[1].user.split("\n\n")[0])


async def test_who_writes_around_values_may_write_what_the_example_shows() -> None:
    for number in range(20):
        generate = Recorder()
        await skeleton(number, generate=generate)
        asked = [request for request in generate.requests if request.kind == "texts"]
        assert asked
        assert [text for request in asked for text in refused_examples(request)] == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("no json", "not JSON"),
        ([], "0 sub-tasks, expected"),
        ([{"goal": "g", "steps": [["no_such_tool"]]}], "not a step of the listed tools"),
        ([{"goal": "g", "steps": []}], "0 steps, expected 1 to 2"),
        ({"goal": "g"}, "not a plan"),
        ("[" * 5000, "not JSON"),
        (Completion("", "length"), "length"),
    ],
)
async def test_a_bad_plan_fails_the_dialogue_with_its_cause(answer: object, reason: str) -> None:
    generate = Recorder({"task": lambda request: answer})
    trajectory = await skeleton(1, generate=generate)
    assert reason in trajectory.failure
    assert len(generate.requests) == WEAK.sampling.attempts


async def test_a_prompt_that_never_fits_is_sent_once() -> None:
    generate = Recorder({"task": lambda request: Completion("", "too_long")})
    trajectory = await skeleton(1, generate=generate)
    assert "too_long" in trajectory.failure
    assert len(generate.requests) == 1


async def test_texts_without_their_slots_are_asked_for_again() -> None:
    def without_slots(request: Request) -> object:
        return {"user": "Hi there.", "reply": "Hello."} if request.attempt < 2 else None

    generate = Recorder({"texts": without_slots})
    trajectory = await skeleton(1, generate=generate)
    texts = [request for request in generate.requests if request.kind == "texts"]
    assert [request.attempt for request in texts[:3]] == [0, 1, 2]
    assert len({request.seed for request in texts}) == len(texts)
    assert trajectory.failure == ""
    assert "Hi there." not in [turn.content for turn in trajectory.turns]


@pytest.mark.parametrize("values", ["model", "seeded"])
async def test_who_writes_freely_is_shown_no_slots(values: str) -> None:
    generate = Recorder()
    for number in range(6):
        config = InitializationConfig(grounding="free", values=values)  # type: ignore[arg-type]
        await skeleton(number, config, generate)
    assert not [slots for r in generate.requests if (slots := slots_in(r.user))]
