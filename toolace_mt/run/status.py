"""What a run directory says about its run: exact at any time, while it runs and afterwards."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from toolace_mt.errors import RunDirError
from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.journal import entries
from toolace_mt.run.lease import read_lease
from toolace_mt.run.plan import Plan
from toolace_mt.run.shards import Tokens, read_sums


@dataclass(slots=True)
class StageAccount:
    """One stage: dialogues published and how they stand, shards published, and what was paid.

    `journaled` counts completions that wait in journals of shards not published yet; `paid`
    includes them.
    """

    shards: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    paid: Tokens = field(default_factory=Tokens)
    journaled: int = 0

    @property
    def dialogues(self) -> int:
        """Number of dialogues published."""
        return self.outcomes.total()


Account = dict[str, StageAccount]


def take_account(run: RunDir, plan: Plan, stages: Iterable[str]) -> Account:
    """Add up all published shards and the journals of those not yet published, by stage."""
    account = {stage: StageAccount() for stage in stages}
    for shard in plan.shards():
        for stage, sums in account.items():
            path = run.shard(stage, shard.index)
            if path.exists():
                published = read_sums(path)
                sums.shards += 1
                sums.outcomes.update(published.outcomes)
                sums.paid.add(published.paid)
            else:
                for _, completion in entries(run.journal(stage, shard.index)):
                    sums.journaled += 1
                    sums.paid.count(completion)
    return account


OUTCOMES = ("accepted", "rejected", "undecided", "failed")
_ORDER = ("initialization", "simulation", "refinement", "verification")


@dataclass(slots=True)
class Stage:
    """One stage so far: dialogues that left it alive, those that had failed by then, its cost."""

    alive: int = 0
    failed: int = 0
    paid: Tokens = field(default_factory=Tokens)


@dataclass(slots=True)
class Funnel:
    """Where the planned dialogues of a run stand.

    `outcomes` counts verified dialogues by `OUTCOMES`; at the end they add up to `planned`.
    `findings` counts dialogues with an error of that check, `failures` dialogues by cause,
    `answers` the experts' answers by expert and outcome.
    """

    planned: int
    stages: dict[str, Stage] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def verified(self) -> int:
        """Dialogues that have reached their end."""
        return self.outcomes.total()

    @property
    def pass_rate(self) -> float | None:
        """Share of accepted dialogues among those that reached their end; None if none has."""
        return self.outcomes["accepted"] / self.verified if self.verified else None


def read_funnel(run_dir: Path, planned: int) -> Funnel:
    """Count what the run has published; works while it runs and afterwards.

    Reads the sums of every shard, and of verified shards two columns: about 10 us a dialogue.
    Raises RunDirError for a shard that cannot be read.
    """
    funnel = Funnel(planned)
    for stage in _stages(run_dir):
        counted = funnel.stages[stage] = Stage()
        for path in shard_paths(run_dir, stage):
            sums = read_sums(path)
            counted.failed += sums.outcomes.get("failed", 0)
            counted.alive += sums.dialogues - sums.outcomes.get("failed", 0)
            counted.paid.add(sums.paid)
            if stage == "verification":
                funnel.outcomes.update(sums.outcomes)
                _count_verdicts(funnel, path)
    return funnel


def shard_paths(run_dir: Path, stage: str) -> list[Path]:
    """Return the published shards of a stage in the order of their dialogues."""
    return sorted((run_dir / "shards" / stage).glob("*.arrow"))


def _stages(run_dir: Path) -> Iterator[str]:
    return (stage for stage in _ORDER if (run_dir / "shards" / stage).is_dir())


def _count_verdicts(funnel: Funnel, path: Path) -> None:
    for failure, verdict in _verdicts(path):
        if failure:
            funnel.failures[cause(failure)] += 1
        if not verdict:
            continue
        errors = {f["check"] for f in verdict["findings"] if f["severity"] == "error"}
        funnel.findings.update(sorted(errors))
        for answer in verdict["answers"]:
            funnel.answers.setdefault(answer["expert"], Counter())[answer["outcome"]] += 1


def cause(failure: str) -> str:
    """Return the kind of a failure: its text on one line, numbers left out, not too long."""
    return " ".join(re.sub(r"\d+", "#", failure).split())[:100]


def _verdicts(path: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    import pyarrow as pa

    try:
        with pa.OSFile(str(path)) as file:
            fields = pa.ipc.open_file(file).schema.names
            wanted = [fields.index("failure"), fields.index("verdict")]
            options = pa.ipc.IpcReadOptions(included_fields=wanted)
            table = pa.ipc.open_file(file, options=options).read_all()
    except (OSError, pa.ArrowInvalid, ValueError) as error:
        raise RunDirError(f"{path}: not a readable shard ({error})") from error
    for row in table.to_pylist():
        yield row["failure"], json.loads(row["verdict"])


SILENCE = 30.0  # seconds after which a driver that said nothing is presumed dead


def status_line(run: RunDir) -> str:
    """Return one line: who is at work and how fast, and what broke in all drivers' lives so far."""
    lease = read_lease(run)
    path = run.state / "progress.json"
    broken = _broken(read_lives(run))
    if lease is None or not lease.host:
        return f"no driver is at work; {broken}"
    who = f"driver {lease.pid} on {lease.host}"
    if not path.exists():
        return f"{who}: starting"
    with storage(path):
        live = json.loads(path.read_bytes())
    age = time.time() - live["time"]
    if age > SILENCE:
        return f"{who}: silent for {duration(age)}; if it is dead, the same command continues"
    engines = live["engines"]
    running, slots = (sum(engine[name] for engine in engines) for name in ("running", "slots"))
    left = live["seconds_left"]
    return (
        f"{who}: {live['calls_per_second']:.1f} calls/s,"
        f" {live['output_tokens_per_second']:.0f} tok/s, {running}/{slots} slots,"
        f" {broken}" + (f", {duration(left)} left" if left is not None else "")
    )


