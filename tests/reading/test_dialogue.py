import json

import pytest
from export_examples import dialogue
from hypothesis import given, settings
from hypothesis import strategies as st
from work import calls_in

from toolace_mt.dataset.messages import to_row
from toolace_mt.reading.dialogue import Dialogue, Unread, read_dialogue
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

TOOL = {"name": "add", "description": "Add.", "parameters": {"type": "object", "properties": {}}}
CALL = {"name": "add", "arguments": {"a": 1}}


def read(messages, **more) -> Dialogue:
    result = read_dialogue({"messages": messages, "tools": [TOOL]} | more, "row 1")
    assert isinstance(result, Dialogue), result
    return result


def problems(row) -> list[tuple[str, int]]:
    result = read_dialogue(row, "row 1")
    assert isinstance(result, Unread), result
    return [(problem.text, problem.message) for problem in result.problems]


def exchange(call, *outputs, user="Add 1.", reply="2."):
    return [
        {"role": "user", "content": user},
        call,
        *outputs,
        {"role": "assistant", "content": reply},
    ]


OPENAI = {"id": "c", "type": "function", "function": CALL}
WANTED = (
    Turn("user", "Add 1."),
    Turn("assistant", calls=(ToolCall("c", "add", {"a": 1}),)),
    Turn("tool", outputs=(ToolOutput("c", {"sum": 2}),)),
    Turn("assistant", "2."),
)
OUTPUT = {"role": "tool", "tool_call_id": "c", "content": '{"sum": 2}'}


@pytest.mark.parametrize(
    "call",
    [
        {"role": "assistant", "content": "", "tool_calls": [OPENAI]},
        {"role": "assistant", "content": None, "tool_calls": [OPENAI], "function_call": None},
        {
            "role": "assistant",
            "tool_calls": [OPENAI | {"function": {**CALL, "arguments": '{"a": 1}'}}],
        },
        {"role": "assistant", "content": [], "tool_calls": [{"id": "c", **CALL}]},
        {"role": "assistant", "content": "", "tool_calls": json.dumps([OPENAI])},
        {"role": "assistant", "content": "", "tool_calls": [json.dumps(OPENAI)]},
        {"role": "tool_call", "content": json.dumps({"id": "c", **CALL})},
        {"from": "function_call", "value": json.dumps([{"id": "c", **CALL}])},
        {
            "role": "assistant",
            "content": f"<tool_call>\n{json.dumps({'id': 'c', **CALL})}\n</tool_call>",
        },
    ],
)
def test_spellings_of_a_call(call):
    assert read(exchange(call, OUTPUT)).trajectory.turns == WANTED


@pytest.mark.parametrize(
    "output",
    [
        OUTPUT,
        {"role": "tool", "content": {"sum": 2}},
        {"role": "tool", "content": [{"type": "text", "text": '{"sum": 2}'}]},
        {"role": "function", "name": "add", "content": '{"sum": 2}', "tool_call_id": None},
        {"from": "observation", "value": '{"sum": 2}'},
        {"role": "tool_response", "content": '<tool_response>\n{"sum": 2}\n</tool_response>'},
    ],
)
def test_spellings_of_an_output(output):
    call = {"role": "assistant", "content": "", "tool_calls": [OPENAI]}
    assert read(exchange(call, output)).trajectory.turns == WANTED


@pytest.mark.parametrize(
    "tools",
    [
        [TOOL],
        [{"type": "function", "function": TOOL}],
        [json.dumps(TOOL)],
        json.dumps([{"type": "function", "function": TOOL}]),
        [{"name": "add", "description": "Add.", "input_schema": TOOL["parameters"]}],
        [{"name": "add", "description": "Add.", "parameters": json.dumps(TOOL["parameters"])}],
        [{"name": "add", "description": "Add.", "parameters": None}],
    ],
)
def test_spellings_of_a_tool(tools):
    (tool,) = read([{"role": "user", "content": "hi"}], tools=tools).trajectory.tools
    assert (tool.name, tool.description) == ("add", "Add.")
    assert tool.parameters == {"type": "object", "properties": {}}


def test_python_type_names_become_json_types():
    parameters = {"type": "dict", "properties": {"n": {"type": "int"}, "x": {"type": "float"}}}
    tools = [{"name": "f", "parameters": parameters}]
    (tool,) = read([{"role": "user", "content": "hi"}], tools=tools).trajectory.tools
    assert tool.parameters["properties"] == {"n": {"type": "integer"}, "x": {"type": "number"}}


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [("<think>\nhm\n</think>\n\n", "", ""), ("So\n<tool_call>", "</tool_call>", "So")],
)
def test_calls_of_sharegpt_behind_reasoning_or_a_text(before, after, text):
    for calls in ([CALL], [CALL, CALL]):
        value = before + json.dumps(calls[0] if len(calls) == 1 else calls) + after
        said = [{"from": "human", "value": "hi"}, {"from": "function_call", "value": value}]
        result = read_dialogue({"conversations": said, "tools": json.dumps([TOOL])}, "row 1")
        assert isinstance(result, Dialogue), result
        turn = result.trajectory.turns[1]
        assert (turn.content, len(turn.calls)) == (text, len(calls))


