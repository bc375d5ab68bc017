"""Checks rows in several processes and returns the results in the order of the file."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from toolace_mt.config import VerificationConfig
from toolace_mt.errors import RunError
from toolace_mt.reading.checking.verdicts import check_row
from toolace_mt.reading.row import Row
from toolace_mt.trajectory import JsonObject

_ROWS = 32
_BYTES = 2**20
_AHEAD = 2  # chunks a worker has waiting


def checked(
    rows: Iterable[Row], config: VerificationConfig, workers: int
) -> Iterator[tuple[Row, JsonObject]]:
    """Yield every row with its result, in order. With one worker, this process checks them.

    Workers parse the text of their rows. A fixed number of chunks is held for each worker, whatever
    the size of the file. Raises RunError if a worker dies.
    """
    if workers == 1:
        for row in rows:
            yield row, check_row(row, config)
        return
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, context, initializer=_leave_interrupts)
    waiting: deque[tuple[list[Row], Future[list[JsonObject]]]] = deque()
    try:
        for chunk in _chunks(rows):
            waiting.append((chunk, pool.submit(_check, chunk, config)))
            if len(waiting) > _AHEAD * workers:
                yield from _done(*waiting.popleft())
        while waiting:
            yield from _done(*waiting.popleft())
    except BrokenProcessPool as error:
        # One that was started while the pool broke is not ended by it, and would be waited for.
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise RunError(
            "a worker of --workers was ended from outside, perhaps for want of memory: use fewer"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _done(chunk: list[Row], future: "Future[list[JsonObject]]") -> Iterator[tuple[Row, JsonObject]]:
    return zip(chunk, future.result(), strict=True)


def _check(chunk: list[Row], config: VerificationConfig) -> list[JsonObject]:
    return [check_row(row, config) for row in chunk]


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.given) if isinstance(row.given, bytes) else 0
        if len(chunk) == _ROWS or size >= _BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _leave_interrupts() -> None:
    """Ignore Ctrl-C, which the parent process handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
