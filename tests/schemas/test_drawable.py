import random

import pytest
from hypothesis import given, settings
from json_schemas import schemas

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.drawable import undrawable


def of(schema):
    return {"type": "object", "properties": {"a": schema}, "required": ["a"]}


@pytest.mark.parametrize(
    ("schema", "reason", "remedy"),
    [
        ({"type": "integer", "enum": ["1", "3"]}, "expected integer", "make `type`"),
        ({"type": "string", "pattern": r"^(?!AB)[A-Z]{2}\d{3}$"}, "match", "without look-around"),
        ({"type": "integer", "minimum": 2**64 - 9, "maximum": 2**64}, "64 bits", "`maximum`"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, "no value fits", "`minimum` is above"),
        ({"type": "string", "minLength": 9, "maxLength": 3}, "no value fits", "above `maxLength`"),
        ({"type": "string", "pattern": "^a{9}$", "maxLength": 3}, "no value fits", "`examples`"),
        ({"$ref": "#"}, "no value fits", "optional"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "no value fits", "contradict"),
    ],
)
def test_what_no_value_satisfies_is_told_with_place_and_remedy(schema, reason, remedy):
    fault = undrawable(of(schema))
    assert fault is not None
    assert fault.path.startswith("a")
    assert reason in fault.reason
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": r"^(?!AB)[A-Z]{2}\d{3}$", "examples": ["CD123"]},
        {"enum": ["a", None]},
        {"type": ["integer", "null"], "minimum": 2},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        {"properties": {"pattern": {"type": "string"}, "format": {"enum": ["x"]}, "not": {}}},
        {"type": "object", "properties": {"b": {"$ref": "#"}}},
    ],
)
def test_the_rest_is_usable(schema):
    assert undrawable(of(schema)) is None


def test_required_names_without_a_property_are_fine():
    assert undrawable({**of({"type": "string"}), "required": ["a", "b"]}) is None


@settings(max_examples=150, deadline=None)
@given(schemas)
def test_a_look_at_the_keywords_never_lets_through_what_cannot_be_drawn(schema):
    if undrawable(schema) is None:
        drawn = [draw(schema, random.Random(seed)) for seed in range(6)]
        assert any(check_value(schema, value) == () for value in drawn)
