"""Starts runs under test, and checks each when it has ended."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.kills.head import Head
from benchmarks.kills.life import Life
from benchmarks.kills.log import journaled_twice, take_account


@dataclass(slots=True)
class Row:
    """What all runs of one kind came to."""

    kind: str
    left: int = 0
    kills: int = 0
    runs: int = 0
    lives: int = 0
    identical: int | None = None
    calls: int = 0
    again: int = 0
    tokens: int = 0
    in_flight: list[int] = field(default_factory=list)
    orphans: int = 0
    ended: list[Life] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Campaign:
    """Runs under test in one folder, all of the same settings, and the run without kills."""

    def __init__(
        self, folder: Path, settings: dict[str, Any], policy: dict[str, Any], head: Head
    ) -> None:
        self.folder, self.settings, self.policy, self._head = folder, settings, policy, head
        self.scripted = settings["engine"]["kind"] == "scripted"
        self._runs = 0

    def new_run(self) -> Path:
        """Return a fresh run directory; its log lies beside it."""
        self._runs += 1
        return self.folder / f"run{self._runs:03d}"

    def live(self, run_dir: Path, nodes: int = 0, **more: Any) -> Life:
        """Start a driver on a run directory."""
        settings = {**self.settings, "run_dir": str(run_dir)}
        head = None if nodes else self._head
        log = run_dir.with_suffix(".log")
        return Life(settings, log, self.policy, nodes=nodes, head=head, **more)

    def undisturbed(self) -> tuple[dict[str, bytes], Path]:
        """Make the run without kills; returns its rows, and its log with all file operations."""
        run_dir = self.new_run()
        life = self.live(run_dir, files=True)
        status, orphans = life.end()
        if status or orphans:
            raise AssertionError(f"the run without kills: {status}, {orphans}; {life.output}")
        return rows(run_dir), run_dir.with_suffix(".log")

    def judge(self, run_dir: Path, reference: dict[str, bytes] | None, row: Row) -> None:
        """Check a finished run and add it to its row; without a reference, rows may differ."""
        account = take_account(run_dir.with_suffix(".log"))
        row.runs += 1
        row.kills += account.kills
        row.calls += account.calls
        row.again += account.again
        row.tokens += account.tokens
        row.in_flight += account.in_flight
        wrong = {
            "ids are not those planned": ids(run_dir) != planned(self.settings),
            "calls made again that were not in flight": account.unexplained,
            "calls made again than in flight": account.again > sum(account.in_flight),
            "completions journaled twice": journaled_twice(run_dir),
        }
        if reference is not None:
            same = rows(run_dir) == reference
            row.identical = (row.identical or 0) + same
            wrong["rows differ"] = not same
        row.wrong += [f"{run_dir.name}: {what} ({n})" for what, n in wrong.items() if n]


def rows(run_dir: Path) -> dict[str, bytes]:
    """Return the files of the dataset that hold dialogues."""
    folder = run_dir / "dataset"
    files = (*folder.rglob("*.parquet"), folder / "failed.jsonl")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def ids(run_dir: Path) -> list[str]:
    """Return the ids of all rows, of those that failed as well, sorted."""
    found = list(causes(run_dir))
    for path in (run_dir / "dataset/openai").glob("*.parquet"):
        found += pq.read_table(path, columns=["id"])["id"].to_pylist()
    return sorted(found)


def causes(run_dir: Path) -> dict[str, str]:
    """Return why dialogues failed, by id."""
    with (run_dir / "dataset/failed.jsonl").open() as file:
        return {row["id"]: row["cause"] for row in map(json.loads, file)}


def planned(settings: dict[str, Any]) -> list[str]:
    """Return the ids that the settings ask for."""
    return [f"{settings['seed']}-{number:07d}" for number in range(settings["dialogues"])]
