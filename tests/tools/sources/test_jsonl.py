import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schemas import object_schemas, values

from toolace_mt.errors import InputError
from toolace_mt.tools.gather import Gathered, gather
from toolace_mt.tools.sources.jsonl import read_lines
from toolace_mt.trajectory import UsageExample

PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "address": {"properties": {"zip": {"type": "string"}}},
    },
    "required": ["city"],
}
RETURNS = {
    "type": "object",
    "properties": {
        "hits": {"type": "array", "items": {"properties": {"price": {"type": "number"}}}}
    },
}
GOOD = {"name": "find_hotels", "description": "Finds hotels.", "parameters": PARAMETERS}


def read(*definitions):
    """Read definitions, given as values or as raw lines."""
    lines = [d if isinstance(d, bytes) else json.dumps(d).encode() for d in definitions]
    return gathered(lines)


def gathered(lines, where="tools.jsonl"):
    found = Gathered()
    for each in read_lines(lines, where):
        found.read(each.where, each.definition)
    return found.tools, found.problems


def test_our_own_shape():
    usage = [
        {"user": "Hotels in {city}, {address.zip}?", "reply": "{outputs.hits[0].price} in {city}"}
    ]
    own = {**GOOD, "returns": RETURNS, "domain": "travel", "license": "MIT", "usage": usage}
    (tool,), problems = read(own)
    assert not problems
    assert (tool.name, tool.description, tool.domain, tool.license) == (
        *("find_hotels", "Finds hotels.", "travel", "MIT"),
    )
    assert tool.parameters["required"] == ["city"]
    assert tool.returns is not None
    assert tool.returns["properties"]["hits"]["items"]["type"] == "object"
    assert tool.usage == (UsageExample(usage[0]["user"], usage[0]["reply"]),)


def test_quotes_of_examples_become_single_ones():
    (tool,), problems = read({**GOOD, "usage": [{"user": 'In "{city}"?', "reply": 'A "yes".'}]})
    assert not problems
    assert tool.usage == (UsageExample("In '{city}'?", "A 'yes'."),)


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "function", "function": GOOD},
        {"type": "function", **GOOD},
        {"name": "find_hotels", "description": "Finds hotels.", "inputSchema": PARAMETERS},
        {"name": "find_hotels", "description": " Finds hotels.\n", "input_schema": PARAMETERS},
        {
            **GOOD,
            "parameters": {
                **PARAMETERS,
                "type": "dict",
                "$schema": "http://json-schema.org/draft-07/schema#",
            },
        },
    ],
)
def test_other_shapes_of_the_same_tool(definition):
    assert read(definition) == read(GOOD)
    assert read(definition)[0][0].domain == "general"


def test_domain_and_outputs_as_mcp_has_them():
    (tool,), _ = read({**GOOD, "server": "Hotels", "outputSchema": RETURNS})
    assert tool.domain == "Hotels"
    assert tool.returns is not None
    (tool,), _ = read({**GOOD, "server": "Hotels", "category": "Travel"})
    assert tool.domain == "Travel"


@pytest.mark.parametrize(
    "parameters", [None, {}, {"type": "object"}, {"properties": {}}, {"type": ["object", "null"]}]
)
def test_tools_without_parameters(parameters):
    (tool,), problems = read({"name": "ping", "parameters": parameters})
    assert not problems
    assert tool.parameters["type"] == "object"


def test_a_reference_at_the_top_is_written_out():
    schema = {"$ref": "#/$defs/args", "$defs": {"args": PARAMETERS}}
    (tool,), _ = read({**GOOD, "parameters": schema})
    assert tool.parameters["properties"]["city"] == {"type": "string"}
    assert tool.parameters["type"] == "object"


def nested(depth):
    return {"items": nested(depth - 1)} if depth else {"type": "string"}


