import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schemas import object_schemas, values

from toolace_mt.tools.definitions import BuiltIn, builtin_types, parse_tool, read_tools
from toolace_mt.tools.dialects import Malformed, slips
from toolace_mt.trajectory import Tool

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}


def padded(value):
    """Return what Arrow makes of a definition beside others: absent keys are null."""
    if isinstance(value, dict):
        inner = {key: padded(item) for key, item in value.items()}
        return {**inner, "enum": None, "$defs": None, "additionalProperties": None, "other": None}
    return value


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "function", "function": {"name": "find", "parameters": SCHEMA}},
        {"type": "function", "name": "find", "parameters": SCHEMA, "strict": True},
        {"name": "find", "input_schema": SCHEMA},
        {"name": "find", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
        {"name": "find", "parameters": json.dumps(SCHEMA)},
        {"name": "find", "parameters": {"q": {"type": "str"}}},
        {
            "name": "find",
            "parameters": {
                "type": "OBJECT",
                "properties": {"q": {"type": "STRING"}},
                "required": ["q"],
            },
        },
        {"toolSpec": {"name": "find", "inputSchema": {"json": SCHEMA}}},
        {"type": "custom", "name": "find", "input_schema": SCHEMA},
        {"name": "find", "parameters": padded(SCHEMA)},
        {"type": "function", "function": padded({"name": "find", "parameters": SCHEMA})},
    ],
)
def test_strict_and_lenient_read_the_same(definition):
    strict = parse_tool(definition)
    (lenient,), wrong = read_tools([definition])
    assert wrong == []
    assert strict.parameters == lenient.parameters == SCHEMA
    assert strict.name == lenient.name == "find"


def test_a_tool_with_free_text_for_its_input_gets_one_argument():
    definition = {"type": "custom", "custom": {"name": "run", "description": "Runs code."}}
    (lenient,), wrong = read_tools([definition])
    assert wrong == []
    assert lenient.parameters == parse_tool(definition).parameters
    assert lenient.parameters["required"] == ["input"]
    assert lenient.description == "Runs code."


def test_a_pool_renames_what_apis_do_not_take_and_a_row_does_not():
    definition = {"name": "calendar.respondToEvent", "inputSchema": SCHEMA}
    tool = parse_tool(definition)
    assert (tool.name, tool.original) == ("calendar_respondToEvent", "calendar.respondToEvent")
    assert read_tools([definition])[0][0].name == "calendar.respondToEvent"


def test_a_pool_file_gives_back_the_names_it_was_written_with():
    tool = parse_tool({"name": "a_b", "original": "a.b", "server": "s", "source": "mcp:s"})
    assert (tool.name, tool.original, tool.server, tool.source) == ("a_b", "a.b", "s", "mcp:s")
    assert parse_tool({"name": "a", "original": "a"}).original == ""


def test_built_in_tools_are_named_by_their_type_and_left_out():
    given = [{"type": "web_search_preview"}, {"name": "find"}, {"type": "code_interpreter"}]
    assert parse_tool(given[0]) == BuiltIn("web_search_preview")
    assert [tool.name for tool in read_tools(given)[0]] == ["find"]
    assert builtin_types(given) == ["web_search_preview", "code_interpreter"]


@pytest.mark.parametrize(
    "returns",
    [{"type": "array", "items": {"type": "string"}}, {"type": "integer"}, {"anyOf": [SCHEMA, {}]}],
)
def test_outputs_may_be_anything(returns):
    tool = parse_tool({"name": "find", "outputSchema": returns})
    assert tool.returns == returns


def test_usage_may_speak_of_items_of_an_array():
    usage = [{"user": "Find {q}.", "reply": "The first is {outputs.[0].id}."}]
    items = {"type": "object", "properties": {"id": {"type": "string"}}}
    returns = {"type": "array", "items": items}
    made = {"name": "find", "parameters": SCHEMA, "returns": returns, "usage": usage}
    assert parse_tool(made).usage[0].reply == "The first is {outputs.[0].id}."
    with pytest.raises(Malformed, match="resolves to no argument"):
        parse_tool({**made, "usage": [{"user": "Find {q}.", "reply": "{outputs.[0].price}"}]})


def test_slips_are_told_and_other_keys_are_not():
    assert slips({"paramters": 1, "desciption": 1}) == [
        "desciption: unknown key; is it `description`?",
        "paramters: unknown key; is it `parameters`?",
    ]
    assert slips({"x-name": 1, "vendor": 1, "names": 1, "category": 1, "inputSchema": 1}) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(values | st.fixed_dictionaries(
    {"name": st.text(max_size=3)},
    optional={"parameters": values | object_schemas, "function": values, "type": st.text()},
), max_size=4))  # fmt: skip
def test_rows_of_anything_are_read_or_told(definitions):
    tools, wrong = read_tools(definitions)
    assert all(isinstance(tool, Tool) and tool.name for tool in tools)
    assert all(isinstance(text, str) and text for text in wrong)
