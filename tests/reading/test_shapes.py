"""One small row of every public shape, read as the same dialogue."""

import json

import pytest

from toolace_mt.reading.dialogue import Dialogue, Unread, read_dialogue
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
TOOL = {"name": "get_weather", "description": "Weather.", "parameters": PARAMETERS}
NESTED = {"type": "function", "function": TOOL}
CALL = {"name": "get_weather", "arguments": {"city": "Oslo"}}
TEXT_CALL = {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
ASK, CALLED, OUTPUT, REPLY = "Weather in Oslo?", "", '{"degrees": 4}', "It is 4 degrees in Oslo."
OPENAI = [
    {"role": "user", "content": ASK},
    {"role": "assistant", "content": "", "tool_calls": [{"id": "a1", "function": TEXT_CALL}]},
    {"role": "tool", "tool_call_id": "a1", "content": OUTPUT},
    {"role": "assistant", "content": REPLY},
]
ANTHROPIC = [
    {"role": "user", "content": ASK},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Oslo.", "signature": "x"},
            {"type": "tool_use", "id": "a1", "name": "get_weather", "input": {"city": "Oslo"}},
        ],
    },
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "a1",
                "content": [{"type": "text", "text": OUTPUT}],
            }
        ],
    },
    {"role": "assistant", "content": [{"type": "text", "text": REPLY}]},
]
ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": ASK}]},
    {"type": "reasoning", "id": "r", "summary": []},
    {"type": "function_call", "id": "f", "call_id": "a1", **TEXT_CALL},
    {"type": "function_call_output", "call_id": "a1", "output": OUTPUT},
]
WROTE = [
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": REPLY}],
    }
]
GEMINI = [
    {"role": "user", "parts": [{"text": ASK}]},
    {
        "role": "model",
        "parts": [{"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}}}],
    },
    {
        "role": "user",
        "parts": [{"functionResponse": {"name": "get_weather", "response": {"degrees": 4}}}],
    },
    {"role": "model", "parts": [{"thought": True, "text": "So."}, {"text": REPLY}]},
]
STEPS = [
    {"step_id": 1, "source": "user", "message": ASK},
    {
        "step_id": 2,
        "source": "agent",
        "message": "",
        "tool_calls": [
            {
                "tool_call_id": "a1",
                "function_name": "get_weather",
                "arguments": {"city": "Oslo"},
            }
        ],
        "observation": {"results": [{"source_call_id": "a1", "content": OUTPUT}]},
    },
    {"step_id": 3, "source": "agent", "message": REPLY, "tool_calls": None, "observation": None},
]
SHAREGPT = [
    {"from": "human", "value": ASK},
    {"from": "function_call", "value": json.dumps(CALL)},
    {"from": "observation", "value": OUTPUT},
    {"from": "gpt", "value": REPLY},
]
HERMES = [
    {"from": "system", "value": f"Call these. <tools> [{json.dumps(NESTED)}] </tools>"},
    {"from": "human", "value": ASK},
    {"from": "gpt", "value": f"<think>\nOslo.\n</think>\n<tool_call>\n{CALL!r}\n</tool_call>"},
    {
        "from": "tool",
        "value": "<tool_response>\n"
        + json.dumps({"tool_call_id": None, "name": "get_weather", "content": {"degrees": 4}})
        + "\n</tool_response>",
    },
    {"from": "gpt", "value": REPLY},
]
HERMES[2]["value"] = HERMES[2]["value"].replace(repr(CALL), json.dumps(CALL))
GLAIVE = {
    "system": "SYSTEM: You have these functions. Use them if required -\n"
    + json.dumps(TOOL, indent=4),
    "chat": f"USER: {ASK}\n\n\nASSISTANT: <functioncall> "
    + '{"name": "get_weather", "arguments": \'{"city": "Oslo"}\'} <|endoftext|>\n\n\n'
    + f"FUNCTION RESPONSE: {OUTPUT}\n\n\nASSISTANT: {REPLY} <|endoftext|>",
}
TOOLBENCH = {
    "conversations": [
        {
            "from": "system",
            "value": "Answer with\nThought:\nAction:\nAction Input:\nYou have access to the"
            f" following APIs: {[TOOL]!r}",
        },
        {"from": "user", "value": ASK},
        {
            "from": "assistant",
            "value": 'Thought: Look.\nAction: get_weather\nAction Input: {"city": "Oslo"}',
        },
        {"from": "function", "value": OUTPUT},
        {"from": "assistant", "value": REPLY},
    ]
}
TAU2 = [
    {"role": "user", "content": ASK, "tool_calls": None, "turn_idx": 0},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "a1",
                "name": "get_weather",
                "arguments": {"city": "Oslo"},
                "requestor": "assistant",
            }
        ],
    },
    {"id": "a1", "role": "tool", "content": OUTPUT, "requestor": "assistant", "error": False},
    {"role": "assistant", "content": REPLY, "tool_calls": None},
]
CLAUDE_CODE = [
    {"type": "summary", "summary": "x", "leafUuid": "u"},
    {"type": "user", "uuid": "1", "sessionId": "s", "message": {"role": "user", "content": ASK}},
    *(
        {
            "type": "assistant",
            "uuid": part["type"],
            "sessionId": "s",
            "message": {"id": "m1", "role": "assistant", "content": [part]},
        }
        for part in ANTHROPIC[1]["content"]
    ),
    {"type": "user", "uuid": "4", "sessionId": "s", "message": ANTHROPIC[2]},
    {
        "type": "assistant",
        "uuid": "5",
        "sessionId": "s",
        "message": {"id": "m2", **ANTHROPIC[3]},
    },
]
CODEX = [
    {"timestamp": "t", "type": "session_meta", "payload": {"id": "s", "cwd": "/"}},
    *({"timestamp": "t", "type": "response_item", "payload": item} for item in [*ITEMS, *WROTE]),
    {"timestamp": "t", "type": "event_msg", "payload": {"type": "agent_message"}},
]
PI = [
    {"type": "session", "id": "s", "harness": "pi"},
    {"type": "message", "message": {"role": "user", "content": [{"type": "text", "text": ASK}]}},
    {
        "type": "message",
        "message": {
            "role": "assistant",
            "content": [
                {
                    "type": "toolCall",
                    "id": "a1",
                    "name": "get_weather",
                    **{"arguments": {"city": "Oslo"}},
                }
            ],
        },
    },
    {
        "type": "message",
        "message": {
            "role": "toolResult",
            "toolCallId": "a1",
            "toolName": "get_weather",
            "content": [{"type": "text", "text": OUTPUT}],
        },
    },
    {"type": "message", "message": {"role": "assistant", "content": REPLY}},
]
LANGCHAIN = [
    {"type": "human", "data": {"content": ASK, "type": "human"}},
    {
        "type": "ai",
        "data": {
            "content": "",
            "tool_calls": [{"name": "get_weather", "args": {"city": "Oslo"}, "id": "a1"}],
        },
    },
    {"type": "tool", "data": {"content": OUTPUT, "tool_call_id": "a1", "status": "success"}},
    {"type": "ai", "data": {"content": REPLY}},
]
GEMINI_TOOL = {**TOOL, "parameters": json.loads(json.dumps(PARAMETERS).replace("ing", "ING"))}
SHAPES = {
    "openai": {"messages": OPENAI, "tools": [NESTED]},
    "openai batch": {"custom_id": "1", "body": {"messages": OPENAI, "tools": [NESTED]}},
    "openai preference": {
        "input": {"messages": OPENAI[:3], "tools": [NESTED]},
        "preferred_output": OPENAI[3:],
        "non_preferred_output": [{"role": "assistant", "content": "No."}],
    },
    "openai legacy functions": {
        "functions": [TOOL],
        "messages": [
            OPENAI[0],
            {"role": "assistant", "content": None, "function_call": TEXT_CALL},
            {"role": "function", "name": "get_weather", "content": OUTPUT},
            OPENAI[3],
        ],
    },
    "openai responses": {"input": ITEMS, "output": WROTE, "tools": [{"type": "function", **TOOL}]},
    "nemo gym": {"responses_create_params": {"input": [*ITEMS, *WROTE], "tools": [TOOL]}},
    "prompt and completion": {"prompt": OPENAI[:1], "completion": OPENAI[1:], "tools": [NESTED]},
    "prompt, chosen, rejected": {
        "prompt": OPENAI[:3],
        "chosen": OPENAI[3:],
        "rejected": OPENAI[:1],
        "tools": [NESTED],
    },
    "anthropic": {
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": ANTHROPIC,
        "tools": [{"name": "get_weather", "description": "Weather.", "input_schema": PARAMETERS}],
    },
    "gemini": {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": GEMINI,
        "tools": [{"functionDeclarations": [GEMINI_TOOL]}],
    },
    "atif": {
        "schema_version": "ATIF-v1.6",
        "session_id": "s",
        "agent": {"name": "a", "version": "1", "tool_definitions": [NESTED]},
        "steps": STEPS,
    },
    "hub traces": {
        "harness": "codex",
        "session_id": "s",
        "prompt": ASK,
        "messages": OPENAI,
        "tools": [NESTED],
        "metadata": {},
        "trace": "...",
    },
    "sharegpt": {"conversations": SHAREGPT, "tools": json.dumps([TOOL])},
    "llama-factory": {"conversations": SHAREGPT, "system": "", "tools": json.dumps([TOOL])},
    "apigen-mt": {"conversations": SHAREGPT, "tools": json.dumps([NESTED]), "system": "Rules."},
    "ms-swift": {
        "tools": json.dumps([NESTED]),
        "messages": [
            OPENAI[0],
            {"role": "tool_call", "content": json.dumps(CALL)},
            {"role": "tool_response", "content": OUTPUT},
            OPENAI[3],
        ],
    },
    "hermes": {"conversations": HERMES},
    "glaive": GLAIVE,
    "toolbench": TOOLBENCH,
    "tau-bench": {"task_id": 1, "reward": 1.0, "traj": OPENAI, "tools": [NESTED]},
    "tau2-bench": {"task_id": "1", "messages": TAU2, "tools": [NESTED]},
    "langchain": {"messages": LANGCHAIN, "tools": [NESTED]},
    "smoltalk2": {"messages": OPENAI, "chat_template_kwargs": {"xml_tools": [json.dumps(TOOL)]}},
    "mcp tools": {"messages": OPENAI, "tools": {"tools": [{**TOOL, "inputSchema": PARAMETERS}]}},
    "bedrock tools": {
        "messages": OPENAI,
        "tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": PARAMETERS}}}],
    },
    "python tools": {"messages": OPENAI, "tools": repr([NESTED])},
    "tools by name": {"messages": OPENAI, "tools": {"get_weather": {"parameters": PARAMETERS}}},
}
SESSIONS = {"claude code": CLAUDE_CODE, "codex": CODEX, "pi": PI}


