import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import BOOK, CANCEL, CITIES, SEARCH, TASK, WEATHER, answering, planned

from toolace_mt.config import Sampling
from toolace_mt.refinement.injections import EXAMPLES
from toolace_mt.schemas.check import check_value
from toolace_mt.simulation.arguments import is_known, known_arguments, unknown_values
from toolace_mt.simulation.beats import Need, beats
from toolace_mt.simulation.complications import Complications, names_to_state, spread
from toolace_mt.simulation.scene import Scene, Setting
from toolace_mt.simulation.tool import answer
from toolace_mt.texts.slots import in_words
from toolace_mt.trajectory import (
    INJECTIONS,
    SubTask,
    Task,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
)

TOOLS = {tool.name: tool for tool in (SEARCH, BOOK, CANCEL, WEATHER)}


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 10_000), st.integers(1, 5), st.lists(st.sampled_from(INJECTIONS), max_size=6))
def test_injections_are_spread_evenly_and_none_is_lost(seed, count, wanted):
    task = Task(tuple(SubTask(f"goal {n}", (("search_flights",),)) for n in range(count)))
    trajectory = planned(seed, task)
    _, complications = spread(trajectory, task, tuple(wanted))
    assert len(complications) == count
    sizes = Counter(len(c.kinds) for c in complications)
    if len(wanted) <= count and "tool_awareness" not in wanted:
        assert sizes[1] == len(wanted)
    assert {k for c in complications for k in c.kinds} <= set(wanted)
    for each in complications:
        assert ("tool_awareness" in each.kinds) == bool(each.late or each.withheld)
        assert not (each.late and "clarification" in each.kinds)


def test_no_tool_is_withheld_that_the_plan_needs():
    for seed in range(30):
        made, complications = spread(planned(seed), TASK, ("tool_awareness",))
        needed = {name for sub in TASK.subtasks for step in sub.steps for name in step}
        assert needed <= {tool.name for tool in made.tools}
        withheld = [c.withheld for c in complications if c.withheld]
        assert withheld in ([], [WEATHER])


def test_a_clarification_leaves_one_value_out_and_then_supplies_it():
    need = Need({"destination_city": "Osaka", "passenger_name": "Ann Berg"})
    wanted = Complications(frozenset({"clarification"}))
    first, second = beats(wanted, need, TOOLS, "", random.Random(1))
    assert (first.does, first.reply) == ("leave_out", "ask")
    assert (second.does, second.reply) == ("supply", "serve")
    assert {**first.need.values, **second.need.values} == need.values
    assert not first.need.values.keys() & second.need.values.keys()
    assert first.about == in_words(next(iter(second.need.values)))


def test_what_was_said_before_is_never_left_out():
    need = Need({"destination_city": "Osaka", "passenger_name": "Ann Berg", "seats": 4})
    wanted = Complications(frozenset({"clarification"}))
    said = "I was in osaka; we were 14."
    for seed in range(10):
        left_out, _ = beats(wanted, need, TOOLS, said, random.Random(seed))
        assert left_out.need.values.keys() == {"destination_city", "seats"}
    (plain,) = beats(wanted, need, TOOLS, f"{said} So was Ann Berg.", random.Random(1))
    assert (plain.does, plain.injection) == ("request", None)


def test_the_user_is_not_asked_for_what_tools_hand_on():
    assert names_to_state(TASK, 0, TOOLS) == ("destination_city", "passenger_name")
    assert names_to_state(TASK, 1, TOOLS) == ()


def _turns(*texts: str) -> list[Turn]:
    return [Turn("user", text) for text in texts]


def test_arguments_are_only_what_the_dialogue_knows():
    intended = [{"flight_id": "FL-2093", "passenger_name": "Ann Berg"}]
    said = _turns("Book it for Ann Berg.")
    assert known_arguments(BOOK, intended, said) is None
    assert unknown_values(intended, said) == {"flight_id": "FL-2093"}
    found = [*said, Turn("tool", outputs=(ToolOutput("c", {"flight_id": "FL-2093"}),))]
    schema = known_arguments(BOOK, intended, found)
    assert schema is not None
    assert schema["properties"] == {
        "flight_id": {"enum": ["FL-2093"]},
        "passenger_name": {"enum": ["Ann Berg"]},
    }
    assert schema["required"] == ["flight_id", "passenger_name"]


def test_failed_outputs_make_nothing_known():
    failed = Turn("tool", outputs=(ToolOutput("c", {"flight_id": "FL-2093"}, error=True),))
    assert not is_known("FL-2093", [failed])


def test_a_value_inside_a_longer_one_is_not_known():
    assert not is_known(2, _turns("On 2026-12-12, please."))
    assert is_known(2, _turns("For 2 people."))
    assert is_known(["a b", "c"], _turns("Tag it c and a b."))
    assert is_known({"street": "7 Mill Lane", "express": True}, _turns("Send it to 7 Mill Lane!"))


