import json
from pathlib import Path

from benchmarks.throughput.verify_speed import measure, write
from toolace_mt.config import VerificationConfig
from toolace_mt.reading.checking.verify import verify_file
from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.reading.files import read_rows


def test_typical_dialogues_have_ten_turns_and_five_calls_and_are_accepted(tmp_path: Path):
    path = tmp_path / "typical.jsonl"
    write(path, 20)
    for row in read_rows(path):
        dialogue = read_dialogue(row.value)
        assert isinstance(dialogue, Dialogue)
        assert len(dialogue.trajectory.turns) == 10
        assert len(list(dialogue.trajectory.calls())) == 5
    assert verify_file(path, None, VerificationConfig()).accepted == 20
    assert len({json.dumps(row.value["messages"]) for row in read_rows(path)}) == 20


def test_what_is_measured_is_plausible(tmp_path: Path):
    path = tmp_path / "typical.jsonl"
    write(path, 5)
    measured = measure(path)
    assert measured["accepted"] == 5
    assert measured["cpu"] > 0
    assert 0 < measured["idle"] <= measured["peak"]
