import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from export_examples import dialogue, mixed, published, settings
from rich.console import Console

from toolace_mt.calls.request import Completion
from toolace_mt.config.run import STAGES
from toolace_mt.distributed.fleet.health import EngineHealth
from toolace_mt.distributed.progress import Progress
from toolace_mt.errors import InputError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import encode
from toolace_mt.run.lease import owned
from toolace_mt.run.plan import make_plan
from toolace_mt.run.shards import Tokens
from toolace_mt.run.status import Life, StageStatus, read_status, status_of
from toolace_mt.run.status_text import (
    driver_line,
    found_line,
    nothing_accepted,
    outcome_lines,
    stage_table,
)
from toolace_mt.trajectory import Trajectory


def watched(incarnation: str) -> dict[str, object]:
    return {
        **{"incarnation": incarnation, "waiting": 0, "running": 3, "dying": ""},
        **{"counts": {}, "busy_seconds": 1.0},
    }


def one_life(run: RunDir, console: Console, requeues: int) -> Progress:
    """A driver whose one engine dies twice: once seen by the watch alone, once by a shard too."""
    engine = EngineHealth(0, 4, lambda _: None)
    progress = Progress(run, read_status(run, 8, ("verification",)), [engine], console)
    engine.update(watched("a"))
    assert engine.lost() == 1
    assert engine.died("a") == 0
    engine.update(watched("b"))
    assert engine.died("b") == 1
    assert engine.update(watched("c")) == 0
    progress.requeues = requeues
    return progress


def said(run: RunDir) -> str:
    return driver_line(read_status(run, 8, ("verification",)))


def test_deaths_and_requeues_add_up_over_drivers_while_one_runs_and_afterwards(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDir(tmp_path)
    monkeypatch.setattr("toolace_mt.distributed.progress.SAVE_SECONDS", 0.0)
    with owned(run), one_life(run, console, 5):
        pass
    assert said(run) == "no driver is at work; 2 engine deaths, 5 requeues so far"
    with owned(run), one_life(run, console, 2) as progress:
        progress.tick()
        assert "3/4 slots, 4 engine deaths, 7 requeues so far" in said(run)
    assert said(run) == "no driver is at work; 4 engine deaths, 7 requeues so far"


@pytest.mark.parametrize(("dialogues", "lines"), [(12, 1), (500_000, 1), (2_000_000_000, 2)])
def test_no_number_is_cut_however_many_dialogues_there_are(dialogues: int, lines: int) -> None:
    paid = Tokens(20 * dialogues, 20 * 2_465 * dialogues, 20 * 1_000 * dialogues, 20 * dialogues)
    stage = StageStatus(outcomes=Counter(accepted=dialogues), paid=paid)
    shown = Console(file=StringIO(), width=80)
    shown.print(stage_table({"initialization": stage}, dialogues))
    printed = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in printed
    if lines == 1:
        assert f"{paid.prompt:,}" in printed
    body = printed[printed.index("initialization") :]
    digits = "".join(filter(str.isdigit, body))
    numbers = (dialogues, paid.calls, paid.prompt, paid.output)
    assert len(digits) == sum(len(str(number)) for number in numbers) + len("0") + len("41")


def a_run(path: Path, dialogues: list[Trajectory], planned: int) -> RunDir:
    run = RunDir(published(path, dialogues, 2))
    make_plan(run, settings(path, planned), b"")
    return run


def test_what_is_published_is_counted(tmp_path: Path) -> None:
    status = status_of(a_run(tmp_path, mixed(), 5))
    assert status.outcomes == {"accepted": 2, "rejected": 1, "undecided": 1, "failed": 1}
    assert status.verified == status.planned == 5
    assert status.complete
    assert status.pass_rate == 0.4
    assert tuple(status.stages) == STAGES["toolace_mt"]
    assert (status.stages["refinement"].alive, status.stages["refinement"].failed) == (4, 1)
    assert status.findings == {"repetition": 2}
    assert status.failures == {"sub-task #: cut off": 1}
    assert status.answers == {"naturalness": {"pass": 4}}
    ended = "2 accepted, 1 rejected, 1 undecided, 1 failed (pass rate 40.0%)"
    assert list(outcome_lines(status)) == [
        f"5 of 5 dialogues verified: {ended}",
        "  error: repetition in 2",
        "  failure: sub-task #: cut off in 1",
    ]


def test_where_no_run_is_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run is here \(manifest.json is missing\)"):
        status_of(RunDir(tmp_path))


def test_a_run_that_has_published_nothing(tmp_path: Path) -> None:
    status = read_status(RunDir(tmp_path), 8, STAGES["toolace_mt"])
    assert (status.planned, status.verified, status.pass_rate, status.complete) == (
        8,
        0,
        None,
        False,
    )
    assert found_line(status) == ""


def test_a_run_under_way_and_calls_in_journals_of_unpublished_shards_count(tmp_path: Path) -> None:
    run = a_run(tmp_path, [dialogue(), Trajectory("x", 1, failure="no plan")], 4)
    run.shard("verification", 0).unlink()
    for index in (0, 1):
        for stage in ("refinement", "verification"):
            run.journal(stage, index).mkdir(parents=True)
            line = encode("key", Completion("text", "stop", 100, 40, 10))
            (run.journal(stage, index) / "000001-0.jsonl").write_bytes(line)
    status = status_of(run)
    assert (status.stages["initialization"].alive, status.verified) == (1, 0)
    assert status.stages["refinement"].journaled == 1, (
        "the shard that is published has its own sums"
    )
    assert status.stages["verification"].journaled == 2
    assert status.stages["verification"].paid == Tokens(2, 200, 80, 20)
    assert found_line(status) == (
        "continuing: of 4 dialogues published: initialization 2, refinement 2, verification 0;"
        " 3 completions in journals"
    )


def test_shards_beyond_five_digits_come_last(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    for index in (100_000, 99_999, 3):
        path = run.shard("verification", index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (path.parent / ".00004.arrow.abc.tmp").touch()
    assert [path.stem for path in run.shards("verification")] == ["00003", "99999", "100000"]


def test_lives_saved_by_older_versions_are_read(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    run.state.mkdir()
    run.heartbeat.write_text(json.dumps({"lives": [{"busy_seconds": 2.5, "wall_seconds": 3}]}))
    assert read_status(run, 1, ("verification",)).lives == (Life(3, 2.5),)


@pytest.mark.parametrize(
    ("outcomes", "most"),
    [
        (["rejected", "rejected", "undecided"], "error repetition in 3"),
        (["failed", "failed", "rejected"], "failure no plan in 2"),
    ],
)
def test_nothing_accepted_is_told_with_its_most_frequent_cause(
    tmp_path: Path, outcomes: list[str], most: str
) -> None:
    made = [
        Trajectory(f"d-{n}", n, failure="no plan") if each == "failed" else dialogue(f"d-{n}", each)
        for n, each in enumerate(outcomes)
    ]
    line = nothing_accepted(status_of(a_run(tmp_path, made, 3)))
    assert line == f"none of 3 dialogues was accepted; most frequent cause: {most}"
