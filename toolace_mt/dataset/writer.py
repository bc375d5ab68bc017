"""The dataset of a run: published, verified dialogues as Parquet that `load_dataset` reads.

    dataset/
      README.md                         the card; its YAML names the configs and splits
      openai/{train,rejected}-*.parquet messages and tools as JSON values, and all columns
      strings/{train,rejected}-*.parquet messages and tools as JSON text, for `datasets` < 4.1
      failed.jsonl                      dialogues that could not be made, with the cause

`train` has the accepted dialogues, `rejected` the rejected and undecided ones; a split without
dialogues is absent, because `datasets` refuses to load an empty one. The files depend on the
dialogues alone, not on how they were sharded, and the directory appears whole.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from toolace_mt.config import RunConfig
from toolace_mt.config.run import STAGES
from toolace_mt.dataset.card import render_card
from toolace_mt.dataset.parquet import ParquetSplit
from toolace_mt.dataset.profile import Profile
from toolace_mt.dataset.rows import to_record
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir, storage, sync_directory
from toolace_mt.run.shards import read_shard
from toolace_mt.run.status import RunStatus, read_status
from toolace_mt.trajectory import JsonObject, Trajectory

SPLITS = ("train", "rejected")


def write_dataset(run_dir: Path, config: RunConfig, status: RunStatus | None = None) -> Path:
    """Write `run_dir/dataset` from the verified shards, in place of one written before.

    `status` is that of the run as it is now (read here unless given). Returns the dataset's folder.
    Raises RunDirError for shards that cannot be read, or storage that fails.
    """
    run = RunDir(run_dir)
    status = status or read_status(run, config.dialogues, STAGES[config.method])
    profile = Profile()
    with storage(run.dataset), _system_memory(), _replacing(run.dataset) as folder:
        dialogues = (d for path in run.shards("verification") for d in read_shard(path))
        counts = _write_rows(folder, dialogues, profile)
        splits = [split for split in SPLITS if counts[split]] or SPLITS
        card = render_card(config, status, profile, splits, _digest(folder))
        (folder / "README.md").write_text(card, encoding="utf-8")
    if sum(counts.values()) != status.verified:
        raise RunDirError(f"{run_dir}: shards changed while the dataset was written; run it again")
    return run.dataset


def _digest(folder: Path) -> str:
    """Return a digest of all Parquet files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _write_rows(folder: Path, dialogues: Iterable[Trajectory], profile: Profile) -> dict[str, int]:
    splits = {split: ParquetSplit(folder, split) for split in SPLITS}
    counts = dict.fromkeys((*SPLITS, "failed"), 0)
    with (folder / "failed.jsonl").open("w", encoding="utf-8") as failed:
        for dialogue in dialogues:
            profile.add(dialogue)
            if dialogue.verdict is None or dialogue.failure:
                place = "failed"
                failed.write(json.dumps(_failed(dialogue)) + "\n")
            else:
                place = "train" if dialogue.verdict.outcome == "accepted" else "rejected"
                splits[place].add(to_record(dialogue))
            counts[place] += 1
    for split in splits.values():
        split.close()
    return counts


def _failed(dialogue: Trajectory) -> JsonObject:
    cause = dialogue.failure or "it was not verified"
    calls = sum(usage.calls for usage in dialogue.usage)
    return {"id": dialogue.id, "seed": dialogue.seed, "cause": cause, "calls": calls}


@contextmanager
def _system_memory() -> Iterator[None]:
    """Have Arrow give freed memory back: its own pool keeps much more than a row group takes."""
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a fresh directory that takes the place of `path` when all has gone well."""
    for leftover in path.parent.glob(f"{path.name}.tmp-*"):
        shutil.rmtree(leftover)
    fresh = path.with_name(f"{path.name}.tmp-{uuid.uuid4().hex}")
    fresh.mkdir()
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    for file in (f for f in fresh.rglob("*") if f.is_file()):
        with file.open("rb") as written:
            os.fsync(written.fileno())
    old = path.with_name(f"{path.name}.tmp-{uuid.uuid4().hex}")
    if path.exists():
        path.rename(old)
    fresh.rename(path)
    sync_directory(path.parent)
    shutil.rmtree(old, ignore_errors=True)
