"""Writes the dataset of a run: its verified dialogues, in each format of the configuration.

    dataset/
      README.md                         the card; its YAML names the configs and splits
      <format>/{train,rejected}-*       see `formats`
      failed.jsonl                      dialogues that could not be made, with the cause
      failed/failed-00000.parquet       the same for `load_dataset`, if there are any
      left_out.jsonl                    accepted dialogues that are no rows, with the reason

- `train` has the accepted dialogues that `selection` keeps, `rejected` the rejected and undecided
  ones.
- A split without dialogues is absent, because `datasets` refuses to load an empty one.
- The files depend on the dialogues alone, not on shards.
- The directory appears whole.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from toolace_mt.config import RunConfig
from toolace_mt.config.run import STAGES
from toolace_mt.dataset.card import FAILED, Contents, render_card
from toolace_mt.dataset.convert import SPLITS, ConvertedShard, Converter
from toolace_mt.dataset.files import open_files
from toolace_mt.dataset.formats import FORMATS, check_formats
from toolace_mt.dataset.processes import each_shard
from toolace_mt.dataset.profile import Profile
from toolace_mt.dataset.selection import left_out, why
from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir, storage, sync_directory, write_atomically
from toolace_mt.run.plan import read_plan
from toolace_mt.run.status import RunStatus, read_status
from toolace_mt.trajectory import JsonObject


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """The path of a dataset and its numbers of dialogues, which add up to all that are planned.

    `left_out` counts accepted dialogues that became no rows, by reason (`selection.why`).
    """

    path: Path
    train: int
    rejected: int
    failed: int
    left_out: Counter[str] = field(default_factory=Counter)


def write_dataset(
    run_dir: Path,
    config: RunConfig,
    status: RunStatus | None = None,
    formats: tuple[str, ...] | None = None,
    out: Path | None = None,
) -> ExportSummary:
    """Write the verified dialogues of a run to `out`, replacing an earlier dataset there.

    `status` is the run's current one, read here unless given. `formats` default to those of the
    configuration, `out` to `run_dir/dataset`. Memory holds some shards and a row group for each
    open file, whatever the size of the run. Raises ConfigError for an unknown format, RunDirError
    for shards that cannot be read or storage that fails.
    """
    run = RunDir(run_dir)
    names = check_formats(formats or config.export.formats)
    target = out or run.dataset
    if status is None:
        plan = read_plan(run)
        planned = plan.dialogues if plan else config.dialogues or 0
        status = read_status(run, planned, STAGES[config.method])
    profile = Profile()
    with storage(target), _system_memory(), _replacing(target) as folder:
        without = left_out(run, config.export)
        status.left_out = why(without)
        with each_shard(run, Converter(run, names, without.keys())) as shards:
            counts = _write_rows(folder, names, shards, profile)
        _write_left_out(folder, without)
        if sum(counts.values()) + len(without) != status.verified:
            raise RunDirError(
                f"{run_dir}: shards changed while the dataset was written; run it again"
            )
        splits = tuple(split for split in SPLITS if counts[split])
        empty = _empty(folder, names, splits)
        pool = run.tools.read_bytes().count(b"\n") if run.tools.exists() else 0
        contents = Contents(names, splits, counts["failed"], _digest(folder), empty, pool)
        card = render_card(config, status, profile, contents)
        (folder / "README.md").write_text(card, encoding="utf-8")
    if out is None:
        write_atomically(run.selection, json.dumps(status.left_out).encode())
    return ExportSummary(
        target, counts["train"], counts["rejected"], counts["failed"], status.left_out
    )


def _empty(
    folder: Path, names: tuple[str, ...], splits: tuple[str, ...]
) -> frozenset[tuple[str, str]]:
    """Return the formats and splits that have no file, since no dialogue gave a row."""
    pairs = ((name, split) for name in names for split in splits)
    return frozenset(
        (name, split)
        for name, split in pairs
        if not any((folder / name).glob(FORMATS[name].pattern(split)))
    )


def _digest(folder: Path) -> str:
    """Return a digest of all files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _write_rows(
    folder: Path, names: tuple[str, ...], shards: Iterable[ConvertedShard], profile: Profile
) -> dict[str, int]:
    files = {
        (split, name): open_files(folder / name, split, FORMATS[name])
        for split in SPLITS
        for name in names
    }
    failed: list[JsonObject] = []
    counts = dict.fromkeys((*SPLITS, "failed"), 0)
    for shard in shards:
        profile.merge(shard.profile)
        failed += shard.failed
        counts["failed"] += len(shard.failed)
        for split, (dialogues, tables) in shard.splits.items():
            counts[split] += dialogues
            for name, table in tables.items():
                files[split, name].add(table)
    for opened in files.values():
        opened.close()
    _write_failed(folder, failed)
    for name in names if counts["train"] else ():
        for file, text in FORMATS[name].beside.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    return counts


def _write_left_out(folder: Path, reasons: Mapping[str, str]) -> None:
    if reasons:
        rows = ({"id": id, "reason": reason} for id, reason in sorted(reasons.items()))
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        (folder / "left_out.jsonl").write_text(lines, encoding="utf-8")


def _write_failed(folder: Path, failed: list[JsonObject]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in failed)
    (folder / "failed.jsonl").write_text(lines, encoding="utf-8")
    if failed:
        path = folder / FAILED / f"{FAILED}-00000.parquet"
        path.parent.mkdir()
        pq.write_table(pa.Table.from_pylist(failed), path)


@contextmanager
def _system_memory() -> Iterator[None]:
    """Use the system's allocator for Arrow in the block: Arrow's own keeps freed memory."""
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield a new directory that replaces `path` if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
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
