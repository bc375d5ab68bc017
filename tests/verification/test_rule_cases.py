"""Dialogues of many kinds, right and wrong, in several languages: only the wrong ones have errors.

`rule_cases.jsonl` was written before the rules were mended on it, and one half of it was not looked
at until they were done. Values are the matter of other tests: rules on origins are left out.
"""

import json
from pathlib import Path

import pytest

from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.verification.rules import check

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("rule_cases.jsonl").read_text("utf-8").splitlines()
]
# Calls in tags of Hermes are read as calls, or not at all, before any rule sees them.
READING = {"written-03"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_only_what_is_wrong_has_an_error(case: dict) -> None:
    dialogue = read_dialogue(case)
    if case["id"] in READING:
        pytest.skip("not readable yet, which rejects it as well")
    assert isinstance(dialogue, Dialogue)
    found = check(dialogue.trajectory, off=("argument_origin", "reply_origin"))
    errors = [finding.message for finding in found if finding.severity == "error"]
    assert bool(errors) == (case["expect"] == "bad"), errors


def test_the_cases_are_many_and_balanced() -> None:
    clean = sum(case["expect"] == "clean" for case in CASES)
    assert len(CASES) > 200
    assert 0.4 < clean / len(CASES) < 0.6
