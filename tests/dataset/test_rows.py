import json
from dataclasses import replace

import pytest
from export_examples import dialogue

from toolace_mt.dataset.json_text import loadable, within_bounds
from toolace_mt.dataset.rows import SCHEMA, adopted_injections, to_record
from toolace_mt.trajectory import Edit, Judgement, ToolCall, Turn

EDITS = (
    Edit(
        3,
        "refinement",
        (5, 7),
        (Turn("assistant", "a"),),
        (Turn("user", "b"),),
        Judgement(True, "rules", "r"),
    ),
    Edit(4, "non_fc", (1,), (), (Turn("assistant", "c"),), Judgement(False, "undecided", "", True)),
    Edit(5, "tool_awareness", (2,), (), (), Judgement(True, "new")),
)


def row(trajectory) -> dict:
    return to_record(trajectory)


def test_every_field_of_an_edit_is_in_its_column():
    made = row(replace(dialogue(), edits=EDITS))
    assert made["edits"] == [
        {
            "kind": "refinement",
            "before": '[{"role":"assistant","content":"a"}]',
            "after": '[{"role":"user","content":"b"}]',
            "choice": "rules",
            "reason": "r",
            "round": 3,
            "turns": [5, 7],
            "adopted": True,
            "new_first": False,
        },
        {
            "kind": "non_fc",
            "before": "[]",
            "after": '[{"role":"assistant","content":"c"}]',
            "choice": "undecided",
            "reason": "",
            "round": 4,
            "turns": [1],
            "adopted": False,
            "new_first": True,
        },
        {
            "kind": "tool_awareness",
            "before": "[]",
            "after": "[]",
            "choice": "new",
            "reason": "",
            "round": 5,
            "turns": [2],
            "adopted": True,
            "new_first": False,
        },
    ]
    assert made["injections"] == ["tool_awareness"]
    assert adopted_injections(replace(dialogue(), edits=EDITS[:2])) == []


def test_what_describes_a_dialogue_is_in_its_columns():
    made = row(dialogue("d-7", "rejected"))
    assert made["domains"] == ["email", "travel"]
    assert (made["id"], made["seed"], made["outcome"]) == ("d-7", 7, "rejected")
    assert made["answers"] == [{"expert": "naturalness", "outcome": "pass", "reason": "fine"}]
    assert made["findings"] == [
        {
            "check": "repetition",
            "severity": "error",
            "message": "says it twice",
            "tool": "",
            "path": "content",
            "side": "assistant",
            "turn": 5,
        }
    ]
    assert made["usage"][0] == {
        "stage": "initialization",
        "calls": 3,
        "prompt_tokens": 300,
        "cached_tokens": 100,
        "output_tokens": 60,
        "depth": 3,
    }
    assert [len(made[name]) for name in ("messages", "tools", "plan")] == [12, 1, 2]
    assert list(made) == SCHEMA.names


def test_a_dialogue_without_plan_verdict_or_output_has_empty_columns():
    bare = replace(dialogue(), task=None, verdict=None, edits=(), origins=(), usage=())
    left = Turn("assistant", calls=(ToolCall("call00009", "send_email", {}),))
    made = row(replace(bare, turns=(*bare.turns[:-1], left)))
    assert (made["n_subtasks"], made["outcome"]) == (0, "")
    for name in ("plan", "findings", "answers", "edits", "origins", "usage", "injections"):
        assert made[name] == []
    assert made["executions"][-1] == {
        "turn": 9,
        "id": "call00009",
        "name": "send_email",
        "status": "",
        "error": False,
    }


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (2**63, 2**63),
        (2**64 - 1, 2**64 - 1),
        (2**64, float(2**64)),
        (-(2**63), -(2**63)),
        (-(2**63) - 1, -float(2**63)),
        (2**1023, str(2**1023)),
        (True, True),
        (1e400, "Infinity"),
        ([(1, 10**20)], [[1, 1e20]]),
        ({"a": {"b": -(10**20)}}, {"a": {"b": -1e20}}),
        ("9" * 30, "9" * 30),
        ([":" + "9" * 30, 10**20], [":" + "9" * 30, 1e20]),
    ],
)
def test_numbers_beyond_64_bits_are_floats_or_text(value, stored):
    assert within_bounds(value) == stored
    assert json.loads(loadable({"v": value})) == {"v": stored}
