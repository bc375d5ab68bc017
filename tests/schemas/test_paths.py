import json

import pytest
from hypothesis import given
from json_schemas import values

from toolace_mt.schemas.paths import MAX_DEPTH, deeper_than, get, join, leaves, resolve, schema_at

FLIGHTS = {
    "type": "object",
    "properties": {
        "flights": {"type": "array", "items": {"$ref": "#/$defs/flight"}},
        "pair": {"prefixItems": [{"type": "null"}, {"type": "boolean"}], "items": False},
        "choice": {"anyOf": [{"type": "string"}, {"properties": {"deep": {"type": "integer"}}}]},
        "odd key": {"type": "number"},
    },
    "additionalProperties": False,
    "$defs": {
        "flight": {
            "properties": {"id": {"type": "string"}, "next": {"$ref": "#/$defs/flight"}},
            "additionalProperties": {"type": "integer"},
        },
        "loop": {"$ref": "#/$defs/loop"},
    },
}


@given(values)
def test_every_leaf_is_found_again_at_its_path(value):
    found = list(leaves(value))
    assert len({path for path, _ in found}) == len(found)
    for path, leaf in found:
        assert get(value, path) is leaf
        assert not isinstance(leaf, dict | list)


@given(values)
def test_leaves_are_all_the_scalars_there_are(value):
    text = json.dumps([leaf for _, leaf in leaves(value)])
    scalars = []

    def walk(here):
        if isinstance(here, dict | list):
            for inner in here.values() if isinstance(here, dict) else here:
                walk(inner)
        else:
            scalars.append(here)

    walk(value)
    assert text == json.dumps(scalars)


def test_paths_read_as_people_write_them():
    value = {"flights": [{"price": 5}], "a": {"b": [[1]]}, "odd.key": 2, "": 3}
    assert dict(leaves(value)) == {
        "flights[0].price": 5,
        "a.b[0][0]": 1,
        '["odd.key"]': 2,
        '[""]': 3,
    }
    assert list(leaves("x")) == [("", "x")]
    assert get(value, "flights[0]") == {"price": 5}
    assert get(value, "") is value
    assert join("a", "b[0]") == "a.b[0]"
    assert join("a", "[0]") == "a[0]"


@pytest.mark.parametrize(
    "path", ["nope", "flights[1]", "flights.price", "a.b.c", "a[0]", ".a", "a..b", "a[", "a b"]
)
def test_a_path_to_nothing_is_a_key_error(path):
    with pytest.raises(KeyError):
        get({"flights": [{"price": 5}], "a": {"b": [[1]]}}, path)


def test_absurd_nesting_ends():
    deep, cyclic = 1, {}
    for _ in range(5000):
        deep = [deep]
    cyclic["self"] = cyclic
    assert list(leaves(deep)) == []
    assert list(leaves(cyclic)) == []
    shallow = 1
    for _ in range(MAX_DEPTH):
        shallow = [shallow]
    assert len(list(leaves(shallow))) == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("flights", "array"),
        ("flights[3].id", "string"),
        ("flights[0].next.next.id", "string"),
        ("flights[0].anything", "integer"),
        ("pair[1]", "boolean"),
        ("choice.deep", "integer"),
        ('["odd key"]', "number"),
    ],
)
def test_schema_at(path, kind):
    found = schema_at(FLIGHTS, path)
    assert found is not None
    assert found["type"] == kind


@pytest.mark.parametrize("path", ["nope", "pair[2]", "choice.other", "flights.id", "a..b"])
def test_schema_at_nothing(path):
    assert schema_at(FLIGHTS, path) is None


def test_schema_at_carries_definitions():
    found = schema_at(FLIGHTS, "flights[0]")
    assert found is not None
    assert resolve(found["properties"]["next"], found)["properties"]["id"] == {"type": "string"}


def test_circles_of_references_lead_nowhere():
    assert resolve({"$ref": "#/$defs/loop"}, FLIGHTS) is None
    assert resolve({"$ref": "https://elsewhere.example/x"}, FLIGHTS) is None
    twice = {"anyOf": [{"$ref": "#"}, {"$ref": "#"}], "properties": {"a": {"$ref": "#"}}}
    assert schema_at(twice, "nope") is None
    assert schema_at(twice, "a.a.a") is not None


def test_what_stands_beside_a_reference_wins():
    root = {"$defs": {"x": {"type": "string", "title": "theirs"}}}
    assert resolve({"$ref": "#/$defs/x", "title": "ours"}, root) == {
        "type": "string",
        "title": "ours",
    }


def test_depth_counts_containers():
    assert not deeper_than(0, "x")
    assert not deeper_than(0, {})
    assert deeper_than(0, [1])
    assert not deeper_than(2, {"a": [1], "b": 2})
    assert deeper_than(2, {"a": [[1]], "b": 2})