def test_sharegpt_and_strings_of_messages():
    said = [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "Add 1."},
        {"from": "gpt", "value": "To what?"},
    ]
    turns = (Turn("user", "Add 1."), Turn("assistant", "To what?"))
    for value in (said, json.dumps(said), [json.dumps(message) for message in said]):
        result = read_dialogue({"conversations": value, "system": None})
        assert (result.trajectory.turns, result.trajectory.system) == (turns, "Be brief.")
        assert result.messages == (1, 2)
    result = read_dialogue({"conversations": said[1:], "system": "Be brief.", "id": 7})
    assert (result.trajectory.system, result.trajectory.id) == ("Be brief.", "7")


def test_parallel_calls_and_their_outputs_in_any_order():
    calls = [{"id": i, "function": CALL} for i in ("a", "b", "c")]
    call = {"role": "assistant", "content": "", "tool_calls": calls}

    def outputs(*pairs):
        messages = [{"role": "tool", "content": text, "tool_call_id": i} for i, text in pairs]
        turn = read(exchange(call, *messages)).trajectory.turns[2]
        return [(output.call_id, output.content) for output in turn.outputs]

    right = [("a", 1), ("b", 2), ("c", 3)]
    assert outputs(("c", "3"), ("a", "1"), ("b", "2")) == right
    assert outputs((None, "1"), (None, "2"), (None, "3")) == right
    assert outputs(("b", "2"), (None, "1"), (None, "3")) == right
    # What does not fit is left as it is, for the rules to see.
    assert outputs(("x", "3"), ("a", "1"), ("b", "2")) == [("x", 3), ("a", 1), ("b", 2)]
    assert outputs(("a", "1"), ("a", "2"), ("b", "2")) == [("a", 1), ("a", 2), ("b", 2)]
    assert outputs((None, "[1, 2, 3]")) == right
    assert outputs(("a", "[1, 2, 3]")) == [("a", [1, 2, 3])]
    read_ = read(exchange(call, *[{"role": "tool", "content": "1"}] * 3))
    assert read_.messages == (0, 1, 2, 5)


def test_several_call_messages_in_a_row_are_parallel():
    one, two = ({"role": "tool_call", "content": json.dumps({**CALL, "id": i})} for i in "ab")
    outs = [{"role": "tool_response", "content": text} for text in ("1", "2")]
    turns = read(exchange(one, two, *outs)).trajectory.turns
    assert [call.id for call in turns[1].calls] == ["a", "b"]
    assert [(o.call_id, o.content) for o in turns[2].outputs] == [("a", 1), ("b", 2)]


def test_tools_in_user_messages_are_added_from_there_on():
    result = read_dialogue(to_row(dialogue()), "d-0")
    assert result.trajectory.turns[6].adds == ("send_email",)
    assert result.trajectory.turns[6].content == "Mail it to ann@x.org."
    assert [tool.name for tool in result.trajectory.available(5)] == ["search_flights"]
    kept = "What does <tools> not JSON </tools> mean?"
    assert read([{"role": "user", "content": kept}]).trajectory.turns[0] == Turn("user", kept)


def test_tools_of_a_hermes_prompt_are_taken_where_the_row_has_none():
    prompt = f"Signatures within <tools> </tools> tags: <tools> {json.dumps([TOOL])} </tools>"
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": "hi"}]
    assert [t.name for t in read_dialogue({"messages": messages}).trajectory.tools] == ["add"]
    lines = prompt.replace("[{", "{").replace("}]", "}")
    messages[0] = {"role": "system", "content": lines}
    assert [t.name for t in read_dialogue({"messages": messages}).trajectory.tools] == ["add"]


def test_what_rules_should_see_is_carried_over():
    turns = read(
        [
            {"role": "assistant", "content": "a"},
            {"role": "assistant", "content": ""},
            {"role": "tool", "tool_call_id": "nobody's", "content": "not {json"},
        ]
    ).trajectory.turns
    assert turns == (
        Turn("assistant", "a"),
        Turn("assistant"),
        Turn("tool", outputs=(ToolOutput("nobody's", "not {json"),)),
    )


def test_an_object_that_reports_an_error_is_a_failed_call():
    call = {"role": "assistant", "content": "", "tool_calls": [OPENAI]}
    for content, error in (
        ('{"error": "no"}', True),
        ('{"error": null}', False),
        ('{"is_error": true}', True),
        ("error", False),
    ):
        turn = read(exchange(call, OUTPUT | {"content": content})).trajectory.turns[2]
        assert turn.outputs[0].error is error


USER = {"role": "user", "content": "hi"}


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        (None, "expected an object", -1),
        ({"id": "x"}, "expected `messages`", -1),
        ({"messages": "not json"}, "expected `messages`", -1),
        ({"messages": []}, "no user, assistant or tool message", -1),
        ({"messages": [USER, "hi"]}, "expected a message object", 1),
        ({"messages": [USER, {"role": "assistant", "tool_calls": 7}]}, "tool_calls: expected", 1),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [7]}]}, "tool_calls[0]: exp", 1),
    ],
)
def test_problems_name_the_place(row, text, message):
    ((found, index),) = problems(row)
    assert found.startswith(text)
    assert index == message