def _broken(lives: list[dict[str, float]]) -> str:
    deaths, requeues = (sum(life.get(n, 0) for life in lives) for n in ("deaths", "requeues"))
    return f"{deaths:.0f} engine deaths, {requeues:.0f} requeues so far"


def read_lives(run: RunDir) -> list[dict[str, float]]:
    """Return seconds, deaths of engines and requeues of each driver that the run has had so far.

    A driver that was killed is short of its last two seconds.
    """
    path = run.state / "progress.json"
    with storage(path):
        saved = json.loads(path.read_bytes()) if path.exists() else {}
    return list(saved.get("lives", []))


def account_table(account: Account, planned: int, caption: str = "") -> Table:
    """Return the stages of a run as a table; `status` shows the same.

    Half a million dialogues fit into 80 columns; beyond that numbers are folded, not cut.
    """
    table = Table(box=SIMPLE_HEAD, padding=0, caption=caption, caption_justify="left")
    table.add_column("stage", no_wrap=True)
    of_all = f"dialogues\nof {planned:,}"
    for name in (of_all, "failed", "calls", "prompt\ntokens", "cached", "output\ntokens"):
        table.add_column(name, justify="right", overflow="fold")
    for stage, sums in account.items():
        table.add_row(
            stage,
            f"{sums.dialogues:,}",
            f"{sums.outcomes['failed']:,}",
            f"{sums.paid.calls:,}",
            f"{sums.paid.prompt:,}",
            f"{share(sums.paid):.0%}",
            f"{sums.paid.output:,}",
        )
    return table


def share(tokens: Tokens) -> float:
    """Return the share of prompt tokens that came from the prefix cache."""
    return tokens.cached / tokens.prompt if tokens.prompt else 0.0


def duration(seconds: float) -> str:
    """Return seconds as people say them: `42 s`, `3 min`, `2.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
