"""A rule is a function and a line in RULES: a toy one is seen by everything that checks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dialogues import GOOD

from toolace_mt.config import VerificationConfig
from toolace_mt.reading.checking.verify import verify_file
from toolace_mt.trajectory import Finding
from toolace_mt.verification import RULES, check, verify
from toolace_mt.verification.facts import Facts, finding

ROW = (
    '{"id": "loud", "messages": [{"role": "user", "content": "HELLO!"},'
    ' {"role": "assistant", "content": "Hello."}], "tools": []}\n'
)


def shouting(facts: Facts) -> Iterator[Finding]:
    """Nobody writes in capitals alone."""
    for index, turn in enumerate(facts.turns):
        if turn.content.isupper():
            yield finding("shouting", "error", "shouts", index, side="user")


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "shouting", shouting)


def test_check_asks_it() -> None:
    (name, made) = next(iter(GOOD.items()))
    first = made().turns[0]
    loud = type(made())(name, 0, turns=(type(first)("user", "HELLO!"),))
    assert "shouting" in {found.check for found in check(loud)}
    assert "shouting" not in {found.check for found in check(loud, off=("shouting",))}


async def test_stage_three_rejects_for_it() -> None:
    made = next(iter(GOOD.values()))()
    loud = type(made)("loud", 0, turns=(type(made.turns[0])("user", "HELLO!"), made.turns[-1]))
    verdict = (await verify(loud, None, VerificationConfig())).verdict
    assert verdict is not None
    assert verdict.outcome == "rejected"
    assert "shouting" in {found.check for found in verdict.findings}


def test_verify_reports_it_and_can_turn_it_off(tmp_path: Path) -> None:
    path, findings = tmp_path / "rows.jsonl", tmp_path / "findings.jsonl"
    path.write_text(ROW, "utf-8")
    summary = verify_file(path, findings, VerificationConfig())
    assert summary.dialogues_with["shouting", "error"] == 1
    assert '"check": "shouting"' in findings.read_text("utf-8")
    silent = verify_file(path, None, VerificationConfig(off=("shouting",)))
    assert silent.found["shouting", "error"] == 0
