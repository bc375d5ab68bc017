"""Verified shards as tables of rows: here, or in processes beside this one for large runs.

A process is a Python of its own that is given its shards (every n-th one) and writes what becomes
of them to its output, one after the other. Whoever reads takes one shard of each in turn, so their
order is that of the run, and a process that is ahead waits for the pipe: memory stays flat.
`multiprocessing` would not do: it imports the user's script again, and forking a process with
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
"""Bytes of shards from which on processes are started: it takes each about a second."""
MOST = 8


@dataclass(slots=True)
class ConvertedShard:
    """The rows of a shard.

    `splits` has, by split, how many dialogues there are and their table in each format. `failed`
    are the dialogues that could not be made.
    """

    splits: dict[str, tuple[int, dict[str, pa.Table]]] = field(default_factory=dict)
    failed: list[JsonObject] = field(default_factory=list)
    profile: Profile = field(default_factory=Profile)


def convert(dialogues: Sequence[Trajectory], formats: Sequence[str]) -> ConvertedShard:
    """Return the rows of some dialogues, in order, in all formats."""
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
    """Give the shards of a run in order, converted; the processes end with the block.

    `processes` is how many of them to start, 0 for none; without it the size of the run decides.
    Raises RunDirError for a shard that cannot be read, or a process that is lost.
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
    """Return the cores this process may use, where the system says so, else all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _convert_each(
    run: RunDir, paths: Sequence[Path], formats: Sequence[str]
) -> Iterator[ConvertedShard]:
    """Yield the shards converted; the tools of the pool are parsed once, not in each dialogue."""
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
    with suppress(BrokenPipeError):  # one that is lost already is told by its missing answer
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
    """Be one of the processes: convert the shards that are given, until there is no reader."""
    send = partial(pickle.dump, file=output, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        for converted in _convert_each(*pickle.load(given)):
            send(converted)
            output.flush()
    except ToolaceError as error:
        send(error)
        output.flush()


if __name__ == "__main__":
    # By its full name, since what is pickled here as `__main__` could not be read there.
    from toolace_mt.dataset import convert as module

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads
    module._serve(sys.stdin.buffer, sys.stdout.buffer)
