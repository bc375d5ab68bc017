import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.schemas.realistic import values
from toolace_mt.texts.examples import spoken_text, spoken_usages
from toolace_mt.texts.slots import slots_in, spoken
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Tool, UsageExample

POOL = load_pool("starter").tools


@given(st.sampled_from(POOL), st.integers(0, 1000))
def test_usage_examples_are_said_with_values(tool: Tool, seed: int) -> None:
    (usage,) = spoken_usages([tool], random.Random(seed))
    assert not slots_in(usage.user + usage.reply)


def test_values_are_those_of_the_schemas_and_an_echoed_argument_is_said_again() -> None:
    tool = Tool(
        "get_weather",
        "",
        {"type": "object", "properties": {"city": {"enum": ["Lima"]}}},
        {"type": "object", "properties": {"city": {"enum": ["Oslo"]}, "degrees": {"const": 7}}},
        usage=(UsageExample("How warm is {city}?", "{outputs.city}: {outputs.degrees}."),),
    )
    said = UsageExample("How warm is Lima?", "Lima: 7.")
    assert spoken_usages([replace(tool, usage=()), tool], random.Random(0)) == [said]


def test_slots_of_no_tool_are_filled_by_their_names() -> None:
    text = spoken_text(
        "Find {flight_id} to {destination_city}", {"flight_id": 12}, random.Random(1)
    )
    assert text.startswith("Find 12 to ")
    assert text.removeprefix("Find 12 to ") in values("city")
    assert spoken_text("{a}", {"a": ["x", "y"]}, random.Random(0)) == spoken(["x", "y"])