BROKEN = [
    (b"{", "not JSON"),
    (b'{"name": "a"} trailing', "not JSON"),
    (b'{"name": "caf\xe9"}', "not UTF-8 at byte 13"),
    (b'{"name": "a", "x": NaN}', "number that JSON cannot carry"),
    (b'{"name": "a", "x": 1e999}', "number that JSON cannot carry"),
    (b'{"name": "a", "x": ' + b"9" * 5000 + b"}", "number that JSON cannot carry"),
    (b'{"name": "a", "description": "\\ud800"}', "surrogate"),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply"),
    (b'"' + b"x" * (1 << 20) + b'"', "at most 1048576"),
    ([], "holds no tool definition"),
    ({"tools": []}, "holds no tool definition"),
    ("text", "expected a tool definition, got str"),
    (None, "expected a tool definition, got NoneType"),
    ({}, "name: expected text, got NoneType"),
    ({"name": " "}, "name: expected text, got ' '"),
    ({"name": 5}, "name: expected text, got int"),
    ({"type": "function", "function": {"description": "x"}}, "name: expected text"),
    ({"type": "web_search"}, "built-in tool of type 'web_search'"),
    ({"googleSearch": {}}, "built-in tool of type 'googleSearch'"),
    ({**GOOD, "description": 5}, "description: expected a text"),
    ({**GOOD, "domain": ["travel"]}, "domain: expected a text"),
    ({**GOOD, "parameters": []}, "parameters: expected a JSON Schema object, got list"),
    ({**GOOD, "parameters": "any"}, "parameters: expected a JSON Schema object, got str"),
    ({**GOOD, "inputSchema": [], "parameters": None}, "inputSchema: expected a JSON Schema"),
    ({**GOOD, "parameters": {"type": "string"}}, "type object, got 'string'"),
    ({**GOOD, "parameters": {"type": 5}}, "type object, got 5"),
    ({**GOOD, "parameters": {"type": "object", "properties": []}}, "usable JSON Schema"),
    ({**GOOD, "parameters": {"properties": {"a": {"type": 5}}}}, "usable JSON Schema"),
    ({**GOOD, "parameters": {"properties": {"a": {"pattern": "("}}}}, "usable JSON Schema"),
    ({**GOOD, "parameters": {"properties": {"a": {"minimum": "0"}}}}, "usable JSON Schema"),
    ({**GOOD, "parameters": {"properties": {"a": {"$ref": "#/$defs/b"}}}}, "usable JSON Schema"),
    (
        {**GOOD, "parameters": {"properties": {"a": {"$ref": "https://x.example/y"}}}},
        "usable JSON Schema",
    ),
    ({**GOOD, "parameters": {"$ref": "#"}}, "leads to no schema"),
    (
        {
            **GOOD,
            "parameters": {
                "properties": {"a": {"$ref": "#/$defs/a"}},
                "$defs": {"a": {"$ref": "#/$defs/a"}},
            },
        },
        "leads to no schema",
    ),
    ({**GOOD, "parameters": {"properties": {"a": nested(80)}}}, "nested deeper than"),
    ({**GOOD, "parameters": {"type": "object", "required": "city"}}, "usable JSON Schema"),
    ({**GOOD, "returns": 5}, "returns: expected a JSON Schema, got int"),
    ({**GOOD, "returns": {"type": 5}}, "returns: not a usable JSON Schema"),
    (
        {
            **GOOD,
            "parameters": {
                "properties": {"n": {"type": "integer", "enum": ["1"]}},
                "required": ["n"],
            },
        },
        'parameters.n: no value fits: expected integer, got "1"; make `type` that of the values',
    ),
    (
        {**GOOD, "returns": {"type": "string", "pattern": "(?=a)b"}},
        "returns: no value fits",
    ),
    ({**GOOD, "usage": "Hotels?"}, "usage: expected a list"),
    ({**GOOD, "usage": [{"user": "Hotels?"}]}, "usage[0]: expected texts"),
    ({**GOOD, "usage": ["Hotels?"]}, "usage[0]: expected texts"),
    ({**GOOD, "usage": [{"user": "In {town}?", "reply": "Yes."}]}, "{town} resolves to no"),
    ({**GOOD, "usage": [{"user": "In {city?", "reply": "Yes."}]}, "brace"),
    ({**GOOD, "usage": [{"user": "In {}?", "reply": "Yes."}]}, "{} resolves to no"),
    (
        {**GOOD, "usage": [{"user": "In {city}?", "reply": "{outputs.hits[0].price}"}]},
        "resolves to no",
    ),
    (
        {**GOOD, "returns": RETURNS, "usage": [{"user": "In {outputs.hits}?", "reply": "Yes."}]},
        "resolves to no",
    ),
    (
        {**GOOD, "returns": RETURNS, "usage": [{"user": "Hi", "reply": "{outputs.cost}"}]},
        "resolves to no",
    ),
]


