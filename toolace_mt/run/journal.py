"""The journal: every completion is durable before it is used, so a dialogue can be replayed.

- Each attempt at a shard writes a file of its own, so two processes never write to one file.
- A line is the CRC-32 of what follows, a space, and one JSON object.
- After a crash the stage runs again. Completions in the journals of any attempt answer its calls.
"""

import asyncio
import json
import logging
import os
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from toolace_mt.calls.request import Completion
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import storage, sync_directory, write_atomically

logger = logging.getLogger(__name__)

_FIELDS = tuple(field.name for field in fields(Completion))


class Journal:
    """The journal of one attempt. Any number of coroutines of one event loop may append to it.

    Lines that arrive while a batch is written form the next batch, so many completions share one
    fsync (group commit). The fsync runs in a thread. The first line creates the file.
    """

    def __init__(self, directory: Path, epoch: int) -> None:
        self._directory = directory
        self._epoch = epoch
        self._file: int | None = None
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._broken: RunDirError | None = None

    async def append(self, key: str, completion: Completion, role: str = "") -> None:
        """Return once the completion is on disk; raise RunDirError if it cannot be written.

        `role` is the role that asked (`config.roles`).
        """
        if self._broken:
            raise self._broken
        durable = asyncio.get_running_loop().create_future()
        self._waiting.append((encode(key, completion, role), durable))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await durable

    async def close(self) -> None:
        """Wait for pending writes and close the file."""
        if self._writer is not None:
            await self._writer
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, b"".join(line for line, _ in batch))
            except RunDirError as error:
                # Part of a line may be on disk; nothing may ever follow it in this file.
                self._broken = error
                batch, self._waiting = batch + self._waiting, []
            for _, durable in batch:
                if durable.done():
                    continue
                if self._broken:
                    durable.set_exception(self._broken)
                else:
                    durable.set_result(None)

    def _write(self, data: bytes) -> None:
        with storage(self._directory):
            if self._file is None:
                self._file = _create(self._directory, self._epoch)
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)


def _create(directory: Path, epoch: int) -> int:
    """Create the next unused file of this epoch; exclusive creation decides between rivals."""
    directory.mkdir(parents=True, exist_ok=True)
    attempt = 0
    while True:
        path = directory / f"{epoch:06d}-{attempt}.jsonl"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        except FileExistsError:
            attempt += 1
            continue
        sync_directory(directory)
        sync_directory(directory.parent)
        return file


class Entry(NamedTuple):
    """One completion of a journal; `role` is "" where an earlier version wrote it."""

    key: str
    completion: Completion
    role: str = ""


def encode(key: str, completion: Completion, role: str = "") -> bytes:
    """Return one line of a journal."""
    record = {"key": key} | ({"role": role} if role else {})
    for name in _FIELDS:  # asdict() copies deeply, which is slow
        record[name] = getattr(completion, name)
    payload = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def entries(directory: Path) -> Iterator[Entry]:
    """Yield the completions of all attempts, ordered by epoch, then by attempt.

    A torn or damaged line ends the reading of its file, with a warning that names file and line.
    The calls that are lost with it are made again.
    """
    if not directory.is_dir():
        return
    for path in sorted(directory.glob("*.jsonl"), key=_order):
        yield from _read(path)


def _read(path: Path) -> Iterator[Entry]:
    with storage(path), path.open("rb") as file:
        for number, line in enumerate(file, 1):
            entry = _decode(line)
            if entry is None:
                logger.warning(
                    "%s line %d: torn or damaged; the journal is used up to there", path, number
                )
                return
            yield entry


def replay(directory: Path) -> dict[str, Completion]:
    """Return the completions by key; the first of a key wins."""
    found: dict[str, Completion] = {}
    for entry in entries(directory):
        found.setdefault(entry.key, entry.completion)
    return found


def given_up(directory: Path) -> int:
    """Return how many completions have the finish "failed"."""
    return sum(entry.completion.finish == "failed" for entry in entries(directory))


def take_back(directory: Path) -> None:
    """Rewrite every file without its "failed" completions. No process may be writing there."""
    for path in directory.glob("*.jsonl"):
        kept = [encode(*entry) for entry in _read(path) if entry.completion.finish != "failed"]
        write_atomically(path, b"".join(kept))


def _decode(line: bytes) -> Entry | None:
    checksum, _, payload = line[:-1].partition(b" ")
    if line[-1:] != b"\n" or checksum != b"%08x" % zlib.crc32(payload):
        return None
    record = json.loads(payload)
    return Entry(record.pop("key"), role=record.pop("role", ""), completion=Completion(**record))


def _order(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.stem.split("-"))
