import json
from pathlib import Path

import pytest
from export_examples import mixed, published, settings

from toolace_mt.dataset.writer import write_dataset
from toolace_mt.errors import InputError
from toolace_mt.report.html.entries import entries
from toolace_mt.trajectory import JsonObject


def by_id(path: Path) -> dict[str, JsonObject]:
    return {entry["id"]: json.loads(json.dumps(entry)) for entry in entries(path)}


def test_a_run_and_its_dataset_tell_the_same(tmp_path: Path) -> None:
    dialogues = mixed()
    run_dir = published(tmp_path / "run", dialogues, 2)
    write_dataset(run_dir, settings(run_dir, len(dialogues)))
    of_run, of_dataset = by_id(run_dir), by_id(run_dir / "dataset")
    assert set(of_run) == {dialogue.id for dialogue in dialogues}
    shared = set(of_run) & set(of_dataset)
    assert shared == {name for name, entry in of_run.items() if entry["outcome"] != "failed"}
    for name in shared:
        for column in ("tools", "outcome", "turn_of_message", "injections", "plan", "usage"):
            assert of_run[name][column] == of_dataset[name][column], column
        roles, others = ([m["role"] for m in of[name]["messages"]] for of in (of_run, of_dataset))
        assert roles == others


def test_failed_dialogues_say_why(tmp_path: Path) -> None:
    run_dir = published(tmp_path / "run", mixed(), 2)
    failed = {d.id: d.failure for d in mixed() if d.failure}
    found = by_id(run_dir)
    assert failed
    assert {name: found[name]["failure"] for name in failed} == failed


def test_rows_of_others_are_checked_and_unreadable_ones_are_there(tmp_path: Path) -> None:
    tool = {"name": "add", "description": "", "parameters": {"type": "object", "properties": {}}}
    call = {"id": "c", "function": {"name": "subtract", "arguments": "{}"}}
    good = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello!"}]
    bad = [good[0], {"role": "assistant", "content": "", "tool_calls": [call]}]
    rows = [
        {"messages": good, "tools": [tool]},
        {"messages": bad, "tools": [tool]},
        {"messages": 3},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second, third = entries(path)
    assert (first["outcome"], first["turn_of_message"]) == ("accepted", [0, 1])
    assert second["outcome"] == "rejected"
    assert "unknown_tool" in {finding["check"] for finding in second["findings"]}
    assert third["outcome"] == "failed"
    assert third["failure"].startswith("unreadable")


def test_a_place_without_dialogues_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        next(entries(tmp_path / "missing"))
