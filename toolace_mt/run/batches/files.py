"""Batch files on disk: the requests of a round, and how far each file has come.

    RUN_DIR/batches/
      <00001>.part/<engine>/<00000>.jsonl   requests of one shard, while a round is collected
      <00001>/<0>.json                      a file's state; the round is complete with this name
      <00001>/<0>.requests.jsonl            its requests; deleted once the answers are journaled
      <00001>/<0>.answers.jsonl, <0>.errors.jsonl   what came back
      <00001>/<0>.unanswered.json           requests to be asked again: key, and times asked
      <engine>.dialect.json                 what is known of a server's peculiarities

Nothing is paid before a round is complete, so a part of one is simply collected again.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from toolace_mt.calls.request import Request
from toolace_mt.engine.batch.lines import request_of
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.run.directory import RunDir, storage, sync_directory, write_atomically

Step = Literal["written", "uploaded", "creating", "submitted", "fetched", "done"]
"""What has happened to a file; "creating" means that a batch may exist without our knowing."""


class RequestId(NamedTuple):
    """The custom id of a request: it says which journal its answer belongs to.

    `stage` is the number of the stage. `asked` is how often the request was asked before.
    """

    shard: int
    stage: int
    key: str
    asked: int

    @classmethod
    def parse(cls, text: str) -> "RequestId":
        """Return the id that `str` wrote."""
        shard, stage, key, asked = text.split(".")
        return cls(int(shard), int(stage), key, int(asked))

    def __str__(self) -> str:
        return f"{self.shard}.{self.stage}.{self.key}.{self.asked}"


@dataclass(frozen=True, slots=True)
class State:
    """How far a file has come.

    `file` and `batch` are the provider's ids, `process` that of a command. `status` is what the
    provider says. `answered` and `failed` count requests.
    """

    engine: str
    requests: int
    step: Step = "written"
    file: str = ""
    batch: str = ""
    process: tuple[int, float] | None = None
    status: str = ""
    answered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One file of requests: the `number`-th of a round."""

    folder: Path
    number: int

    @property
    def round(self) -> int:
        """The number of its round."""
        return int(self.folder.name)

    @property
    def name(self) -> str:
        """What the user knows it by."""
        return f"batch {self.round}.{self.number}"

    def at(self, what: str) -> Path:
        """Return the path of one of its files, such as "requests.jsonl"."""
        return self.folder / f"{self.number}.{what}"

    @property
    def state(self) -> State:
        """How far it has come, as the disk says."""
        with storage(self.at("json")):
            plain = json.loads(self.at("json").read_bytes())
        process = plain["process"]
        return State(**{**plain, "process": tuple(process) if process else None})

    def note(self, **changes: Any) -> State:
        """Change the state on disk, durably, and return it."""
        state = replace(self.state, **changes)
        write_atomically(self.at("json"), json.dumps(asdict(state)).encode())
        return state


def rounds(run: RunDir) -> list[list[BatchFile]]:
    """Return the files of every complete round, in order."""
    folders = sorted(run.batches.glob("[0-9]*"), key=lambda path: path.stem.zfill(12))
    return [_files(folder) for folder in folders if not folder.suffix]


def _files(folder: Path) -> list[BatchFile]:
    numbers = sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit())
    return [BatchFile(folder, number) for number in numbers]


def collect(run: RunDir, round: int, engine: str, shard: int, lines: list[bytes]) -> None:
    """Write the requests of one shard that wait for an engine in a round."""
    if lines:
        path = _part(run, round) / engine / f"{shard:05d}.jsonl"
        write_atomically(path, b"".join(lines))


def begin(run: RunDir, round: int) -> None:
    """Forget what was collected for a round that was never completed."""
    with storage(run.batches):
        shutil.rmtree(_part(run, round), ignore_errors=True)
        _part(run, round).mkdir(parents=True)