def test_a_row_without_a_known_speaker_says_which_there_are():
    assert problems({"messages": [None, {"speaker": "a"}, {"role": "narrator"}]}) == [
        ("no user, assistant or tool message", -1),
        ("a message with the role None", 1),
        ("a message with the role 'narrator'", 2),
    ]


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        ({"messages": [USER, {"role": "narrator", "content": "x"}]}, "a message with the role", 1),
        ({"messages": [USER, {"role": "user", "content": [{"code": {}}]}]}, "a part of type 'c", 1),
        ({"messages": [USER, {"role": "gpt", "channel": "analysis"}]}, "reasoning", 1),
        ({"messages": [USER, {"role": "user", "content": [{"type": "image"}]}]}, "a part of t", 1),
        ({"messages": [USER], "tools": [TOOL, 7]}, "tools[1]: expected a tool", -1),
        ({"messages": [USER], "tools": {"a": 1}}, "tools[0]: expected a tool", -1),
        ({"messages": [USER], "tools": "no JSON"}, "tools: expected a list", -1),
        ({"messages": [USER], "tools": [{"description": "x"}]}, "tools[0].name: expected text", -1),
        ({"messages": [USER], "tools": [{**TOOL, "parameters": [1]}]}, "tools[0].parameters", -1),
        ({"messages": [USER], "tools": [{"type": "web_search"}]}, "the built-in tool 'web", -1),
        ({"messages": [USER], "tools": [{"googleSearch": {}}]}, "the built-in tool 'google", -1),
    ],
)
def test_unknown_pieces_are_set_aside_and_said(row, text, message):
    (note,) = read_dialogue(row, "row 1").notes
    assert note.text.startswith(text)
    assert note.message == message


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ({"name": ""}, ".name: expected a tool's name, got ''"),
        ({**CALL, "arguments": '{"a": 1'}, ".arguments: are not valid JSON: '{\"a\": 1'"),
        ({**CALL, "arguments": '{"a": NaN}'}, ".arguments: are not valid JSON"),
        (
            {"name": "add", "a": {"a": 1}},
            ".arguments: expected an object under `arguments`, got 'a'",
        ),
        (
            {"name": "add", "a": '{"a": 1}'},
            ".arguments: expected an object under `arguments`, got ",
        ),
        ({**CALL, "arguments": '{"a": 1, "a": 2}'}, ".arguments: the name 'a' stands twice in"),
        ({**CALL, "arguments": [1]}, ".arguments: expected an object, got list"),
        ({**CALL, "arguments": json.dumps('{"a": 1}')}, ".arguments: are a JSON string inside"),
    ],
)
def test_problems_of_a_call(call, text):
    row = {"messages": [USER, {"role": "assistant", "tool_calls": [{"function": call}, 7]}]}
    (first, second) = problems(row)
    assert first[0].startswith(f"tool_calls[0]{text}")
    assert second == ("tool_calls[1]: expected a call object, got int", 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
keys = ["role", "from", "content", "value", "tool_calls", "function_call", "tool_call_id", "name"]
keys += ["arguments", "function", "id", "type", "text", "parameters", "description", "error"]
roles = ["user", "assistant", "tool", "system", "gpt", "function_call", "{}", "[]", ""]
tags = ["<tools>[]</tools>", '<tool_call>{"name":1}</tool_call>', "</tools><tools>"]
texts = st.sampled_from([*roles, *tags, '{"name": "f"}', "\ud800", "[" * 300])
shaped = st.recursive(
    json_values | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(keys), inner),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(shaped | st.fixed_dictionaries({"messages": st.lists(shaped, max_size=6), "tools": shaped}))
def test_no_json_value_raises(value):
    result = read_dialogue(value, "x")
    if isinstance(result, Dialogue):
        assert len(result.messages) == len(result.trajectory.turns) > 0
    else:
        assert result.problems


@pytest.mark.parametrize(
    "text", ["<tools>", "<tool_call>", "</tools><tools>", " " * 8, "<tool_response>{", "["]
)
def test_no_text_makes_it_hang(text):
    roles = ("system", "user", "assistant", "tool", "tool_call")

    def made(times):
        long = text * (times * 500_000 // len(text))
        return [{"role": role, "content": long} for role in roles]

    work = [calls_in(lambda n=n: read_dialogue({"messages": made(n)})) for n in (1, 2)]
    assert work[1] < 3 * work[0]


def test_many_calls_and_outputs_take_linear_work():
    def made(count):
        calls = [{"id": f"c{i}", "function": CALL} for i in range(count)]
        outputs = [{"role": "tool", "tool_call_id": f"c{i}", "content": "1"} for i in range(count)]
        return exchange({"role": "assistant", "tool_calls": calls}, *reversed(outputs))

    turn = read(made(20)).trajectory.turns[2]
    assert [output.call_id for output in turn.outputs[:2]] == ["c0", "c1"]
    few, many = (calls_in(lambda count=count: read(made(count))) for count in (500, 2_000))
    assert many < 4.5 * few