def spoken(turns):
    """The turns without ids of calls."""
    return [
        (
            turn.role,
            turn.content,
            [(call.name, call.arguments) for call in turn.calls],
            [(output.content, output.error) for output in turn.outputs],
        )
        for turn in turns
    ]


WANTED = spoken(
    (
        Turn("user", ASK),
        Turn("assistant", calls=(ToolCall("a1", "get_weather", {"city": "Oslo"}),)),
        Turn("tool", outputs=(ToolOutput("a1", {"degrees": 4}),)),
        Turn("assistant", REPLY),
    )
)


def read(row) -> Dialogue:
    for given in (row, json.loads(json.dumps(row))):
        result = read_dialogue(given, "row 1")
        assert isinstance(result, Dialogue), result
    return result


@pytest.mark.parametrize("name", SHAPES)
def test_a_row_of_every_shape(name):
    read_ = read(SHAPES[name])
    assert spoken(read_.trajectory.turns) == WANTED
    (tool,) = read_.trajectory.tools
    assert (tool.name, tool.parameters["properties"]) == (
        "get_weather",
        {"city": {"type": "string"}},
    )
    call, output = read_.trajectory.turns[1].calls[0], read_.trajectory.turns[2].outputs[0]
    assert output.call_id == call.id


@pytest.mark.parametrize("name", SESSIONS)
def test_sessions_of_agents(name):
    read_ = read({"events": SESSIONS[name]})
    assert spoken(read_.trajectory.turns) == WANTED
    for event in SESSIONS[name][:2]:
        result = read_dialogue(event, "row 1")
        assert isinstance(result, Unread)
        assert "a session is read whole" in result.problems[0].text


