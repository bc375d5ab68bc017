"""Kills everything a run consists of, again and again, and checks what comes out.

    python benchmarks/kills.py                                    all kinds, scripted engine
    python benchmarks/kills.py --kinds driver,actor --kills 5
    python benchmarks/kills.py --engine configs/quickstart.yaml   the real engine: `mixed`, 4 kills

Kinds: `driver`, `worker` (of a shard), `actor` (of an engine), `enginecore` (vLLM's own process),
`stopped` (SIGSTOP to the process that computes), `node` (a cluster of several, of which one loses
its raylet; for all other kinds one node stands, which drivers join), and `boundary`: a process
kills itself before, after, or halfway through each kind of operation on a file of the run. `mixed`:
several of these in turn, in one run, since a real engine takes a minute to start. A driver that was
killed is followed by the same command.

After every run: the dataset has exactly the planned ids, none twice; with the scripted engine its
Parquet files are those of a run without kills, byte by byte; nothing that was journaled was paid
again; no process is left.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kills_head import Head
from kills_hook import Point
from kills_life import Life
from kills_log import journaled_twice, take_account
from results import replace_section

from toolace_mt.config import load_config

KINDS = {"worker": 20, "actor": 16, "stopped": 4, "driver": 12, "boundary": 0, "node": 8}
LOG_BYTES = 20_000  # of a run with a real engine, about; only how often a driver dies depends on it
LIVES = 60  # of one run, until it must have come to its end
POINTS_PER_LIFE = 6  # for those in shard workers, of which another takes over at once
NODES = 2
SETTINGS: dict[str, Any] = {
    "dialogues": 24,
    "shard_size": 4,
    "seed": 11,
    "initialization": {"grounding": "delexicalized", "values": "seeded"},
    "engine": {
        "kind": "scripted",
        "replicas": 2,
        "max_num_seqs": 16,
        "seconds_per_call": 0.15,
        "spread": 0.7,
        "unreadable": 0.03,
        "flawed": 0.03,
    },
}
POLICY = {"backoff_first": 0.05, "backoff_most": 1.0, "unresponsive": 5.0}


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

    def judge(self, run_dir: Path, reference: dict[str, bytes], row: Row) -> None:
        """Check a finished run and add it to its row."""
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
        if self.scripted:
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
    import json

    import pyarrow.parquet as pq

    found = [json.loads(line)["id"] for line in (run_dir / "dataset/failed.jsonl").open()]
    for path in (run_dir / "dataset/openai").glob("*.parquet"):
        found += pq.read_table(path, columns=["id"])["id"].to_pylist()
    return sorted(found)


def planned(settings: dict[str, Any]) -> list[str]:
    """Return the ids that the settings ask for."""
    return [f"{settings['seed']}-{number:07d}" for number in range(settings["dialogues"])]


# -- ways to kill --------------------------------------------------------------------------------

Disturb = Callable[[Life, Row], None]


def kill_driver(size: int, rng: random.Random) -> Disturb:
    """Once a life: in its first seconds, or after some more lines of the log."""

    def disturb(life: Life, row: Row) -> None:
        if row.left <= 0:
            return
        if rng.random() < 0.25:
            life.wait(rng.uniform(0, 8))
        else:
            life.wait(0, lines=life.lines() + rng.randrange(1, size // 4))
        row.left -= life.kill("driver", rng)

    return disturb


def kill_part(kind: str, pause: float, rng: random.Random, how: signal.Signals) -> Disturb:
    """Again and again in one life, with random pauses, once the engines are at work."""

    def disturb(life: Life, row: Row) -> None:
        life.wait(0, lines=life.lines() + 1)
        while row.left > 0 and life.wait(rng.uniform(pause / 4, pause)):
            row.left -= life.kill(kind, rng, how)

    return disturb


def kill_in_turn(
    victims: Sequence[tuple[str, signal.Signals]], pause: float, rng: random.Random
) -> Disturb:
    """One after the other, each once the engine is at work again."""

    def disturb(life: Life, row: Row) -> None:
        while row.left > 0 and life.wait(rng.uniform(1, pause), lines=life.lines() + 1):
            kind, how = victims[row.left % len(victims)]
            row.left -= life.kill(kind, rng, how)

    return disturb


def run_until_done(
    campaign: Campaign, row: Row, reference: dict[str, bytes], disturb: Disturb, nodes: int
) -> None:
    """One run: drivers follow one another until one ends well."""
    run_dir = campaign.new_run()
    for _ in range(LIVES):
        life = campaign.live(run_dir, nodes)
        disturb(life, row)
        status = ended(life, row)
        if status == 0:
            campaign.judge(run_dir, reference, row)
            return
        if status != -signal.SIGKILL:
            row.wrong.append(f"{run_dir.name}: exit status {status}, see {life.output.name}")
    raise AssertionError(f"{run_dir}: {LIVES} lives, and no end")


def ended(life: Life, row: Row) -> int:
    """Wait for a life's end and return its status."""
    status, orphans = life.end()
    row.lives += 1
    row.orphans += orphans
    row.ended.append(life)
    return status


# -- at every boundary ---------------------------------------------------------------------------


def boundaries(log: Path, rng: random.Random) -> list[Point]:
    """Return all points of a run's log at which a process is to kill itself, in order."""
    most: dict[str, int] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for line in log.read_text().splitlines():
        _, pid, word, place = line.split(maxsplit=3)
        if word == "file":
            counts[pid, place] += 1
            most[place] = max(most.get(place, 0), counts[pid, place])
    points = []
    for place, count in most.items():
        sides = ("before", "half", "after") if " write " in place else ("before", "after")
        points += [Point(place, side, rng.choice((1, rng.randint(1, count)))) for side in sides]
    return points


