from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_runs import POLICY, rows
from fake_stages import FAKE_STAGES
from rich.console import Console

from toolace_mt.calls.request import Completion
from toolace_mt.config import RunConfig
from toolace_mt.distributed.driver import run
from toolace_mt.errors import InputError, RunDirError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import replay
from toolace_mt.run.lease import owned
from toolace_mt.run.retry import retry


@pytest.fixture(autouse=True)
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolace_mt.distributed.driver.write_dataset", lambda *_: None)


def journaled(directory: RunDir) -> dict[str, Completion]:
    """All completions but those given up: they are never paid again."""
    folders = directory.path.glob("journal/*/*")
    found = {key: c for folder in folders for key, c in replay(folder).items()}
    return {key: completion for key, completion in found.items() if completion.finish != "failed"}


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_what_was_given_up_is_asked_again_and_nothing_else(
    make_config: Callable[..., RunConfig], console: Console
) -> None:
    poisoned = {"fail": {"crash_on": "0-0000003"}, "seconds_per_call": 0.01}
    output = "memory://retry/run"
    config = make_config(dialogues=24, shard_size=8, engine=poisoned, output=output)
    run(config, FAKE_STAGES, replace(POLICY, suspect_after=1, guilty_after=1), console)
    assert "the engine died" in rows(config)[3].failure
    directory = RunDir(Path(config.run_dir))
    before = journaled(directory)
    untouched = directory.shard("verification", 1).stat().st_mtime_ns

    again = make_config(dialogues=24, shard_size=8, output=output)
    run(again, FAKE_STAGES, POLICY, console)
    assert "the engine died" in rows(again)[3].failure, "continuing alone changes nothing"
    assert retry(directory) == 1
    run(again, FAKE_STAGES, POLICY, console)
    calm = make_config("calm", dialogues=24)
    run(calm, FAKE_STAGES, POLICY, console)
    assert rows(again) == rows(calm)
    assert before.items() <= journaled(directory).items()
    assert directory.shard("verification", 1).stat().st_mtime_ns == untouched
    assert retry(directory) == 0


def test_where_no_run_is_or_a_driver_is_at_work_nothing_is_touched(
    make_config: Callable[..., RunConfig], console: Console, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no run is here"):
        retry(RunDir(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
    from toolace_mt.run.prepare import prepare

    config = make_config(dialogues=4)
    directory = RunDir(Path(config.run_dir))
    prepare(directory, config, console)
    with owned(directory), pytest.raises(RunDirError, match="a driver is at work here"):
        retry(directory)
