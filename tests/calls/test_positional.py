import random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.calls.ask import Unreadable
from toolace_mt.calls.positional import compacted, expanded
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.narrow import decodable
from toolace_mt.tools.pool import load_pool

POOL = load_pool("starter").tools
SCHEMAS = [decodable(s) for tool in POOL for s in (tool.parameters, tool.returns) if s]


@given(st.sampled_from(SCHEMAS), st.integers(0, 1000))
def test_what_is_written_without_names_is_a_value_of_the_schema(schema: Any, seed: int) -> None:
    written = draw(compacted(schema), random.Random(seed))
    assert not isinstance(written, dict) or not schema.get("properties")
    value = expanded(schema, written)
    jsonschema_rs.validate(schema, value)


NESTED = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "stops": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["city", "stops"],
    "additionalProperties": False,
}


def test_names_come_back_and_absent_values_stay_absent() -> None:
    assert expanded(NESTED, ["Oslo", None, [["Bergen"], ["Voss"]]]) == {
        "city": "Oslo",
        "stops": [{"name": "Bergen"}, {"name": "Voss"}],
    }
    assert expanded(NESTED, ["Oslo", 2, []]) == {"city": "Oslo", "days": 2, "stops": []}


def test_choices_and_maps_keep_their_names() -> None:
    choice = {"anyOf": [NESTED, {"type": "string"}]}
    assert compacted(choice) == choice
    assert expanded(choice, {"city": "Oslo", "stops": []}) == {"city": "Oslo", "stops": []}
    a_map = {"type": "object", "patternProperties": {"^x": {}}, "additionalProperties": False}
    assert compacted(a_map) == a_map


@pytest.mark.parametrize("value", [["Oslo"], {"city": "Oslo"}, None, "Oslo", ["a", 1, [[]]]])
def test_a_list_of_another_length_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable, match="expected a list of"):
        expanded(NESTED, value)
