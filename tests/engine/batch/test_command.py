"""A command as a batch API: it is started once, waited for, and ended with its run."""

import asyncio
import sys
import time
from pathlib import Path

import psutil
import pytest

from toolace_mt.config import BatchConfig
from toolace_mt.engine.batch.command import Process, run_command
from toolace_mt.errors import EngineError

WRITES = (
    "import pathlib, sys, time; time.sleep(float(sys.argv[1])); pathlib.Path('{}').write_text('x')"
)


class Started(list[Process]):
    """The processes that were started."""

    def __call__(self, process: Process) -> None:
        self.append(process)


def words(answers: Path, seconds: float = 0.0) -> list[str]:
    return [sys.executable, "-c", WRITES.format(answers), str(seconds)]


async def test_it_runs_once_and_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    answers, log, started = tmp_path / "a", tmp_path / "log", Started()
    await run_command(words(answers), answers, log, None, started)
    assert answers.read_text() == "x"
    await run_command(words(answers), answers, log, started[0], started)
    assert len(started) == 1


async def test_the_next_driver_waits_for_the_command_of_one_that_was_killed(tmp_path: Path) -> None:
    answers, log, started = tmp_path / "a", tmp_path / "log", Started()
    process = psutil.Popen(words(answers, 1.5))
    before = (process.pid, process.create_time())
    await run_command(["false"], answers, log, before, started)
    assert answers.exists()
    assert started == []


async def test_a_process_id_that_another_process_has_by_now_is_not_waited_for(
    tmp_path: Path,
) -> None:
    answers, started = tmp_path / "a", Started()
    mine = psutil.Process()
    before = (mine.pid, mine.create_time() - 100)
    await run_command(words(answers), answers, tmp_path / "log", before, started)
    assert len(started) == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise MemoryError('no room')", "ended with status 1: MemoryError: no room"),
        ("print('hm')", "wrote no output: hm"),
        ("pass", "wrote no output: it printed nothing"),
    ],
)
async def test_a_failure_is_told_in_a_line(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(EngineError) as raised:
        await run_command(
            [sys.executable, "-c", code], tmp_path / "a", tmp_path / "log", None, Started()
        )
    assert said in raised.value.message
    assert "\n" not in raised.value.message


async def test_a_command_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"engine.command: no-such-thing: No such file"):
        await run_command(["no-such-thing"], tmp_path / "a", tmp_path / "log", None, lambda _: None)


async def test_it_ends_with_the_run(tmp_path: Path) -> None:
    started = Started()
    child = "import time; time.sleep(99)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    work = asyncio.create_task(
        run_command([sys.executable, "-c", code], tmp_path / "a", tmp_path / "log", None, started)
    )
    while not (started and psutil.Process(started[0][0]).children()):
        await asyncio.sleep(0.05)
    family = [psutil.Process(started[0][0]), *psutil.Process(started[0][0]).children()]
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    until = time.monotonic() + 20
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give one of them"),
        ({"url": "http://h/v1", "command": "x {input} {output}"}, "give one of them"),
        ({"command": "x {input}"}, "expected {input} and {output}"),
        ({"url": "http://me:pw@h/v1"}, "a URL with a password"),
        ({"url": "h:1"}, "expected a base URL"),
        ({"url": "http://h/v1", "args": {"tools": []}}, "args.tools: is written by the run itself"),
    ],
)
def test_settings_are_checked(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=r"url|command|args") as raised:
        BatchConfig.model_validate({"kind": "batch", "model": "m", **given})
    assert said in str(raised.value)


def test_paths_with_blanks_stay_whole() -> None:
    config = BatchConfig(kind="batch", model="m", command="x -i={input} '{output}' 'a b'")
    assert config.words("/a b/c", "/d e") == ["x", "-i=/a b/c", "/d e", "a b"]
