import copy
import json

import pytest
from hypothesis import given
from json_schemas import schemas

from toolace_mt.schemas.normalise import MAX_DEPTH, normalise_schema, parameters_schema


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "dict"}, {"type": "object"}),
        ({"type": "float"}, {"type": "number"}),
        ({"type": "any"}, {}),
        ({"type": "tuple"}, {"type": "array"}),
        ({"type": "str, optional"}, {"type": "string"}),
        ({"type": "List[int]"}, {"type": "array", "items": {"type": "integer"}}),
        ({"type": "typing.Optional[str]"}, {"type": "string"}),
        ({"type": "int | None"}, {"type": ["integer", "null"]}),
        ({"type": "Dict[str, Any]"}, {"type": "object"}),
        ({"type": ["str", "null"]}, {"type": ["string", "null"]}),
        ({"type": "SomeClass"}, {}),
        ({"properties": {}}, {"type": "object", "properties": {}}),
        ({"items": {"type": "int"}}, {"type": "array", "items": {"type": "integer"}}),
        ({"enum": ["a"]}, {"enum": ["a"]}),
        (
            {"type": "list", "items": {"type": "str"}, "enum": ["a", "b"]},
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        ),
        ({"type": "array", "enum": [["a"], []]}, {"type": "array", "enum": [["a"], []]}),
        (
            {"minimum": 1, "exclusiveMinimum": True, "maximum": 5, "exclusiveMaximum": False},
            {"exclusiveMinimum": 1, "maximum": 5},
        ),
        (
            {"type": "array", "items": [{"type": "int"}], "additionalItems": False},
            {"type": "array", "prefixItems": [{"type": "integer"}], "items": False},
        ),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"},
            {"type": "string"},
        ),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"enum": ["a"], "nullable": True}, {"enum": ["a", None]}),
        (
            {"$ref": "#/$defs/a", "nullable": True},
            {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]},
        ),
        (
            {"type": "string", "enum": None, "const": None, "default": None},
            {"type": "string", "default": None},
        ),
        ({"const": None}, {"const": None}),
        (
            {"properties": {"a": {"type": "STRING"}, "b": None}, "required": None},
            {"type": "object", "properties": {"a": {"type": "string"}}},
        ),
        (True, True),
        ("not a schema", "not a schema"),
    ],
)
def test_dialects_become_one(given, expected):
    assert normalise_schema(given) == expected


def test_required_inside_a_property_moves_to_the_object():
    schema = {"properties": {"a": {"type": "str", "required": True}, "b": {"required": False}}}
    assert normalise_schema(schema) == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {}},
        "required": ["a"],
    }


def test_properties_called_like_keywords_survive():
    names = ("$schema", "type", "items", "id", "required", "default", "optional", "properties")
    schema = {"type": "object", "properties": {name: {"type": "str"} for name in names}}
    assert set(normalise_schema(schema)["properties"]) == set(names)


@given(schemas)
def test_normal_schemas_stay_as_they_are(schema):
    before = copy.deepcopy(schema)
    assert normalise_schema(schema) == schema == before


def test_cyclic_references_survive_and_nesting_ends():
    tree = {"$defs": {"t": {"properties": {"sub": {"$ref": "#/$defs/t"}}}}, "$ref": "#/$defs/t"}
    normal = normalise_schema(tree)
    assert normal["$defs"]["t"]["properties"]["sub"] == {"$ref": "#/$defs/t"}
    deep: dict = {"type": "str"}
    for _ in range(900):
        deep = {"type": "list", "items": deep}
    assert json.dumps(normalise_schema(deep)).count("items") <= MAX_DEPTH + 1
    held = normalise_schema({"type": "List[" * 500 + "int" + "]" * 500})
    assert held["type"] == "array"
    assert json.dumps(held).count("items") <= MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {"type": "object", "properties": {}}),
        ({}, {"type": "object", "properties": {}}),
        (
            {
                "city": {"type": "str"},
                "days": {"type": "int, optional"},
                "n": {"type": "int", "default": 3},
            },
            {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer"},
                    "n": {"type": "integer", "default": 3},
                },
                "required": ["city"],
            },
        ),
        ({"type": "object"}, {"type": "object"}),
        ({"properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}}),
        (
            {"type": {"type": "str"}},
            {"type": "object", "properties": {"type": {"type": "string"}}, "required": ["type"]},
        ),
        ([1], [1]),
    ],
)
def test_parameters_in_any_shape(given, expected):
    assert parameters_schema(given) == expected
