import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from toolace_mt.__main__ import main
from toolace_mt.commands import COMMANDS
from toolace_mt.config import RunConfig
from toolace_mt.distributed import driver
from toolace_mt.run.status import RunStatus, StageStatus


def test_output_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    command = [sys.executable, "-m", "toolace_mt", "verify", str(rows)]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "toolace-mt: the output cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (1, said)


def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    command = f"{sys.executable} -m toolace_mt verify {rows} | true; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("0\n", "")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(f"run_dir: {tmp_path / 'run'}\nengine: {{kind: scripted}}\n")
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert COMMANDS[name].about.split(",")[0] in " ".join(said.split())
    assert ("verification.sampling.max_tokens=96" in said) == (name == "run")


@pytest.mark.parametrize(("accepted", "status"), [(1, 0), (0, 1)])
def test_a_run_without_an_accepted_dialogue_ends_in_1_and_says_why(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    accepted: int,
    status: int,
) -> None:
    stages = {"verification": StageStatus(Counter(accepted=accepted, rejected=7))}
    found = RunStatus(8, stages, findings=Counter(schema=7))

    def run(_: RunConfig) -> RunStatus:
        return found

    monkeypatch.setattr(driver, "run", run)
    assert main(["run", str(config)]) == status
    said = capsys.readouterr()
    why = "none of 7 dialogues was accepted; most frequent cause: error schema in 7"
    assert said.err == ("" if accepted else f"toolace-mt: {why}\n")
    assert f"{accepted} accepted, 7 rejected" in said.out


@pytest.mark.parametrize("command", ["run", "verify", "verify --experts"])
def test_a_rule_that_is_misspelt_is_told_before_anything_is_made(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    arguments = {
        "run": ["run", str(config), "verification.off=[shema]"],
        "verify": ["verify", str(rows), "--off", "shema"],
        "verify --experts": ["verify", str(rows), "--experts", str(config), "--off", "shema"],
    }
    assert main(arguments[command]) == 2
    said = "toolace-mt: verification.off: no rule 'shema'; did you mean schema?\n"
    assert capsys.readouterr().err == said
    assert not (tmp_path / "run").exists()


def test_settings_that_do_not_fit_the_run_that_exists_are_bad_usage(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    from toolace_mt.config import load_config
    from toolace_mt.run.directory import RunDir
    from toolace_mt.run.prepare import prepare

    made = RunDir(tmp_path / "run")
    made.path.mkdir()
    prepare(made, load_config(config), Console(quiet=True))
    before = made.manifest.read_bytes()
    assert main(["run", str(config), "seed=4"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"toolace-mt: {made.path}: seed: this run was started with 0, got 4;")
    assert said.count("\n") == 1
    assert main(["run", str(config), "dialogues=4"]) == 2
    assert made.manifest.read_bytes() == before
