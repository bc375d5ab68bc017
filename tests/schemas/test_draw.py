import copy
import hashlib
import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schemas import patterns, schemas

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.tools.pool import load_pool

STARTER = load_pool("starter").tools


def drawn(schema, count=40, name=""):
    return [draw(schema, random.Random(seed), name) for seed in range(count)]


@settings(max_examples=60, deadline=None)  # a new pattern takes milliseconds to compile
@given(schemas, st.integers(0, 50))
def test_values_are_valid_and_follow_from_the_seed(schema, seed):
    if "(?=" in str(schema):
        return  # look-around: see below
    before = copy.deepcopy(schema)
    value = draw(schema, random.Random(seed))
    assert check_value(schema, value) == ()
    assert value == draw(schema, random.Random(seed))
    assert schema == before


@pytest.mark.parametrize("tool", STARTER, ids=lambda tool: tool.name)
def test_every_starter_tool_gives_valid_arguments_and_outputs(tool):
    for schema in filter(None, (tool.parameters, tool.returns)):
        for value in drawn(schema, 5):
            assert check_value(schema, value) == ()


@pytest.mark.parametrize(
    ("schema", "allowed"),
    [
        ({"const": 5}, {5}),
        ({"enum": ["a", "b"], "default": "a"}, {"a", "b"}),
        ({"type": "string", "examples": ["x", "y"]}, {"x", "y"}),
        ({"type": "string", "default": "d"}, {"d"}),
        ({"type": "integer", "minimum": 3, "maximum": 5}, {3, 4, 5}),
        ({"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 5}, {3, 4}),
        ({"type": "integer", "minimum": 1, "maximum": 30, "multipleOf": 10}, {10, 20, 30}),
        ({"type": "boolean"}, {True, False}),
        ({"type": ["string", "null"], "enum": ["a"]}, {"a"}),
        ({"anyOf": [{"type": "null"}, {"const": "v"}]}, {"v"}),
        ({"anyOf": [{"not": {}}, {"const": "v"}]}, {"v"}),
        ({"allOf": [{"type": "integer", "minimum": 4}, {"maximum": 5}]}, {4, 5}),
        ({"$ref": "#/$defs/c", "$defs": {"c": {"enum": [1]}}}, {1}),
        ({"type": "string", "pattern": "^[ab]$"}, {"a", "b"}),
    ],
)
def test_what_a_schema_names_is_used(schema, allowed):
    values = drawn(schema)
    assert set(values) == allowed
    assert all(type(value) in {type(other) for other in allowed} for value in values)


def test_optional_properties_come_sometimes_and_optional_flags_never():
    schema = {
        "type": "object",
        "properties": {
            "must": {"type": "string"},
            "may": {"type": "string"},
            "flag": {"type": "boolean"},
            "demanded": {"type": "boolean"},
        },
        "required": ["must", "demanded", "undeclared"],
    }
    values = drawn(schema, 400)
    assert all({"must", "demanded", "undeclared"} <= set(value) for value in values)
    assert not any("flag" in value for value in values)
    assert 0.2 < sum("may" in value for value in values) / 400 < 0.4


def test_unbounded_numbers_are_small_and_short():
    assert all(1 <= value <= 101 for value in drawn({"type": "integer"}))
    for value in drawn({"type": "number"}):
        assert 0 < value <= 101
        assert round(value, 2) == value
    for value in drawn({"type": "number", "minimum": 1e-7, "maximum": 2e-7}):
        assert 1e-7 <= value <= 2e-7
    assert all(round(v * 100) == pytest.approx(v * 100) for v in drawn({"multipleOf": 0.01}))


def test_numbers_are_whole_unless_something_speaks_for_a_fraction():
    wide = {"type": "number", "minimum": 1, "maximum": 1000}
    for schema in ({"type": "number"}, wide, {"type": "number", "minimum": 0}):
        assert all(type(value) is int for value in drawn(schema, name="limit"))
    for schema, name in (
        ({"type": "number", "minimum": 0, "maximum": 1}, "limit"),
        ({"type": "number", "minimum": 0.5}, "limit"),
        ({"type": "number"}, "unit_price"),
        (wide, "maxPrice"),
        ({"type": "number", "multipleOf": 0.5}, "limit"),
    ):
        assert any(value != int(value) for value in drawn(schema, name=name)), (schema, name)


@pytest.mark.parametrize(
    ("name", "kind", "low", "high"),
    [
        ("month", "integer", 1, 12),
        ("birthMonth", "number", 1, 12),
        ("start_hour", "integer", 0, 23),
        ("latitude", "number", -90, 90),
        ("confidence", "number", 0, 1),
    ],
)
def test_numbers_fit_what_they_are_called(name, kind, low, high):
    assert all(low <= value <= high for value in drawn({"type": kind}, name=name))
    bounded = {"type": kind, "minimum": 200, "maximum": 300}
    assert all(200 <= value <= 300 for value in drawn(bounded, name=name))


def test_values_of_the_starter_pool_stay_as_they_are():
    """Runs that were begun before go on: nothing about their tools may be drawn otherwise."""
    digest = hashlib.blake2b(digest_size=8)
    for tool in STARTER:
        for seed in range(20):
            for schema in (tool.parameters, tool.returns):
                digest.update(json.dumps(draw(schema, random.Random(seed))).encode())
    assert digest.hexdigest() == "362b36c60b04102b"


def test_a_default_without_bounds_is_every_other_value():
    for default, low, high in ((10, 5, 20), (200, 100, 400), (0, 0, 9), (-4, -8, -2)):
        values = drawn({"type": "integer", "default": default}, 400)
        assert low <= min(values) <= max(values) <= high
        assert 120 < values.count(default) < 300
    assert all(v % 10 == 0 for v in drawn({"type": "integer", "default": 200}))
    shares = drawn({"type": "number", "default": 0.7})
    assert len(set(shares)) > 3
    assert all(0 <= v <= 1 and v == round(v, 1) for v in shares)
    assert set(drawn({"type": "integer", "default": 7, "maximum": 9})) == {7}


def test_null_is_not_drawn_where_there_is_a_choice():
    assert set(drawn({"enum": ["a", None]})) == {"a"}
    assert set(drawn({"enum": [None]})) == {None}


def test_arrays_keep_their_bounds():
    tags = {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "maxItems": 9}
    assert {len(value) for value in drawn(tags)} == {2, 3, 4}
    unique = {**tags, "uniqueItems": True, "maxItems": 3}
    assert all(len(set(value)) == len(value) for value in drawn(unique))
    assert drawn({"type": "array", "items": {}, "maxItems": 0}, 3) == [[], [], []]
    pair = {"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": False}
    assert all(value == [1, 2][: len(value)] for value in drawn(pair))
    assert {tuple(value) for value in drawn({**pair, "minItems": 2})} == {(1, 2)}


def test_nested_lists_of_the_same_are_whole():
    same = {"type": "integer", "minimum": 7, "maximum": 7}
    schema = {"type": "array", "items": same, "minItems": 2, "maxItems": 4}
    for least in (3, 2):
        schema = {"type": "array", "items": schema, "minItems": least, "maxItems": least + 2}
    for seed in range(200):
        assert check_value(schema, draw(schema, random.Random(seed))) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_id", r"ord_\d{4,5}$"),
        ("userId", r"user?_?\d*"),
        ("email", "@"),
        ("pickup_city", "[A-Z]"),
        ("profile_name", "^(?!.*\\.(txt|csv|py|json|pdf)$)"),
        ("fileName", r"\.\w+$"),
        ("file_uids", r"fil_\d+$"),
        ("home_addresses", r"^\d+ [A-Z]"),
        ("startDate", r"^\d{4}-\d\d-\d\d$"),
        ("date_format", r"^[a-z]+$"),
    ],
)
def test_strings_fit_what_they_are_called(name, expected):
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    assert all(re.search(expected, value[name]) for value in drawn(schema))
    assert all(re.search(expected, value) for value in drawn({"type": "string"}, name=name))