@pytest.mark.parametrize(("definition", "said"), BROKEN, ids=[str(i) for i in range(len(BROKEN))])
def test_a_broken_definition_is_left_out_and_said_why(definition, said):
    tools, (problem,) = read({"name": "ping"}, definition, {"name": "pong"})
    assert [tool.name for tool in tools] == ["ping", "pong"]
    assert problem.where == "tools.jsonl:2"
    assert said in problem.reason
    assert "\n" not in str(problem)
    assert len(problem.reason) <= 400


def test_a_hundred_broken_among_good_ones():
    good = [{"name": f"tool_{index}"} for index in range(50)]
    broken = [definition for definition, _ in (BROKEN * 3)[:100]]
    tools, problems = read(
        *(d for pair in zip(good, broken[:50], strict=True) for d in pair), *broken[50:]
    )
    assert len(tools) == 50
    assert len(problems) == 100


def test_repeats_are_dropped_and_clashes_are_told():
    reordered = dict(reversed(GOOD.items()))
    other = {**GOOD, "description": "Another tool."}
    (tool,), (problem,) = read(GOOD, b"", b"  \n", GOOD, reordered, other)
    assert tool.description == "Finds hotels."
    assert problem.where == "tools.jsonl:6"
    assert "'find_hotels' is taken by another definition, in tools.jsonl:1" in problem.reason


def test_files(tmp_path):
    path = tmp_path / "tools.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n{oops\r\n")
    found = gather([str(path)])
    assert [tool.name for tool in found.tools] == ["find_hotels"]
    assert [str(problem).split(": ")[0] for problem in found.problems] == [f"{path}:3"]
    for wrong in (tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(InputError, match=str(wrong)):
            gather([str(wrong)])


MCP = {"name": "find_hotels", "description": "Finds hotels.", "inputSchema": PARAMETERS}
GEMINI = {
    "functionDeclarations": [
        {
            "name": "find_hotels",
            "description": "Finds hotels.",
            "parameters": {
                "type": "OBJECT",
                "properties": {
                    "city": {"type": "STRING"},
                    "address": {"type": "OBJECT", "properties": {"zip": {"type": "STRING"}}},
                },
                "required": ["city"],
            },
        }
    ]
}


@pytest.mark.parametrize(
    "whole",
    [
        [GOOD],
        {"tools": [MCP], "nextCursor": None},
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": [MCP]}},
        [GEMINI],
        GEMINI,
        {"messages": [], "tools": json.dumps([GOOD])},
        {"question": [], "function": [GOOD]},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_that_is_one_value_is_read_as_what_it_is(tmp_path, whole, indent):
    if isinstance(whole, dict) and isinstance(whole.get("tools"), str):
        whole = {**whole, "tools": json.loads(whole["tools"])}
    path = tmp_path / "tools.json"
    path.write_text(json.dumps(whole, indent=indent))
    found = gather([str(path)])
    assert found.problems == []
    assert found.tools == read(GOOD)[0]


def test_a_list_of_servers_is_not_started_by_surprise(tmp_path):
    path = tmp_path / "servers.json"
    path.write_text(json.dumps({"mcpServers": {"a": {"command": "touch", "args": ["x"]}}}))
    with pytest.raises(InputError, match=f"name it as mcp:{path}"):
        gather([str(path)])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60)
        | values.map(lambda value: json.dumps(value).encode())
        | st.fixed_dictionaries(
            {"name": st.sampled_from("ab")},
            optional={
                "parameters": values | object_schemas,
                "returns": values | object_schemas,
                "usage": values,
                "function": values,
                "description": values,
            },
        ).map(lambda value: json.dumps(value).encode()),
        max_size=5,
    )
)
def test_anything_at_all_is_read_or_told(lines):
    tools, problems = gathered(lines, "fuzz")
    assert len({tool.name for tool in tools}) == len(tools)
    for problem in problems:
        assert lines[int(problem.where.split(":")[1]) - 1].strip()
