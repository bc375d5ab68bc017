"""Verified shards as tables of rows, made here or, for large runs, in other processes.

- Each process is given every n-th shard and writes the tables to its output. The reader takes one
  shard of each in turn, which keeps the order of the run.
- A process that is ahead waits for its pipe, so memory stays bounded.
- `multiprocessing` does not serve: it imports the user's script again, and forking a process with
  threads may hang.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

import toolace_mt
from toolace_mt.dataset.formats import FORMATS
from toolace_mt.dataset.profile import Profile
from toolace_mt.dataset.rows import Batch
from toolace_mt.errors import RunDirError, ToolaceError
from toolace_mt.run.directory import RunDir
from toolace_mt.run.prepare import read_pool
from toolace_mt.run.shards import read_shard
from toolace_mt.trajectory import JsonObject, Trajectory

SPLITS = ("train", "rejected")
WORTH_IT = 16 * 2**20
"""Bytes of shards from which on processes are started: starting them takes a while."""
MOST = 8


@dataclass(slots=True)
class ConvertedShard:
    """The rows of one shard.

    `splits` has, by split, the number of dialogues and their table in each format. `failed` are the
    dialogues that could not be made.
    """

    splits: dict[str, tuple[int, dict[str, pa.Table]]] = field(default_factory=dict)
    failed: list[JsonObject] = field(default_factory=list)
    profile: Profile = field(default_factory=Profile)


def convert(dialogues: Sequence[Trajectory], formats: Sequence[str]) -> ConvertedShard:
    """Return the rows of dialogues, in order, in all of the formats."""
    converted = ConvertedShard()
    splits: dict[str, list[Trajectory]] = {split: [] for split in SPLITS}
    for dialogue in dialogues:
        converted.profile.add(dialogue)
        if dialogue.verdict is None or dialogue.failure:
            converted.failed.append(_failed(dialogue))
        else:
            accepted = dialogue.verdict.outcome == "accepted"
            splits["train" if accepted else "rejected"].append(dialogue)
    for split, members in splits.items():
        if members:
            batch = Batch(members)
            tables = {name: FORMATS[name].table(batch) for name in formats}
            converted.splits[split] = (len(members), tables)
    return converted


def _failed(dialogue: Trajectory) -> JsonObject:
    cause = dialogue.failure or "it was not verified"
    calls = sum(usage.calls for usage in dialogue.usage)
    return {"id": dialogue.id, "seed": dialogue.seed, "cause": cause, "calls": calls}


@contextmanager
def converted_shards(
    run: RunDir, formats: Sequence[str], processes: int | None = None
) -> Iterator[Iterator[ConvertedShard]]:
    """Yield the shards of a run in order, converted; the processes end with the block.

    `processes` is how many to start, 0 for none; None lets the size of the run decide. Raises
    RunDirError for a shard that cannot be read, or a process that is lost.
    """
    paths = run.shards("verification")
    if processes is None:
        large = sum(path.stat().st_size for path in paths) >= WORTH_IT
        processes = min(_cores(), MOST, len(paths)) if large else 0
    if processes < 2:
        yield _convert_each(run, paths, formats)
        return
    started = [_start(run, paths[n::processes], formats) for n in range(processes)]
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


def _convert_each(
    run: RunDir, paths: Sequence[Path], formats: Sequence[str]
) -> Iterator[ConvertedShard]:
    """Yield the shards converted. The tools of the pool are parsed once, not for each dialogue."""
    known = {tool.name: tool for tool in read_pool(run).tools} if run.tools.exists() else None
    for path in paths:
        yield convert(read_shard(path, known), formats)


def _start(run: RunDir, paths: Sequence[Path], formats: Sequence[str]) -> "subprocess.Popen[bytes]":
    package = str(Path(toolace_mt.__file__).parents[1])
    found = os.environ.get("PYTHONPATH")
    process = subprocess.Popen(
        [sys.executable, "-m", "toolace_mt.dataset.convert"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{found}" if found else package},
    )
    stdin: Any = process.stdin
    with suppress(BrokenPipeError):  # a lost process is noticed by its missing answer
        pickle.dump((run, list(paths), tuple(formats)), stdin)
        stdin.flush()
    return process


def _in_turn(
    processes: "Sequence[subprocess.Popen[bytes]]", shards: int
) -> Iterator[ConvertedShard]:
    for number in range(shards):
        process = processes[number % len(processes)]
        output: Any = process.stdout
        try:
            answer = pickle.load(output)
        except (EOFError, pickle.UnpicklingError) as error:
            raise RunDirError(
                f"a process that converts shards was lost (exit status {process.wait()}); run the"
                " same command again"
            ) from error
        if isinstance(answer, ToolaceError):
            raise answer
        yield answer


def _serve(given: IO[bytes], output: IO[bytes]) -> None:
    """Convert the given shards until nobody reads the output; this is a process's own main."""
    send = partial(pickle.dump, file=output, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        for converted in _convert_each(*pickle.load(given)):
            send(converted)
            output.flush()
    except ToolaceError as error:
        send(error)
        output.flush()


if __name__ == "__main__":
    # Imported by its full name: classes pickled as `__main__` could not be read there.
    from toolace_mt.dataset import convert as module

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads
    module._serve(sys.stdin.buffer, sys.stdout.buffer)
