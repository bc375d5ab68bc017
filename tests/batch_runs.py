"""Batch runs without Ray, of the fake stages, and a driver that can be killed at any step."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fake_runs import rows
from fake_stages import FAKE_STAGES
from rich.console import Console

from toolace_mt.config import RunConfig, validate_config
from toolace_mt.distributed.batches.driver import BatchDriver
from toolace_mt.distributed.batches.play import PlayOrder, PlayReport, play_shard
from toolace_mt.methods import context_of
from toolace_mt.run.batches import answers
from toolace_mt.run.batches.files import BatchFile
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Shard
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.run.prepare import prepare, read_pool
from toolace_mt.run.status import read_status
from toolace_mt.trajectory import Trajectory

POLICY = FaultPolicy(backoff_first=0.01, backoff_most=0.02)


class Killed(BaseException):
    """The driver's process ends here."""


class LocalDriver(BatchDriver):
    """A driver that plays shards in its own process."""

    async def _submit(self, number: int, shard: Shard) -> PlayReport:
        order = PlayOrder(str(self._run.path), self._epoch, number, shard)
        context = context_of(self._config, read_pool(self._run))
        return await asyncio.to_thread(asyncio.run, play_shard(order, self._stages, context))


def settings(path: Path, more: dict[str, Any] | None = None, **engine: Any) -> RunConfig:
    """Settings of a run; `engine` needs `url` or `command`, `more` are settings beside it."""
    plain = {
        "run_dir": str(path),
        "dialogues": 5,
        "shard_size": 2,
        "shards_in_flight": 1,
        "engine": {"kind": "batch", "model": "m", "poll": 0.01, "online_below": 0, **engine},
        **(more or {}),
    }
    return validate_config(plain, "test")


def drive(config: RunConfig, console: Console, policy: FaultPolicy = POLICY) -> list[Trajectory]:
    """Run one driver, and return the rows that are there when it ends by itself."""
    run = RunDir(Path(config.run_dir))
    plan = prepare(run, config, console)
    driver = LocalDriver(run, 1, config, plan, FAKE_STAGES, policy, console, lambda _: None)
    asyncio.run(driver.drive(read_status(run, plan.dialogues, FAKE_STAGES)))
    return rows(config)


class Fuse:
    """Kills the driver at the `left`-th step that it takes on disk, before it or after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        note, write = BatchFile.note, answers.write_atomically

        def noting(file: BatchFile, /, **changes: Any) -> Any:
            self.burn()
            state = note(file, **changes)
            self.burn()
            return state

        def writing(path: Path, data: bytes) -> None:
            self.burn()
            write(path, data)

        monkeypatch.setattr(BatchFile, "note", noting)
        monkeypatch.setattr(answers, "write_atomically", writing)

    def burn(self) -> None:
        """Count a step."""
        self.left -= 1
        if self.left == 0:
            raise Killed
