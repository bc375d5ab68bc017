import gc
import random

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schemas import names, object_schemas, schemas, values

from toolace_mt.schemas.check import check_arguments, check_value, schema_problem
from toolace_mt.schemas.draw import draw
from toolace_mt.trajectory import Tool


def tool(parameters):
    return Tool("book_flight", "Books a flight.", parameters)


FLIGHT = tool(
    {
        "type": "object",
        "properties": {
            "date": {"type": "string", "format": "date"},
            "cabin": {"enum": ["economy", "business"]},
            "bags": {"type": "integer", "minimum": 0, "maximum": 3},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "code": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "passengers": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {"age": {"type": "integer"}, "first name": {"type": "string"}},
                    "required": ["age"],
                },
            },
        },
        "required": ["date"],
    }
)


@pytest.mark.parametrize(
    ("arguments", "path", "said"),
    [
        ({}, "date", "missing"),
        ({"date": "2026-13-01"}, "date", 'expected format date, got "2026-13-01"'),
        ({"date": "2026-01-01", "cabin": "x"}, "cabin", '["economy", "business"], got "x"'),
        ({"date": "2026-01-01", "bags": "2"}, "bags", 'expected integer, got "2"'),
        ({"date": "2026-01-01", "bags": 4}, "bags", "expected maximum 3, got 4"),
        ({"date": "2026-01-01", "note": 4}, "note", "expected string or null, got 4"),
        ({"date": "2026-01-01", "code": "x"}, "code", "^[A-Z]{2}$"),
        ({"date": "2026-01-01", "cabn": "x"}, "cabn", "no such name"),
        ({"date": "2026-01-01", "passengers": []}, "passengers", "minItems 1"),
        ({"date": "2026-01-01", "passengers": [{}]}, "passengers[0].age", "missing"),
        (
            {"date": "2026-01-01", "passengers": [{"age": 1}, {"age": "x"}]},
            "passengers[1].age",
            'expected integer, got "x"',
        ),
        (
            {"date": "2026-01-01", "passengers": [{"age": 1, "first name": 2}]},
            'passengers[0]["first name"]',
            "expected string, got 2",
        ),
        ({"date": "2026-01-01", "passengers": [{"age": 1, "x": 2}]}, "passengers[0].x", "no such"),
        ([], "", "expected object, got []"),
        ("{}", "", "expected object"),
        (None, "", "expected object, got null"),
    ],
)
def test_a_mismatch_names_place_and_both_sides(arguments, path, said):
    (mismatch,) = check_arguments(FLIGHT, arguments)
    assert mismatch.path == path
    assert said in mismatch.message


@pytest.mark.parametrize(("value", "fits"), [(None, True), ("N/A", False), ("s", True)])
def test_a_declared_default_fits_whatever_its_type(value, fits):
    unit = {"type": "string", "enum": ["s", "ms"], "default": None}
    schema = {"type": "object", "properties": {"of": {"properties": {"unit": unit}}}}
    assert (check_arguments(tool(schema), {"of": {"unit": value}}) == ()) is fits


def test_true_is_not_the_default_one():
    schema = {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}
    assert check_arguments(tool(schema), {"n": 1}) == ()
    assert check_arguments(tool(schema), {"n": True}) != ()


def test_every_mismatch_is_told_in_bounded_lines():
    wrong = {"cabin": "x\n" * 5000, "y" * 9000: 1, **{f"n{index}": 1 for index in range(500)}}
    found = check_arguments(FLIGHT, wrong)
    assert 2 <= len(found) <= 20
    for mismatch in found:
        assert len(mismatch.message) <= 200
        assert len(mismatch.path) <= 200
        assert "\n" not in mismatch.message