def test_unplanned_calls_take_what_is_known_by_name_or_listed():
    tool = Tool(
        "change_seat",
        "Changes a seat.",
        {
            "type": "object",
            "properties": {
                "flight_id": {"type": "string"},
                "cabin": {"type": "string", "enum": ["economy", "business"]},
                "note": {"type": "string"},
            },
            "required": ["flight_id", "cabin"],
        },
    )
    outputs = [{"flight_id": "FL-1"}, {"flight_id": "FL-2"}, {"flight_id": 3}]
    turns = [Turn("tool", outputs=(ToolOutput(f"c{i}", o),)) for i, o in enumerate(outputs)]
    schema = known_arguments(tool, [], turns)
    assert schema is not None
    assert schema["properties"] == {
        "flight_id": {"enum": ["FL-2", "FL-1"]},
        "cabin": {"enum": ["economy", "business"]},
    }


def test_decimals_are_written_as_they_are():
    weigh = {"kg": {"type": "number"}}
    tool = Tool("weigh", "", {"type": "object", "properties": weigh, "required": ["kg"]})
    schema = known_arguments(tool, [{"kg": 7.2}], _turns("It weighs 7.2 kg."))
    assert schema is not None
    assert check_value(schema, {"kg": 7.2}) == ()
    assert check_value(schema, {"kg": 7.3})
    xgrammar = pytest.importorskip("xgrammar")
    grammar = str(xgrammar.Grammar.from_json_schema(json.dumps(schema), any_whitespace=False))
    assert '"7" "." "2"' in grammar
    assert "7.2000000000000002" not in grammar


def _scene(**changes) -> Scene:
    plain = Scene(0, TASK.subtasks[0], 0, TOOLS, frozenset(), (), None, False)
    return replace(plain, **changes)


def _setting(generate, *, seeded: bool) -> Setting:
    return Setting(generate, Sampling(), EXAMPLES, True, True, seeded, 3)


def _called(*calls: ToolCall, before: tuple[Turn, ...] = ()) -> Trajectory:
    return Trajectory(
        "d", 1, tuple(TOOLS.values()), TASK, (*before, Turn("assistant", calls=calls))
    )


async def test_the_same_call_gets_the_same_output_again():
    generate, asked = answering(tool=lambda request: {"1_get_weather": {"degrees": 21}})
    warm = ToolCall("call_0", "get_weather", {"city": "Osaka"})
    before = (Turn("assistant", calls=(warm,)), Turn("tool", outputs=(ToolOutput("call_0", 7),)))
    again = ToolCall("call_1", "get_weather", {"city": "Osaka"})
    other = ToolCall("call_2", "get_weather", {"city": "Lisbon"})
    turn = await answer(
        _called(again, other, before=before), _scene(), _setting(generate, seeded=False)
    )
    assert isinstance(turn, Turn)
    assert [output.content for output in turn.outputs] == [7, {"degrees": 21}]
    assert [output.call_id for output in turn.outputs] == ["call_1", "call_2"]
    assert len(asked) == 1


async def test_seeded_outputs_echo_the_arguments_and_ask_nobody():
    generate, asked = answering()
    echoing = Tool("look", "Looks.", SEARCH.parameters, SEARCH.parameters)
    scene = _scene(tools={"look": echoing})
    seen = set()
    for city in CITIES:
        call = ToolCall("call_0", "look", {"destination_city": city})
        turn = await answer(_called(call), scene, _setting(generate, seeded=True))
        assert isinstance(turn, Turn)
        seen.add(turn.outputs[0].content["destination_city"])
    assert seen == set(CITIES)
    assert not asked


async def test_one_call_fails_and_only_once():
    generate, _ = answering()
    call = ToolCall("call_0", "search_flights", {"destination_city": "Osaka"})
    scene, setting = _scene(fails=True), _setting(generate, seeded=True)
    first = await answer(_called(call), scene, setting)
    assert isinstance(first, Turn)
    assert first.outputs[0].error
    assert first.injection == "error_simulation"
    before = (Turn("assistant", calls=(call,)), first)
    again = ToolCall("call_1", "search_flights", {"destination_city": "Osaka"})
    second = await answer(_called(again, before=before), scene, setting)
    assert isinstance(second, Turn)
    assert not second.outputs[0].error


def test_what_remains_and_what_was_made():
    calls = [
        ToolCall(f"call_{n}", name, {}) for n, name in enumerate(("search_flights", "book_flight"))
    ]
    scene = _scene(subtask=SubTask("", (("search_flights", "book_flight"), ("search_flights",))))
    done = _called(*calls)
    outputs = (ToolOutput("call_0", 1), ToolOutput("call_1", 1, error=True))
    done = Trajectory("d", 1, done.tools, TASK, (*done.turns, Turn("tool", outputs=outputs)))
    assert scene.remaining(done) == [("book_flight",), ("search_flights",)]
    again = (
        Turn("assistant", calls=(ToolCall("call_2", "book_flight", {}),)),
        Turn("tool", outputs=(ToolOutput("call_2", 1),)),
    )
    done = Trajectory("d", 1, done.tools, TASK, (*done.turns, *again))
    assert scene.remaining(done) == [("search_flights",)]
    assert scene.steps_made(done) == (("search_flights", "book_flight"),)
