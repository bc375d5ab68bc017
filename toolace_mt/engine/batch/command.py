"""A local command as a batch API: it reads a file of requests and writes a file of answers.

The command outlives a driver that is killed. The next driver finds it by its process id and waits
for it, since a second one beside it would find no memory left.
"""

import asyncio
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # comes with ray

from toolace_mt.errors import EngineError, one_line

LOOK_SECONDS: Final = 0.5
GRACE: Final = 10.0  # seconds between asking a process to end and ending it
TAIL: Final = 20_000  # bytes of a log in which the cause of a failure is looked for

Process = tuple[int, float]
"""The id of a process and when it was created, which together are never used twice."""


async def run_command(
    words: list[str],
    answers: Path,
    log: Path,
    before: Process | None,
    started: Callable[[Process], None],
) -> None:
    """Run a command that writes `answers`, or wait for the one that runs already.

    `before` is the process that an earlier driver started. `started` gets that of a new one, to
    remember it. What the command prints goes to `log`. Raises EngineError if the command fails. If
    this is cancelled, the command is ended.
    """
    process = _running(before)
    if process is None and not answers.exists():
        process = _start(words, log)
        started((process.pid, process.create_time()))
    try:
        code = await _ended(process)
    except asyncio.CancelledError:
        await asyncio.to_thread(_end, process)
        raise
    if code or not answers.exists():
        raise EngineError(f"engine.command: {_failure(code, log)}; its output is in {log}")


def _start(words: list[str], log: Path) -> psutil.Popen:
    try:
        with log.open("ab") as output:
            return psutil.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    except OSError as error:
        raise EngineError(f"engine.command: {words[0]}: {error.strerror or error}") from error


def _running(before: Process | None) -> psutil.Process | None:
    if before is not None:
        with suppress(psutil.Error):
            process = psutil.Process(before[0])
            alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            return process if alive and process.create_time() == before[1] else None
    return None


async def _ended(process: psutil.Process | None) -> int:
    """Wait for a process and return its exit status, 0 where only a parent could know it."""
    while process is not None:
        with suppress(psutil.TimeoutExpired):
            return await asyncio.to_thread(process.wait, LOOK_SECONDS) or 0
    return 0


def _end(process: psutil.Process | None) -> None:
    if process is None:
        return
    with suppress(psutil.Error):
        family = [*process.children(recursive=True), process]
        process.terminate()
        _, left = psutil.wait_procs(family, GRACE)
        for each in left:
            with suppress(psutil.Error):
                each.kill()


def _failure(code: int, log: Path) -> str:
    """Return why a command failed: its exit status and the last line that it printed."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL))
        lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines()]
    errors = [line for line in lines if "Error" in line] or [line for line in lines if line]
    said = one_line(errors[-1], 200) if errors else "it printed nothing"
    ended = f"ended with status {code}" if code else "wrote no output"
    return f"{ended}: {said}"
