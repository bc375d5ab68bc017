import pickle
from pathlib import Path

import pytest

from benchmarks.throughput import ready_answers
from benchmarks.throughput.overhead import SHARES, windows
from benchmarks.throughput.run_costs import CONFIG, PARTS, Sample, middle
from toolace_mt.engine import scripted
from toolace_mt.engine.scripted import ScriptedEngine


def run(dearer: float = 0.0) -> list[Sample]:
    """300 calls of 100 dialogues in 100 s, 2 ms each; in the second half `dearer` ms more."""
    samples, cpu = [], 0.0
    for at in range(101):
        samples.append(Sample(at, 3 * at, dict.fromkeys(PARTS, cpu / len(PARTS)), 2 * cpu, 100.0))
        cpu += 3 * (0.002 + dearer / 1000 * (at >= 50))
    return samples


def test_a_rate_is_that_of_the_middle_of_a_run() -> None:
    found = middle(run())
    assert (round(found.rate, 6), round(found.total_ms, 6)) == (3.0, 2.0)
    assert round(found.others, 6) == 0.006  # as many cores again as the run


def test_windows_show_a_cost_that_grows() -> None:
    shares = [row.split("|")[3].strip() for row in list(windows(run(), 100))[3:]]
    assert shares == ["1.000"] * (len(SHARES) - 1)
    shares = [row.split("|")[3].strip() for row in list(windows(run(dearer=2.0), 100))[3:]]
    assert shares[0] == shares[3] < "1.000" < shares[5] == shares[-1]


def test_answers_that_are_ready_are_those_that_would_be_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, looked_up = tmp_path / "drawn", tmp_path / "looked_up"
    ready_answers.draw(CONFIG, 2, drawn)
    monkeypatch.setenv(ready_answers.VARIABLE, str(drawn))
    monkeypatch.setattr(ScriptedEngine, "_write", ScriptedEngine._write)  # put back afterwards,
    monkeypatch.setattr(scripted, "_random", scripted._random)  # and so is this
    ready_answers.install()
    monkeypatch.setattr("toolace_mt.engine.scripted.draw", None)  # nothing is drawn any more
    ready_answers.draw(CONFIG, 2, looked_up)
    answers = pickle.loads(drawn.read_bytes())
    assert len(answers) > 20
    assert pickle.loads(looked_up.read_bytes()) == answers
