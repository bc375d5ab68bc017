import json

import pytest
from dialogues import GOOD
from pydantic import TypeAdapter

from toolace_mt.dataset.formats import FORMATS
from toolace_mt.dataset.messages import to_row
from toolace_mt.dataset.rows import Batch
from toolace_mt.tasks.adapters import (
    message_of,
    trl_reward,
    verifiers_reward,
)
from toolace_mt.tasks.key import keys

WEATHER = GOOD["weather"]()
KEY = json.dumps(keys(WEATHER)[1])
RIGHT = to_row(WEATHER)["messages"][1]
HERMES = "\n".join(
    f"<tool_call>\n{json.dumps(call['function'])}\n</tool_call>"
    for call in reversed(RIGHT["tool_calls"])
)


@pytest.mark.parametrize(
    "text", [HERMES, f"<think>Two?</think>\n{HERMES}<|im_end|>\n", f"Let me see.\n{HERMES}"]
)
def test_a_text_is_read_with_its_calls(text):
    assert len(message_of(text)["tool_calls"]) == 2
    assert trl_reward([text, [{"role": "assistant", "content": text}]], [KEY] * 2) == [1.0, 1.0]


@pytest.mark.parametrize(
    "text",
    [
        HERMES[:-20],
        HERMES.replace("Paris", "Rome"),
        HERMES.replace('{"name"', '{"nam', 1),
        HERMES + HERMES,
        f"<think>{HERMES}</think>It is warm.",
        "It is warm.",
        "<tool_call></tool_call>",
        "<tool_call>" + "[" * 50_000 + "</tool_call>",
    ],
)
def test_a_text_that_is_wrong_is_not_rewarded(text):
    assert trl_reward([text], [KEY]) == [0.0]


def test_messages_are_scored_as_they_are():
    assert trl_reward([[RIGHT], [], [{}], [None]], [KEY] * 4) == [1.0, 0.0, 0.0, 0.0]
    assert verifiers_reward([RIGHT], KEY, state={}) == 1.0
    reply = json.dumps({"expects": "reply"})
    assert trl_reward(["Fine.", "<tool_call>{"], [reply] * 2) == [1.0, 0.0]


def test_rows_of_verifiers_have_text_where_it_would_be_padded():
    lines = FORMATS["verifiers"].table(Batch([WEATHER]))["line"].to_pylist()
    first, second, *_ = map(json.loads, lines)
    assert [message["role"] for message in first["prompt"]] == ["user"]
    assert json.loads(first["answer"]) == json.loads(KEY)
    (tool,) = json.loads(second["info"])["tool_defs"]
    assert (tool["name"], "function" in tool) == ("get_weather", False)
    call = second["prompt"][1]["tool_calls"][0]
    assert json.loads(call["arguments"])["city"] == "Paris, France"
    assert (call["name"], second["prompt"][2]["tool_call_id"]) == ("get_weather", call["id"])


def test_nemo_gym_has_items_flat_tools_and_arguments_as_text():
    lines = FORMATS["nemo_gym"].table(Batch([WEATHER]))["line"].to_pylist()
    calls, told, *_ = map(json.loads, lines)
    assert [item["role"] for item in calls["responses_create_params"]["input"]] == ["user"]
    (tool,) = calls["responses_create_params"]["tools"]
    assert (tool["type"], tool["name"]) == ("function", "get_weather")
    action = calls["expected_action"]
    assert action["type"] == "function_call_batch"
    assert [json.loads(call["arguments"])["city"] for call in action["calls"]] == [
        "Paris, France",
        "New York, NY",
    ]
    items = told["responses_create_params"]["input"]
    kinds = [item["type"] for item in items]
    assert kinds == ["message", *["function_call"] * 2, *["function_call_output"] * 2]
    assert items[3]["call_id"] == items[1]["call_id"]
    assert told["expected_action"] == {"type": "message", "content": WEATHER.turns[3].content}
    assert all(isinstance(item["arguments"], str) for item in items[1:3])


def test_items_are_what_openai_s_client_takes():
    responses = pytest.importorskip("openai.types.responses")
    items = TypeAdapter(responses.ResponseInputParam)
    tools = TypeAdapter(list[responses.FunctionToolParam])
    for made in GOOD.values():
        for line in FORMATS["nemo_gym"].table(Batch([made()]))["line"].to_pylist():
            parameters = json.loads(line)["responses_create_params"]
            items.validate_python(parameters["input"])
            tools.validate_python(parameters["tools"])
