import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.calls.ask import Unreadable
from toolace_mt.enrich.learn import schema_of
from toolace_mt.enrich.returns import real_values, returns_question
from toolace_mt.enrich.trial import objection
from toolace_mt.enrich.usage import usage_question
from toolace_mt.enrich.values import lacking, values_question
from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.drawable import undrawable
from toolace_mt.schemas.narrow import decodable
from toolace_mt.trajectory import Tool, UsageExample

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=8,
)
TEXT = {"type": "string"}
FIND = Tool(
    "find_trails",
    "Finds hiking trails near a town.",
    {"type": "object", "properties": {"town": TEXT, "most": {"type": "integer"}},
     "required": ["town"]},
    {"type": "object", "properties": {"trail": {**TEXT, "examples": ["Pine Loop"]}},
     "required": ["trail"]},
)  # fmt: skip


def field(name, kind="string", *examples):
    told = {"examples": list(examples)} if examples else {}
    return {"name": name, "type": kind, "description": "What it is", **told}


def test_fields_become_a_schema_that_can_be_drawn():
    question = returns_question(FIND)
    fields = [field("trail_name", "string", "Pine Loop", "Oak Way", "Elm Path", "Oak Way"),
              field("length_km", "number", 2.5, 3, 4), field("is_open", "boolean"),
              field("dull", "integer", 1, 1, 1)]  # fmt: skip
    schema = question.parse({"many": False, "fields": fields})
    assert list(schema["properties"]) == ["trail_name", "length_km", "is_open"]
    assert schema["properties"]["trail_name"]["examples"] == ["Pine Loop", "Oak Way", "Elm Path"]
    assert question.parse({"many": False, "fields": [*fields, field("success", "boolean")]})[
        "properties"
    ]["success"]["const"]
    listed = question.parse({"many": True, "fields": fields})
    assert listed["properties"]["results"]["items"] == schema
    assert undrawable(listed) is None


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [field("a_b", "boolean")],
        [field("a_b", "string", "x", "y", "z"), field("a_b", "boolean")],
        [field("a_b", "string", "{x}", "<y>", "...", "k")],
        [{"name": "a_b"}],
    ],
)
def test_fields_without_use_are_refused(fields):
    with pytest.raises(Unreadable):
        returns_question(FIND).parse({"many": False, "fields": fields})


def test_values_are_asked_for_texts_that_have_no_advice():
    schema = {"properties": {
        "town": TEXT, "day": {**TEXT, "format": "date"}, "kind": {**TEXT, "enum": ["a"]},
        "stops": {"type": "array", "items": {"properties": {"name": TEXT}}},
        "count": {"type": "integer"}, "code": {**TEXT, "maxLength": 2},
    }}  # fmt: skip
    assert lacking(schema) == ["town", "stops[].name", "code"]
    question = values_question("find", schema)
    answer = {"town": ["Oslo", "Oslo ", "Rome", "Bern", "town", "string"],
              "stops[].name": ["ann", "bo", "cy"], "code": ["AB", "ABC", "CDE"]}  # fmt: skip
    made = question.parse(answer)["properties"]
    assert made["town"]["examples"] == ["Oslo", "Rome", "Bern"]
    assert made["stops"]["items"]["properties"]["name"]["examples"] == ["ann", "bo", "cy"]
    assert "examples" not in made["code"]
    assert made["count"] is schema["properties"]["count"]


def test_exchanges_hold_their_slots_and_please_the_rules():
    asked = usage_question(FIND, random.Random(0), lambda each: objection(FIND, each))
    first = asked.example["first"]
    assert first["user"].count("{town}") == 1
    assert first["reply"].count("{outputs.trail}") == 1
    said = {"user": "Where can I hike near {town}?", "reply": "Try {outputs.trail}, it is nice."}
    second = {"user": "I want {most} trails around {town}.", "reply": said["reply"]}
    assert asked.parse({"first": said, "second": second}) == [said, second]
    for broken in (
        {**said, "user": "Where can I hike?"},
        {**said, "user": "Where is {town} or {city}?"},
        {**said, "reply": "{outputs.trail}"},
        {**said, "user": "Can you help me with this {town}?"},
        {**said, "user": "Where can I hike? The trail is {town}."},
    ):
        with pytest.raises(Unreadable):
            asked.parse({"first": broken, "second": second})


def test_the_rules_object_to_an_exchange():
    promise = UsageExample("Hike near {town}?", "Lorem ipsum: {outputs.trail}.")
    assert "leftover" in (objection(FIND, promise) or "")
    assert objection(FIND, UsageExample("Hikes near {town}?", "Try {outputs.trail}.")) is None


@given(st.lists(JSON, min_size=1, max_size=4))
def test_a_learned_schema_fits_what_it_was_learned_from(values):
    schema = schema_of(values)
    assert all(not check_value(schema, value) for value in values)
    assert decodable(schema) is not None


def test_examples_are_real_values():
    assert real_values("path", ["path1", "notes.md", "notes.md", ", ", "/srv/a b", "path"]) == [
        "notes.md", "/srv/a b"]  # fmt: skip
    assert real_values("file", ["a1.txt", "a2.txt", "an example", "12", "13", "{x}", 4]) == [
        "a1.txt", "12", "13"]  # fmt: skip