def test_strings_that_must_be_long_are_sentences():
    for text in drawn({"type": "string", "minLength": 8, "maxLength": 600}, name="reply"):
        assert re.fullmatch(r"[A-Z][a-z ]+\.", text)
        assert 8 <= len(text) <= 68
    assert {len(text) for text in drawn({"minLength": 9, "maxLength": 9})} == {9}


def test_wrong_advice_of_the_author_is_not_followed():
    assert all(isinstance(v, str) for v in drawn({"type": "string", "default": 1000}))
    assert all(v <= 5 for v in drawn({"type": "integer", "maximum": 5, "examples": [9]}))
    default = {
        "properties": {"default": {"type": "integer", "default": "x"}},
        "required": ["default"],
    }
    assert all(isinstance(v["default"], int) for v in drawn({"type": "object", **default}))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "not": {"enum": ["amber"]}},
        {"type": "integer", "not": {"multipleOf": 2}},
        {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 1}]},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "minProperties": 2},
        {"type": "string", "minLength": 40, "maxLength": 42},
        {"type": "string", "maxLength": 1},
        {"type": "string", "pattern": "^[a-z]+$", "minLength": 9, "maxLength": 10},
        {"properties": {"a": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["a"]},
    ],
)
def test_harder_schemas_are_met(schema):
    for value in drawn(schema, 20):
        assert check_value(schema, value) == ()


def test_what_cannot_be_met_ends_with_some_value():
    endless = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
    wide = {"$defs": {"n": {"type": "array", "minItems": 3, "items": {"$ref": "#/$defs/n"}}}}
    assert check_value(endless, draw(endless, random.Random(0)))
    assert draw({**wide, "$ref": "#/$defs/n"}, random.Random(0)) is not None
    assert draw({"type": "string", "pattern": "(?=a)b"}, random.Random(0))
    assert draw({"type": "integer", "minimum": 5, "maximum": 1}, random.Random(0)) is not None
    assert draw({"not": {}}, random.Random(0)) is not None


@settings(deadline=None)
@given(patterns, st.integers(0, 50))
def test_patterns_are_met_unless_they_look_around(pattern, seed):
    schema = {"type": "string", "pattern": pattern}
    assert (check_value(schema, draw(schema, random.Random(seed))) == ()) is ("(?=" not in pattern)