def kill_at_boundaries(
    campaign: Campaign, row: Row, reference: dict[str, bytes], points: list[Point]
) -> None:
    """Let processes die at all points: a few a life in workers, one a life in the driver."""
    for role, batch in (("worker", POINTS_PER_LIFE), ("driver", 1)):
        queue = deque((point, 0) for point in points if point.place.startswith(role))
        while queue:
            run_dir = campaign.new_run()
            while True:
                due = [queue.popleft() for _ in range(min(batch, len(queue)))]
                life = campaign.live(run_dir, points=[point for point, _ in due])
                status = ended(life, row)
                log = run_dir.with_suffix(".log").read_text()
                for point, tries in due:
                    if f"kill {point.side} {point.place}\n" in log:
                        continue
                    if tries == 2:
                        row.wrong.append(f"never came to {point}")
                    else:  # a run that goes on comes to fewer places than a fresh one
                        queue.append((Point(point.place, point.side, 1), tries + 1))
                if status == 0:
                    campaign.judge(run_dir, reference, row)
                    break


# -- the table -----------------------------------------------------------------------------------


def table(rows: list[Row], title: str) -> str:
    """Return the findings as Markdown."""
    lines = [
        title,
        "",
        "| killed | kills | drivers | runs | rows identical | calls | made again"
        " | in flight at a kill: mean, most | tokens paid twice | orphans | wrong |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        same = "not compared" if row.identical is None else row.identical
        mean = sum(row.in_flight) / max(1, len(row.in_flight))
        lines.append(
            f"| {row.kind} | {row.kills} | {row.lives} | {row.runs} | {same} |"
            f" {row.calls:,} | {row.again} | {mean:.1f}, {max(row.in_flight, default=0)} |"
            f" {row.tokens:,} | {row.orphans} | {len(row.wrong)} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds")
    parser.add_argument("--kills", type=int, help="of each kind (default: as many as it deserves)")
    parser.add_argument("--engine", type=Path, help="settings of a run with a real engine")
    parser.add_argument("--dialogues", type=int, default=6, help="with --engine")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for runs and logs (default: temporary)")
    parser.add_argument("--no-results", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options, options.keep or Path(folder))
    real = f"{options.engine}, " if options.engine else "scripted engine, "
    title = f"{real}{sum(row.kills for row in found)} kills"
    title += f" in {(time.monotonic() - began) / 60:.0f} minutes (seed {options.seed})."
    text = table(found, title)
    print(text)
    problems = [problem for row in found for problem in row.wrong]
    print(*problems, sep="\n")
    if not options.no_results:
        name = "Kills, real engine" if options.engine else "Kills"
        replace_section(name, f"## {name}\n\n{text}")
    return 1 if problems or any(row.orphans for row in found) else 0


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return a row for each kind asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    settings, policy = SETTINGS, dict(POLICY)
    if options.engine:
        config = load_config(options.engine, [f"dialogues={options.dialogues}", "shard_size=3"])
        settings = {**config.model_dump(mode="json"), "seed": 11}
        policy["hang"] = 60.0
    with Head(folder / "head.out") as head:
        return disturb_all(Campaign(folder, settings, policy, head), options)


def disturb_all(campaign: Campaign, options: argparse.Namespace) -> list[Row]:
    """Kill as often as is asked for, in as many runs as it takes."""
    reference, size, points = {}, LOG_BYTES, []
    if campaign.scripted:
        reference, log = campaign.undisturbed()
        size, points = log.stat().st_size, boundaries(log, random.Random(options.seed))
    kinds = options.kinds or ("mixed" if options.engine else ",".join(KINDS))
    found = []
    for kind in kinds.split(","):
        row = Row(kind, options.kills or KINDS.get(kind, 4))
        found.append(row)
        try:
            rng = random.Random(f"{options.seed} {kind}")
            if kind == "boundary":
                kill_at_boundaries(campaign, row, reference, points)
            while row.left > 0 and kind != "boundary":
                disturb = way(kind, size, campaign.scripted, rng)
                nodes = NODES if kind == "node" else 0
                run_until_done(campaign, row, reference, disturb, nodes)
        except AssertionError as error:  # what hangs or is left over is a finding, as any other
            row.wrong.append(str(error))
        print(table(found, ""), *row.wrong, sep="\n", file=sys.stderr, flush=True)
    for row in found:
        row.orphans += sum(life.leftovers() for life in row.ended)
    return found


def way(kind: str, size: int, scripted: bool, rng: random.Random) -> Disturb:
    """Return how a kind is killed; a real engine takes a minute to start, and gets pauses."""
    if kind == "driver":
        return kill_driver(size, rng)
    pause = {"node": 20.0, "stopped": 10.0}.get(kind, 3.0) if scripted else 60.0
    core = "actor" if scripted else "enginecore"
    if kind == "mixed":
        last = (("driver", signal.SIGKILL), ("actor", signal.SIGKILL))
        return kill_in_turn(((core, signal.SIGSTOP), *last, (core, signal.SIGKILL)), 20.0, rng)
    if kind == "stopped":
        return kill_part(core, pause, rng, signal.SIGSTOP)
    return kill_part(kind, pause, rng, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
