"""How far the dialogues of a run have come, counted from its published shards alone."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolace_mt.distributed.shards import Tokens, read_sums
from toolace_mt.errors import RunDirError

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
