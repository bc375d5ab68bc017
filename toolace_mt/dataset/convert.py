"""Verified shards as tables of rows."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from toolace_mt.dataset.formats import FORMATS
from toolace_mt.dataset.profile import Profile
from toolace_mt.dataset.rows import Batch
from toolace_mt.run.directory import RunDir
from toolace_mt.run.prepare import read_pool
from toolace_mt.run.shards import read_shard
from toolace_mt.trajectory import JsonObject, Tool, Trajectory

SPLITS = ("train", "rejected")


@dataclass(slots=True)
class ConvertedShard:
    """The rows of one shard.

    `splits` has, by split, the number of dialogues and their table in each format. `failed` are the
    dialogues that could not be made.
    """

    splits: dict[str, tuple[int, dict[str, pa.Table]]] = field(default_factory=dict)
    failed: list[JsonObject] = field(default_factory=list)
    profile: Profile = field(default_factory=Profile)


@dataclass
class Converter:
    """Makes the rows of a shard, in all of the formats; dialogues in `left_out` give none."""

    run: RunDir
    formats: Sequence[str]
    left_out: Set[str] = frozenset()

    def __call__(self, path: Path) -> ConvertedShard:
        """Return the rows of a shard; raise RunDirError if it cannot be read."""
        return convert(read_shard(path, self._known), self.formats, self.left_out)

    @cached_property
    def _known(self) -> dict[str, Tool] | None:
        """The tools of the pool, parsed once and not for each dialogue."""
        found = self.run.tools.exists()
        return {tool.name: tool for tool in read_pool(self.run).tools} if found else None


def convert(
    dialogues: Sequence[Trajectory], formats: Sequence[str], left_out: Set[str] = frozenset()
) -> ConvertedShard:
    """Return the rows of dialogues, in order, in all of the formats."""
    converted = ConvertedShard()
    splits: dict[str, list[Trajectory]] = {split: [] for split in SPLITS}
    for dialogue in dialogues:
        converted.profile.add(dialogue, kept=dialogue.id not in left_out)
        if dialogue.verdict is None or dialogue.failure:
            converted.failed.append(_failed(dialogue))
        elif dialogue.id not in left_out:
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
