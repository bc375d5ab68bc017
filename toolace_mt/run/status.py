"""The status of a run, computed from its files alone: exact while it runs and afterwards."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from toolace_mt.run.batches.files import State, rounds
from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.journal import entries
from toolace_mt.run.lease import Lease, read_lease
from toolace_mt.run.plan import existing_plan
from toolace_mt.run.shards import Tokens, read_columns, read_sums

OUTCOMES = ("accepted", "rejected", "undecided", "failed")


@dataclass(slots=True)
class StageStatus:
    """One stage so far.

    `outcomes` counts the dialogues it has published, by outcome (see `shards.Sums`). `paid` is the
    cost of all its model calls. `journaled` of these belong to shards that are not published yet.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    paid: Tokens = field(default_factory=Tokens)
    journaled: int = 0

    @property
    def dialogues(self) -> int:
        """Dialogues published."""
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        """Dialogues that had failed by the end of this stage."""
        return self.outcomes["failed"]

    @property
    def alive(self) -> int:
        """Dialogues that left this stage without a failure."""
        return self.dialogues - self.failed


@dataclass(frozen=True, slots=True)
class Life:
    """One driver's time.

    `wall_seconds` is the time with engines up, `busy_seconds` the sum over engines of the time with
    an open request. `deaths` counts deaths of engines, `requeues` requests sent again because of
    them.
    """

    wall_seconds: float = 0.0
    busy_seconds: float = 0.0
    deaths: int = 0
    requeues: int = 0


@dataclass(slots=True)
class RunStatus:
    """What has become of the planned dialogues of a run.

    - `stages`: every stage of the run, in order.
    - `findings`: verified dialogues with an error, by check. `failures`: failed dialogues, by
      cause.
    - `answers`: the experts' answers, by expert and outcome.
    - `lives`: all drivers so far, oldest first. A killed driver lacks its last seconds.
    - `asked`: how many accepted dialogues the run's settings ask for, None for a run with a fixed
      number of dialogues.
    - `left_out`: accepted dialogues that the dataset last written leaves out, by reason.
    - `lease`: which driver owns the run, if any ever did.
    - `roles`: what each role has taken (`config.roles`), "" for calls of an earlier version.
    - `batches`: the files of a batch API so far by name, oldest first.
    - `heartbeat`: what the driver last wrote to `state/progress.json`; empty before the first.
    """

    planned: int
    stages: dict[str, StageStatus]
    findings: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[str]] = field(default_factory=dict)
    lives: tuple[Life, ...] = ()
    asked: int | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    lease: Lease | None = None
    roles: dict[str, Tokens] = field(default_factory=dict)
    batches: dict[str, State] = field(default_factory=dict)
    heartbeat: dict[str, Any] = field(default_factory=dict)

    @property
    def outcomes(self) -> Counter[str]:
        """Dialogues that have reached their end, by `OUTCOMES`."""
        return self.last.outcomes

    @property
    def verified(self) -> int:
        """Number of dialogues that have reached their end."""
        return self.last.dialogues

    @property
    def pass_rate(self) -> float | None:
        """Accepted dialogues among those that reached their end, from 0 to 1; None if none has."""
        return self.outcomes["accepted"] / self.verified if self.verified else None

    @property
    def complete(self) -> bool:
        """Whether every stage has published every dialogue."""
        return all(stage.dialogues == self.planned for stage in self.stages.values())

    @property
    def paid(self) -> Tokens:
        """The cost of all model calls of all stages."""
        total = Tokens()
        for stage in self.stages.values():
            total.add(stage.paid)
        return total

    @property
    def rows(self) -> int:
        """Accepted dialogues, without those that the dataset last written leaves out."""
        return self.outcomes["accepted"] - self.left_out.total()

    @property
    def last(self) -> StageStatus:
        """The last stage, which gives verdicts."""
        return next(reversed(self.stages.values()))


def status_of(run: RunDir) -> RunStatus:
    """Return the status of the run in a directory.

    Raises InputError if there is no run, RunDirError for a shard that cannot be read.
    """
    plan = existing_plan(run)
    return read_status(run, plan.dialogues, plan.stages)


def read_status(run: RunDir, planned: int, stages: Iterable[str]) -> RunStatus:
    """Return the status of a run with these stages, from its shards, journals and heartbeat.

    Takes time linear in the number of verified dialogues, and of completions in the journals of
    shards not yet published. Raises RunDirError for a shard that cannot be read.
    """
    status = RunStatus(planned, {stage: StageStatus() for stage in stages})
    for name, stage in status.stages.items():
        published = run.shards(name)
        for path in published:
            sums = read_sums(path)
            stage.outcomes.update(sums.outcomes)
            stage.paid.add(sums.paid)
            for role, paid in sums.roles.items():
                status.roles.setdefault(role, Tokens()).add(paid)
            if stage is status.last:
                _add_verdicts(status, path)
        _add_journaled(status, stage, run, name, {path.stem for path in published})
    status.lease = read_lease(run)
    status.batches = {file.name: file.state for files in rounds(run) for file in files}
    status.heartbeat = _read_json(run.heartbeat)
    status.asked = _asked(run)
    status.left_out = Counter(_read_json(run.selection))
    status.lives = tuple(map(_life, status.heartbeat.get("lives", ())))
    return status


def cause(failure: str) -> str:
    """Return the kind of a failure: its text on one line, numbers replaced, cut to 100 letters."""
    return " ".join(re.sub(r"\d+", "#", failure).split())[:100]


def _add_journaled(
    status: RunStatus, stage: StageStatus, run: RunDir, name: str, published: set[str]
) -> None:
    for directory in run.journals(name):
        for entry in entries(directory) if directory.name not in published else ():
            stage.journaled += 1
            stage.paid.count(entry.completion)
            status.roles.setdefault(entry.role, Tokens()).count(entry.completion)


def _add_verdicts(status: RunStatus, path: Path) -> None:
    for row in read_columns(path, ("failure", "verdict")):
        verdict = json.loads(row["verdict"])
        if row["failure"]:
            status.failures[cause(row["failure"])] += 1
        if verdict is None:
            continue
        found = verdict["findings"]
        status.findings.update(sorted({f["check"] for f in found if f["severity"] == "error"}))
        for answer in verdict["answers"]:
            status.answers.setdefault(answer["expert"], Counter())[answer["outcome"]] += 1


def _asked(run: RunDir) -> int | None:
    if not run.config.exists():
        return None
    with storage(run.config):
        settings = yaml.safe_load(run.config.read_bytes())
    return settings.get("accepted") if isinstance(settings, dict) else None


def _read_json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    with storage(path):
        saved: dict[str, Any] = json.loads(path.read_bytes())
    return saved


def _life(saved: dict[str, float]) -> Life:
    """Return a life from its saved fields; earlier versions saved fewer."""
    return Life(**{each.name: saved.get(each.name, 0) for each in fields(Life)})  # type: ignore[arg-type]