def test_calls_alone_as_xlam_and_apigen_keep_them():
    row = {"id": 3, "query": ASK, "answers": json.dumps([CALL]), "tools": json.dumps([TOOL])}
    row["tools"] = json.dumps([{**TOOL, "parameters": {"city": {"type": "str", "default": "X"}}}])
    read_ = read(row)
    assert spoken(read_.trajectory.turns) == WANTED[:2]
    assert read_.trajectory.id == "3"
    assert read_.trajectory.tools[0].parameters["properties"]["city"]["type"] == "string"
    assert spoken(read({**row, "answers": "[]"}).trajectory.turns) == WANTED[:1]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"instruction": "Say hi.", "input": "", "output": "Hi."}, "an Alpaca row"),
        ({"id": "x", "question": [[]], "function": [TOOL]}, "a task of the BFCL benchmark"),
        ({"text": "<|im_start|>user"}, "a text rendered by a chat template"),
        ({"prompt": "Hi", "completion": "Ho"}, "a prompt and its completion"),
        ({"a": 1, "b": 2}, "expected `messages` (or `conversations`) as a list, got a row with t"),
    ],
)
def test_what_is_no_dialogue_is_named(row, name):
    (problem,) = read_dialogue(row, "row 1").problems
    assert problem.text.startswith(name)
    assert "expected `messages`" in problem.text