def seal(run: RunDir, round: int, engine: str, most_requests: int, most_bytes: int) -> None:
    """Join the requests that an engine got into files within its limits."""
    part = _part(run, round)
    with storage(part):
        shards = _by_shard(part / engine)
        number = len(_files(part))
        for joined in _within(_lines(shards), most_requests, most_bytes):
            file = BatchFile(part, number)
            with file.at("requests.jsonl").open("wb") as target:
                count = _copy(joined, target)
            state = json.dumps(asdict(State(engine, count))).encode()
            write_atomically(file.at("json"), state)
            number += 1


def _by_shard(folder: Path) -> list[Path]:
    """Return the files of shards in a folder, by the shards' numbers."""
    return sorted(folder.glob("*.jsonl"), key=lambda path: (len(path.stem), path))


def samples(run: RunDir, round: int, engine: str) -> dict[str, Request]:
    """Return one of the requests that an engine got in a round for each kind.

    They are those of the first shard that has any.
    """
    found: dict[str, Request] = {}
    shards = _by_shard(_part(run, round) / engine)
    for line in _lines(shards[:1]):
        request = request_of(json.loads(line))
        found.setdefault(request.kind, request)
    return found


def complete(run: RunDir, round: int) -> list[BatchFile]:
    """Make a round, of which every engine's requests are sealed, the next; return its files."""
    part = _part(run, round)
    with storage(part):
        for folder in [path for path in part.iterdir() if path.is_dir()]:
            shutil.rmtree(folder)
        if not _files(part):
            part.rmdir()
            return []
        whole = part.rename(part.with_suffix(""))
        sync_directory(run.batches)
    return _files(whole)


def drop_unpaid(run: RunDir) -> None:
    """Forget the last round if nothing of it was submitted.

    It is then collected anew, within the limits that are set now.
    """
    for files in rounds(run)[-1:]:
        states = [file.state for file in files]
        if all(state.step in ("written", "uploaded") and not state.process for state in states):
            with storage(run.batches):
                shutil.rmtree(files[0].folder)


def unanswered(run: RunDir, round: int) -> dict[str, int]:
    """Return the keys that a round left unanswered, with the times that each was asked."""
    found: dict[str, int] = {}
    for path in (run.batches / f"{round:05d}").glob("*.unanswered.json"):
        with storage(path):
            found |= json.loads(path.read_bytes())
    return found


def read_dialect(run: RunDir, engine: str, model: str, args: dict[str, Any]) -> Dialect | None:
    """Return what is known of an engine's server, None if nothing was asked yet."""
    path = run.batches / f"{engine}.dialect.json"
    if not path.exists():
        return None
    with storage(path):
        known = json.loads(path.read_bytes())
    return Dialect(
        model,
        args,
        left_out=set(known["left_out"]),
        limit=known["limit"],
        loose=set(known["loose"]),
    )


def write_dialect(run: RunDir, engine: str, dialect: Dialect) -> None:
    """Remember what is known of an engine's server."""
    known = {
        "left_out": sorted(dialect.left_out),
        "limit": dialect.limit,
        "loose": sorted(dialect.loose),
    }
    write_atomically(run.batches / f"{engine}.dialect.json", json.dumps(known).encode())


def _part(run: RunDir, round: int) -> Path:
    return run.batches / f"{round:05d}.part"


def _lines(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            yield from file


def _within(
    lines: Iterator[bytes], most_requests: int, most_bytes: int
) -> Iterator[Iterator[bytes]]:
    """Yield the lines in runs, each to be used up before the next, that stay within the limits."""
    waiting = next(lines, None)

    def joined() -> Iterator[bytes]:
        nonlocal waiting
        count = size = 0
        while waiting is not None and count < most_requests and size + len(waiting) <= most_bytes:
            count, size = count + 1, size + len(waiting)
            yield waiting
            waiting = next(lines, None)

    while waiting is not None:
        yield joined()


def _copy(lines: Iterator[bytes], target: IO[bytes]) -> int:
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007 (the last count is what is wanted)
        target.write(line)
    target.flush()
    os.fsync(target.fileno())
    return count