@pytest.mark.parametrize(
    ("schema", "unknown_allowed"),
    [
        ({"type": "object", "properties": {}}, False),
        ({"type": "object", "properties": {"a": {}}}, False),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, True),
        ({"type": "object", "properties": {}, "additionalProperties": {"type": "integer"}}, True),
        ({"type": "object", "properties": {}, "patternProperties": {"x": {}}}, True),
        ({"type": "object"}, True),
        ({"properties": {}, "anyOf": [{"properties": {"extra": {"type": "integer"}}}]}, True),
    ],
)
def test_unknown_names_are_mismatches_unless_the_tool_is_open(schema, unknown_allowed):
    assert (check_arguments(tool(schema), {"extra": 1}) == ()) is unknown_allowed
    assert (check_value(schema, {"extra": 1}) == ()) is (
        schema.get("additionalProperties") is not False
    )


@settings(max_examples=60, deadline=None)  # a new pattern takes milliseconds to compile
@given(object_schemas, st.integers(0, 10), names)
def test_drawn_arguments_pass_and_an_invented_name_does_not(schema, seed, name):
    arguments = draw(schema, random.Random(seed))
    if check_value(schema, arguments):
        return  # a pattern that nothing can be drawn for
    assert check_arguments(tool(schema), arguments) == ()
    invented = {**arguments, f"{name}_of_nobody": 1}
    closed = schema.get("additionalProperties") is not True
    assert any(m.path.count("nobody") for m in check_arguments(tool(schema), invented)) is closed


@settings(max_examples=60, deadline=None)  # a new pattern takes milliseconds to compile
@given(schemas, values)
def test_values_are_judged_as_json_schema_says(schema, value):
    expected = jsonschema_rs.is_valid(schema, value, validate_formats=True)
    if "time" not in str(schema):  # times are judged more kindly, see below
        assert (check_value(schema, value) == ()) is expected


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (
            "time",
            ["14:30", "14:30:00", "14:30:00Z", "09:05:00+02:00"],
            ["25:00", "2pm", "14:3", ""],
        ),
        (
            "date-time",
            ["2026-03-01T14:30", "2026-03-01 14:30:00", "2026-03-01T14:30:00Z"],
            ["2026-02-30T14:30", "2026-03-01", "2026-03-01T99:00", "tomorrow"],
        ),
        ("date", ["2026-03-01"], ["2026-02-30", "1 March", "2026-3-1"]),
        ("no-such-format", ["anything"], []),
    ],
)
def test_times_need_no_seconds_and_no_offset(form, good, bad):
    schema = {"type": "string", "format": form}
    assert [text for text in good if check_value(schema, text)] == []
    assert [text for text in bad if not check_value(schema, text)] == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 5},
        {"properties": {"a": {"pattern": "("}}},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "https://elsewhere.example/schema"},
        {"minimum": "low"},
    ],
)
def test_an_unusable_schema_lets_nothing_pass(schema):
    assert schema_problem(schema)
    (mismatch,) = check_value(schema, {})
    assert "cannot be used" in mismatch.message
    assert check_arguments(tool(schema), {}) == (mismatch,)


def test_python_types_are_understood():
    schema = {"type": "dict", "properties": {"n": {"type": "float"}}, "required": ["n"]}
    assert check_arguments(tool(schema), {"n": 1.5}) == ()
    assert check_arguments(tool(schema), {"n": "1.5"})


def test_recursive_schemas_and_deep_values_end():
    tree = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "sub": {"$ref": "#"}},
        "additionalProperties": False,
    }
    assert check_value(tree, {"sub": {"sub": {"name": "x"}}}) == ()
    assert check_value(tree, {"sub": {"sub": {"name": 1}}})[0].path == "sub.sub.name"
    for depth in (5_000, 200_000):
        deep: dict = {}
        for _ in range(depth):
            deep = {"sub": deep}
        (mismatch,) = check_value(tree, deep)
        assert "levels of nesting" in mismatch.message
        while deep:  # taken apart by hand: the interpreter's own clean-up would recurse as deeply
            deep = deep["sub"]


def test_validators_are_never_mixed_up():
    """The cache goes by identity; an id that is used again must not find the old validator."""
    for index in range(300):
        schema = {"type": "object", "properties": {f"p{index}": {"type": "integer"}}}
        assert check_value(schema, {f"p{index}": 1}) == ()
        assert check_value(schema, {f"p{index}": "x"})
        del schema
        gc.collect(0)
