"""Work on each shard of a run, done here or, for large runs, in other processes.

- Each process is given every n-th shard and writes the results to its output. The reader takes one
  result of each in turn, which keeps the order of the run.
- A process that is ahead waits for its pipe, so memory stays bounded.
- `multiprocessing` does not serve: it imports the user's script again, and forking a process with
  threads may hang.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import toolace_mt
from toolace_mt.errors import RunDirError, ToolaceError
from toolace_mt.run.directory import RunDir

T = TypeVar("T")
Work = Callable[[Path], T]
"""What is done with one verified shard. It is pickled for other processes."""

WORTH_IT = 16 * 2**20
"""Bytes of shards from which on processes are started: starting them takes a while."""
MOST = 8


@contextmanager
def each_shard(run: RunDir, work: Work[T], processes: int | None = None) -> Iterator[Iterator[T]]:
    """Yield the results for all verified shards, in order; the processes end with the block.

    `processes` is how many to start, 0 for none; None lets the size of the run decide. Raises
    RunDirError for a shard that cannot be read, or a process that is lost.
    """
    paths = run.shards("verification")
    if processes is None:
        large = sum(path.stat().st_size for path in paths) >= WORTH_IT
        processes = min(_cores(), MOST, len(paths)) if large else 0
    if processes < 2:
        yield map(work, paths)
        return
    started = [_start(work, paths[n::processes]) for n in range(processes)]
    try:
        yield _in_turn(started, len(paths))
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(work: Work[Any], paths: Sequence[Path]) -> "subprocess.Popen[bytes]":
    package = str(Path(toolace_mt.__file__).parents[1])
    found = os.environ.get("PYTHONPATH")
    process = subprocess.Popen(
        [sys.executable, "-m", "toolace_mt.dataset.processes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{found}" if found else package},
    )
    stdin: Any = process.stdin
    with suppress(BrokenPipeError):  # a lost process is noticed by its missing answer
        pickle.dump((work, list(paths)), stdin)
        stdin.flush()
    return process


def _in_turn(processes: "Sequence[subprocess.Popen[bytes]]", shards: int) -> Iterator[Any]:
    for number in range(shards):
        process = processes[number % len(processes)]
        output: Any = process.stdout
        try:
            answer = pickle.load(output)
        except (EOFError, pickle.UnpicklingError) as error:
            raise RunDirError(
                f"a process that reads shards was lost (exit status {process.wait()}); run the"
                " same command again"
            ) from error
        if isinstance(answer, ToolaceError):
            raise answer
        yield answer


def _serve(given: IO[bytes], output: IO[bytes]) -> None:
    """Work on the given shards until nobody reads the output; this is a process's own main."""
    send = partial(pickle.dump, file=output, protocol=pickle.HIGHEST_PROTOCOL)
    work, paths = pickle.load(given)
    try:
        for result in map(work, paths):
            send(result)
            output.flush()
    except ToolaceError as error:
        send(error)
        output.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads
    _serve(sys.stdin.buffer, sys.stdout.buffer)
