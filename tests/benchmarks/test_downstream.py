"""Rows as the trainer reads them, and how answers are counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.downstream.bfcl import _callable, _python
from benchmarks.downstream.evaluate import scored, shares
from benchmarks.downstream.rows import IGNORED, TEMPLATE, read_rows, tokenize

CALL = {"function": {"name": "get_weather", "arguments": {"city": "Oslo", "days": 2}}}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": "How is the weather in Oslo?"},
    {"role": "assistant", "content": "One moment.", "tool_calls": [CALL], "train": False},
    {"role": "tool", "content": '{"error": "busy"}'},
    {"role": "tool", "content": "second output"},
    {"role": "assistant", "content": "", "tool_calls": [CALL], "train": True},
    {"role": "tool", "content": '{"sky": "clear"}'},
    {"role": "assistant", "content": "It is clear.", "train": True},
]


@pytest.fixture(scope="module")
def tokenizer(embedded_model: Path) -> Any:
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(embedded_model)
    loaded.chat_template = TEMPLATE.read_text("utf-8")
    return loaded


def test_the_assistants_right_messages_are_learned_and_nothing_else(tokenizer: Any) -> None:
    data = tokenize(tokenizer, iter([{"messages": MESSAGES, "tools": [TOOL]}]), 1, 4096)
    (row,) = data.rows
    learned = tokenizer.decode([label for label in row["labels"] if label != IGNORED])
    asked = '{"name": "get_weather", "arguments": {"city": "Oslo", "days": 2}}'
    call = f"<tool_call>\n{asked}\n</tool_call>"
    assert learned == f"{call}<|im_end|>It is clear.<|im_end|>"
    text = tokenizer.decode(row["input_ids"])
    assert f"<|im_start|>assistant\nOne moment.\n{call}<|im_end|>" in text
    outputs = '<tool_response>\n{"error": "busy"}\n</tool_response>\n<tool_response>\nsecond output'
    assert f"<|im_start|>user\n{outputs}" in text
    offered = text.partition("\n<tools>\n")[2].partition("\n</tools>\n")[0]
    assert json.loads(offered)["function"]["name"] == "get_weather"


def test_a_row_that_is_too_long_is_left_out_whole_and_counted(tokenizer: Any) -> None:
    short = {"messages": MESSAGES[-1:], "tools": []}
    long = {"messages": [{"role": "user", "content": "word " * 500}, *MESSAGES[-1:]], "tools": []}
    data = tokenize(tokenizer, iter([long, short, long, short, short]), 2, 100)
    assert (len(data.rows), data.too_long) == (2, 2)
    assert data.tokens == 2 * len(data.rows[0]["input_ids"])


def test_rows_are_read_from_lines_with_messages_as_objects_or_texts(tmp_path: Path) -> None:
    rows = [
        {"messages": MESSAGES, "tools": [TOOL]},
        {"messages": [json.dumps(message) for message in MESSAGES]},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    first, second = read_rows(path)
    assert first == {"messages": MESSAGES, "tools": [TOOL]}
    assert second == {"messages": MESSAGES, "tools": []}


def test_a_dialogue_is_solved_if_every_message_of_it_is_right() -> None:
    key = {"expects": "calls", "calls": [{"name": "f", "arguments": {"x": 1}}]}
    tasks = [
        {"id": "a", "expects": "calls", "answer": json.dumps(key)},
        {"id": "a", "expects": "reply", "answer": json.dumps({"expects": "reply"})},
        {"id": "b", "expects": "calls", "answer": json.dumps(key)},
        {"id": "b", "expects": "reply", "answer": json.dumps({"expects": "reply"})},
    ]
    right = '<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call>'
    found = scored(tasks, [right, "Done.", right, None])
    assert found["too_long"] == 1
    assert shares(list(found["dialogues"].values())) == {
        "exact calls": 1.0,
        "replies": 0.5,
        "solved": 0.5,
    }
    wrong = scored(tasks[:2], [right.replace("1", "2"), "Done."])
    assert shares(list(wrong["dialogues"].values())) == {
        "exact calls": 0.0,
        "replies": 1.0,
        "solved": 0.0,
    }


def test_only_calls_of_known_tools_with_literals_reach_the_checker() -> None:
    known = {"cd"}
    assert _callable({"name": "cd", "arguments": {"folder": "a'b"}}, known)
    assert _python({"name": "cd", "arguments": {"folder": "a'b", "n": [1, None]}}) == (
        'cd(folder="a\'b", n=[1, None])'
    )
    for call in (
        {"name": "rm", "arguments": {}},
        {"name": "cd", "arguments": "folder"},
        {"name": "cd", "arguments": {"not a name": 1}},
        {"name": "cd", "arguments": {"class": 1}},
        {},
    ):
        assert not _callable(call, known)
