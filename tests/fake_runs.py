"""What tests of whole runs share: a fault policy without long waits, and what a run has made."""

from dataclasses import replace
from pathlib import Path

from toolace_mt.config import RunConfig
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.shards import read_shard
from toolace_mt.trajectory import Trajectory

POLICY = FaultPolicy(backoff_first=0.05, backoff_most=0.5, hang=3.0)


def rows(config: RunConfig) -> list[Trajectory]:
    """Return what a run has verified, without the seconds it took."""
    paths = sorted(Path(config.run_dir).glob("shards/verification/*.arrow"))
    dialogues = (dialogue for path in paths for dialogue in read_shard(path))
    return [
        replace(d, usage=tuple(replace(u, seconds=0, critical_seconds=0) for u in d.usage))
        for d in dialogues
    ]


def check_complete(config: RunConfig, planned: int | None = None) -> None:
    """Every planned dialogue is there once, in order."""
    ids = [dialogue.id for dialogue in rows(config)]
    numbers = range(planned or config.dialogues or 0)
    assert ids == [f"{config.seed}-{number:07d}" for number in numbers]
