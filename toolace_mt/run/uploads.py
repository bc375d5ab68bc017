"""Copies published files to the run's output in a thread, so that no outage there stops the run."""

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from rich.console import Console

from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Plan
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.remote import RemoteCopy, Replaced

logger = logging.getLogger(__name__)


@contextmanager
def copying(
    output: RemoteCopy | None,
    run: RunDir,
    plan: Plan,
    stages: Iterable[str],
    policy: FaultPolicy,
    console: Console,
) -> Iterator[Callable[[Path], None]]:
    """Make run directory and output equal, then yield a function that copies a published file.

    Without an output the function does nothing.
    """
    if output is None:
        yield lambda _: None
        return
    fetched, missing = output.synchronize(run, plan, stages)
    if fetched:
        console.print(f"{fetched} shards fetched from {output.url}", soft_wrap=True)
    with Uploads(output, run, policy, console) as uploads:
        for path in missing:
            uploads.add(path)
        yield uploads.add


class Uploads:
    """A queue of files to copy, as a context manager that waits for the rest when it is left.

    A file that cannot be copied is tried again while the run goes on, and at least
    `policy.upload_attempts` times. Leaving raises RunDirError if one still fails. If the run ends
    with an exception, the rest has `policy.grace` seconds; the next command copies what remains.
    """

    def __init__(
        self, output: RemoteCopy, run: RunDir, policy: FaultPolicy, console: Console
    ) -> None:
        self._output = output
        self._run = run
        self._policy = policy
        self._console = console
        self._paths: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._leaving = False
        self._error: RunDirError | None = None
        self._thread = threading.Thread(target=self._work, name="uploads", daemon=True)

    def __enter__(self) -> "Uploads":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._leaving = True
        self._paths.put(None)
        self._thread.join(timeout=self._policy.grace if kind else None)
        if kind is None and self._error:
            raise self._error

    def add(self, path: Path) -> None:
        """Queue a file; raise Replaced once another driver publishes to the output."""
        if self._error:
            raise self._error
        self._paths.put(path)

    def _work(self) -> None:
        try:
            while (path := self._paths.get()) is not None:
                self._put(path)
        except RunDirError as error:
            self._error = error

    def _put(self, path: Path) -> None:
        for failures in itertools.count(1):
            try:
                self._output.put(self._run, path)
                return
            except Replaced:
                raise
            except RunDirError as error:
                if self._leaving and failures >= self._policy.upload_attempts:
                    raise
                if failures == 1:
                    line = f"not copied yet, tried again: {error.message}"
                    self._console.print(line, markup=False, highlight=False, soft_wrap=True)
                logger.warning("%s", error)
            time.sleep(self._policy.backoff(failures))
