"""Whole dialogues written without a look at the rules: clean ones pass, bad ones are rejected.

They are of the kinds that users reported: wordings that were blamed, and defects that were missed.
What the rules still get wrong stands in `UNSEEN` and `BLAMED`, so that it is known.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.verification.rules import check

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("skeptic.jsonl").read_text("utf-8").splitlines()
]
UNSEEN = frozenset(
    [
        "nothing-found-2-bad",
        "nothing-found-4-bad",
        "unit-4-bad",
        "date-2-bad",
        "date-3-bad",
        "date-6-bad",
        "date-9-bad",
        "field-1-bad",
        "field-2-bad",
        "swap-1-bad1",
        "swap-1-bad2",
        "swap-2-bad",
        "swap-3-bad1",
        "swap-3-bad2",
        "swap-5-bad",
        "outdated-0-bad",
        "outdated-4-bad1",
        "outdated-4-bad2",
        "cs-exchange-bad2",
    ]
)
"""Bad dialogues that are accepted so far."""

BLAMED = frozenset(("timeout-retries", "percent-change", "time-german", "cs-airline"))
"""Clean dialogues that are rejected so far."""


def errors(case: dict[str, Any]) -> list[str]:
    read = read_dialogue({"messages": case["messages"], "tools": case["tools"]}, case["id"])
    assert isinstance(read, Dialogue), read
    return [f.message for f in check(read.trajectory) if f.severity == "error"]


def test_there_are_many_of_each() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 300
    assert sum(case["expect"] == "bad" for case in CASES) >= 110


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_dialogue_is_judged_as_a_reader_would(case: dict[str, Any]) -> None:
    found = errors(case)
    right = bool(found) == (case["expect"] == "bad")
    assert right != (case["id"] in UNSEEN | BLAMED), found