def test_reasoning_is_set_aside_wherever_it_stands():
    said = [
        {"role": "assistant", "content": f"<think>\nHm.\n</think>\n{REPLY}"},
        {"role": "assistant", "content": f"Hm.</think>\n\n{REPLY}"},
        {"role": "assistant", "content": REPLY, "reasoning_content": "Hm."},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}, REPLY]},
    ]
    for message in said:
        read_ = read({"messages": [OPENAI[0], message]})
        assert read_.trajectory.turns[1] == Turn("assistant", REPLY)
        assert [(note.text, note.message) for note in read_.notes] == [("reasoning", 1)]
    open_ended = {"role": "assistant", "content": "<think>\nHm."}
    read_ = read({"messages": [OPENAI[0], open_ended]})
    assert read_.trajectory.turns[1].content == "<think>\nHm."
    assert read_.notes == ()


@pytest.mark.parametrize("leak", ['Action: get_weather\nAction Input: {"city": "Oslo"}', "[x(1)]"])
def test_a_call_in_a_text_stays_text(leak):
    row = {"messages": [OPENAI[0], {"role": "assistant", "content": leak}], "tools": [NESTED]}
    assert read(row).trajectory.turns[1] == Turn("assistant", leak)


def test_a_call_of_another_kind_is_set_aside_and_custom_tools_take_text():
    calls = [{"id": "w", "type": "web_search_call"}, *OPENAI[1]["tool_calls"]]
    row = {"messages": [OPENAI[0], {**OPENAI[1], "tool_calls": calls}, *OPENAI[2:]]}
    read_ = read({**row, "tools": [NESTED, {"type": "web_search"}]})
    assert spoken(read_.trajectory.turns) == WANTED
    assert [note.text for note in read_.notes] == [
        "the built-in tool 'web_search'",
        "a call of type 'web_search_call'",
    ]
    custom = {"id": "c", "type": "custom", "custom": {"name": "run", "input": "1 + 1"}}
    tool = {"type": "custom", "custom": {"name": "run", "description": "Runs."}}
    row = {"messages": [OPENAI[0], {"role": "assistant", "tool_calls": [custom]}], "tools": [tool]}
    read_ = read(row)
    assert read_.trajectory.turns[1].calls == (ToolCall("c", "run", {"input": "1 + 1"}),)
    assert read_.trajectory.tools[0].parameters["required"] == ["input"]


def test_a_dialogue_may_stand_alone_or_inside_a_string():
    for row in (OPENAI, json.dumps(OPENAI), json.dumps(SHAPES["openai"])):
        assert spoken(read_dialogue(row, "x").trajectory.turns) == WANTED
