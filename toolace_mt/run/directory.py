"""The layout of a run's directory, and durable writes into it.

    RUN_DIR/
      config.yaml                       the resolved settings (keys of APIs are never among them)
      manifest.json                     the plan: settings that decide the rows, shards, versions
      tools.jsonl                       snapshot of the tool pool; a resume reads no other
      tools-left-out.txt                definitions the pool could not use: file, line, reason
      shards/<stage>/<00000>.arrow      published shards; one that is here is complete
      journal/<stage>/<00000>/<epoch>-<n>.jsonl   completions, one file an attempt at a shard
      batches/<00000>/                  files of a batch API, one directory a round (`run.batches`)
      state/lease.json, lease.lock      which driver owns the run (see `lease`)
      state/progress.json               the driver's heartbeat and live numbers, for `status`
      state/engines.json                resolved settings of the engines
      state/selection.json              how many accepted dialogues the dataset leaves out, and why
      dataset/                          what trainers load (see `dataset.writer`)

All nodes share the directory. Its file system needs atomic renames, exclusive creation of files,
and an fsync that is durable: local disks, NFS, Lustre and CephFS have them, object stores do not.
`probe` tries a write before anything starts.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolace_mt.errors import RunDirError


@dataclass(frozen=True, slots=True)
class RunDir:
    """Paths of the files of one run. Creates nothing."""

    path: Path

    @property
    def config(self) -> Path:
        """Resolved settings, YAML."""
        return self.path / "config.yaml"

    @property
    def manifest(self) -> Path:
        """The plan, JSON."""
        return self.path / "manifest.json"

    @property
    def tools(self) -> Path:
        """Snapshot of the tool pool."""
        return self.path / "tools.jsonl"

    @property
    def left_out(self) -> Path:
        """Definitions that the tool pool could not use: file, line and reason of each."""
        return self.path / "tools-left-out.txt"

    @property
    def state(self) -> Path:
        """Directory of what describes a run under way."""
        return self.path / "state"

    @property
    def batches(self) -> Path:
        """Directory of the files of batch APIs."""
        return self.path / "batches"

    @property
    def dataset(self) -> Path:
        """Directory of the exported dataset."""
        return self.path / "dataset"

    @property
    def heartbeat(self) -> Path:
        """Live numbers of the driver at work, JSON."""
        return self.state / "progress.json"

    @property
    def selection(self) -> Path:
        """Counts of accepted dialogues that the dataset leaves out, by reason, JSON."""
        return self.state / "selection.json"

    def shards(self, stage: str) -> list[Path]:
        """Return the published shards of a stage, in the order of their dialogues."""
        return sorted((self.path / "shards" / stage).glob("*.arrow"), key=_in_order)

    def journals(self, stage: str) -> list[Path]:
        """Return the journal directories of a stage, one for each shard begun."""
        return sorted((self.path / "journal" / stage).glob("*"), key=_in_order)

    def shard(self, stage: str, index: int) -> Path:
        """Return the path of a stage's published shard."""
        return self.path / "shards" / stage / f"{index:05d}.arrow"

    def journal(self, stage: str, index: int) -> Path:
        """Return the directory with the journals of all attempts at a shard."""
        return self.path / "journal" / stage / f"{index:05d}"


def _in_order(path: Path) -> tuple[int, str]:
    """Sort by number: names have at least five digits, so a longer name is a larger number."""
    return len(path.name), path.name


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Translate an OSError into a RunDirError that names the file and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunDirError(
            f"{error.filename or path}: {reason}; what is there stays valid:"
            " make room or mend the permissions, then run the same command to continue"
        ) from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that readers see all of it or none, also after a power cut.

    Raises RunDirError if it cannot be written.
    """
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make entries created or renamed in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def probe(run: RunDir) -> None:
    """Check that the storage can do what a run needs; raises RunDirError if not."""
    write_atomically(run.state / "probe", b"ok\n")
    with storage(run.state):
        (run.state / "probe").unlink()
