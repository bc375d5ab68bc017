import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import yaml
from export_examples import mixed, published, settings
from rich.console import Console

from toolace_mt.errors import InputError
from toolace_mt.report.compare import PAPER, compare
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import make_plan
from toolace_mt.trajectory import Finding, Trajectory, Usage


def finished(path: Path, dialogues: list[Trajectory], busy: tuple[float, ...] = (), **more) -> Path:
    config = settings(path, len(dialogues), **more)
    run = RunDir(path)
    make_plan(run, config, b"tools")
    run.config.write_text(yaml.safe_dump(config.model_dump(mode="json")))
    run.state.mkdir(exist_ok=True)
    lives = [{"busy_seconds": seconds, "wall_seconds": 2 * seconds} for seconds in busy]
    (run.state / "progress.json").write_text(json.dumps({"lives": lives}))
    return published(path, dialogues, 2)


def cheaper(dialogues: list[Trajectory]) -> list[Trajectory]:
    return [
        replace(d, usage=(Usage("simulation", 1, 100, 40, 10, 1, 2.0, 0.5),)) for d in dialogues
    ]


@pytest.fixture
def both(tmp_path):
    a = finished(tmp_path / "a", mixed(), busy=(20.0, 16.0))
    b = finished(tmp_path / "b", cheaper(mixed()), busy=(9.0,), method="simulation", seed=3)
    return a, b


def test_figures_per_planned_and_per_accepted(both):
    rows = {row.name: row for row in compare(*both).rows}
    # 4 dialogues with 5 calls, 500 prompt (250 cached) and 100 output tokens; one with 4 calls
    assert rows["calls / planned"].a == 24 / 5
    assert rows["calls / accepted"].a == 24 / 2
    assert rows["calls / planned"].b == 1
    assert rows["calls / planned"].ratio == 5 / 24
    assert rows["prompt tokens / planned"].a == 400
    assert rows["cached prompt tokens / planned"].a == 200
    assert rows["uncached prompt tokens / accepted"].a == 500
    assert rows["output tokens / accepted"].a == 200
    assert rows["engine-seconds / accepted"].a == 18
    assert rows["wall-clock seconds / planned"].a == 72 / 5
    assert rows["accepted / engine-hour"].a == pytest.approx(200)
    assert rows["accepted / engine-hour"].b == pytest.approx(800)
    assert rows["accepted / engine-hour"].ratio == pytest.approx(4)
    assert rows["sequential depth"].a == 4 * 5 / 5
    assert rows["critical path (s)"].a == pytest.approx(4 * 1.5 / 5)
    assert rows["pass rate"].a == 0.4
    assert rows["user turns"].a == 3
    assert rows["calls per user turn"].a == 1


def test_the_papers_columns_follow_the_method(both):
    rows = {row.name: row for row in compare(*both).rows}
    assert rows["pass rate"].paper_a == PAPER["toolace_mt"]["pass rate"] == 0.723
    assert rows["pass rate"].paper_b == 0.611
    assert rows["calls / accepted"].paper_a == 23.5
    assert rows["distinct-2"].paper_a is None
    named = {name for column in PAPER.values() for name in column}
    assert named <= rows.keys()


def test_outcomes_findings_and_failures(both):
    made = compare(*both)
    assert made.a.outcomes == {"accepted": 2, "rejected": 1, "undecided": 1, "failed": 1}
    assert made.a.findings == {"repetition": 2}
    assert made.a.failures == {"sub-task #: cut off": 1}


def test_differing_settings_are_named(both):
    assert compare(*both).differences == (
        "method: toolace_mt / simulation",
        "seed: 0 / 3",
    )


def test_diversity_is_taken_over_equally_many_words(tmp_path):
    a = finished(tmp_path / "a", mixed())
    b = finished(tmp_path / "b", mixed()[:3])
    made = compare(a, b)
    assert made.a.quality.words == made.b.quality.words > 0
    assert made.a.quality.entropy == made.b.quality.entropy
    assert made.differences[0] == "dialogues: 5 / 3"


def test_what_is_not_known_is_left_out(tmp_path):
    a = finished(tmp_path / "a", mixed())
    b = finished(tmp_path / "b", mixed()[1:3])
    made = compare(a, b)
    rows = {row.name: row for row in made.rows}
    assert rows["engine-seconds / planned"].a is None
    assert rows["accepted / engine-hour"].ratio is None
    assert rows["calls / accepted"].b is None  # none was accepted
    assert rows["entailment ratio"].a is None
    assert "entailment" not in made.markdown()
    assert "engine-seconds" not in made.markdown()


def test_a_given_nli_model_is_asked_about_accepted_replies(both):
    asked = []

    def entails(pairs):
        asked.extend(pairs)
        return ["99.5" in premise for premise, _ in pairs]

    made = compare(*both, entails)
    assert {hypothesis for _, hypothesis in asked} == {"From where?", "F1 costs 99.5.", "Done."}
    assert ("Flights please.", "From where?") in asked
    assert made.a.entailment == 1 / 3


def test_renderings_hold_the_figures(both):
    made = compare(*both)
    plain = json.loads(made.json())
    assert plain["rows"]["accepted / engine-hour"]["ratio"] == pytest.approx(4)
    assert plain["a"]["quality"]["user_turns"] == 3
    assert "| accepted / engine-hour | 200 | 800 | 4.00 |  |  |" in made.markdown()
    assert "differs: seed: 0 / 3" in made.markdown()
    console = Console(file=StringIO(), width=140)
    console.print(made.table())
    assert "accepted / engine-hour" in console.file.getvalue()
    assert "arXiv 2508.12685" in console.file.getvalue()


def test_unfinished_and_foreign_directories_are_said(tmp_path, both):
    with pytest.raises(InputError, match="no run is here"):
        compare(tmp_path, both[0])
    part = finished(tmp_path / "part", mixed())
    (part / "shards" / "verification" / "00002.arrow").unlink()
    with pytest.raises(InputError, match="4 of 5 dialogues are verified; finish the run"):
        compare(both[0], part)


def test_the_command_line_takes_an_nli_model(both, capsys, tmp_path):
    from toolace_mt.__main__ import main

    run_a, run_b = map(str, both)
    assert main(["compare", run_a, run_b, "--nli", str(tmp_path / "nothing")]) == 2
    assert "NLI model" in capsys.readouterr().err
    assert main(["compare", run_a, run_b]) == 0
    assert "calls / planned" in capsys.readouterr().out


def test_findings_that_are_as_frequent_stand_in_one_order(tmp_path):
    checks = (
        "repetition",
        "truncated",
        "leftover",
        "schema",
        "echo",
        "origin",
        "plan",
        "injection",
    )
    found = tuple(Finding(check, "error", "said") for check in checks)
    rejected = mixed()[1]
    rejected = replace(rejected, verdict=replace(rejected.verdict, findings=found))
    run = finished(tmp_path / "a", [rejected])
    assert list(compare(run, run).a.findings) == sorted(checks)
