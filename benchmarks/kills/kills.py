"""Kills every part of a run, again and again, and checks the results.

    python -m benchmarks.kills.kills                                    all kinds, scripted engine
    python -m benchmarks.kills.kills --kinds driver,actor --kills 5
    python -m benchmarks.kills.kills --shared --kinds actor,poison  scripted, in one process
    python -m benchmarks.kills.kills --engine configs/quickstart.yaml   the real engine

The kinds of kills:

- `driver`: the driver; the same command follows.
- `worker`: the worker of a shard.
- `actor`: the actor of an engine.
- `enginecore`, `vllmworker`: vLLM's own process, and the one that computes for it on CPUs.
- `stopped`: SIGSTOP in place of SIGKILL.
- `node`: a node of a cluster of several, with all that runs there. For all other kinds drivers join
  one standing node.
- `poison`: requests of one dialogue crash the engine that runs them.
- `boundary`: a process kills itself before, after, or halfway through each kind of operation on a
  file of the run.

A real engine starts slowly, so it has other kinds by default: `mixed` (`stopped`, `actor`,
`vllmworker` and `driver` in turn, in one run), `enginecore` and `poison`. All but `driver` then
wait until the engine is healthy before the next kill.

After every run these must hold:

- The dataset has exactly the planned ids, each once.
- With the scripted engine its Parquet files equal those of a run without kills, byte by byte.
- No completion that was journaled was paid again.
- No process is left.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.kills.campaign import Campaign, Row
from benchmarks.kills.head import Head
from benchmarks.kills.ways import boundaries, kill_at_boundaries, poison, run_until_done, way
from benchmarks.results import replace_section
from toolace_mt.config import load_config

REAL_KINDS = {"mixed": 4, "enginecore": 3, "poison": 0}
KINDS = {
    "worker": 20,
    "actor": 16,
    "stopped": 4,
    "driver": 12,
    "boundary": 0,
    "node": 8,
    "poison": 0,
}
ABOUT = """\
"In flight" are calls sent to an engine and not journaled when something was killed. "Rows
identical": the Parquet files are those of the run without kills, byte by byte. "Wrong" counts ids
that are not exactly those planned, files that differ, calls made again that were in flight at no
kill, completions that a journal holds twice, and runs that hang; "orphans" shards and engines that
outlived their driver by 30 s."""
REAL_ABOUT = """\
`mixed`: SIGSTOP of EngineCore, then `kill -9` of the actor, of the process that computes for
EngineCore, and of the driver, which the same command follows; `enginecore`: `kill -9` of
EngineCore alone. Each time the engine had answered something since it was last killed.
`poison`: every request of one dialogue ends EngineCore while it runs; it alone must fail."""
LOG_BYTES = 20_000  # of a run with a real engine, about; only how often a driver dies depends on it
NODES = 2
SETTINGS: dict[str, Any] = {
    "dialogues": 24,
    "shard_size": 4,
    "seed": 11,
    "initialization": {"grounding": "constrained", "values": "seeded"},
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
    parser.add_argument("--shared", action="store_true", help="scripted engines share a process")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for runs and logs (default: temporary)")
    parser.add_argument("--note", default="", help="a sentence for RESULTS.md, above the table")
    parser.add_argument("--no-results", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options, options.keep or Path(folder))
    scripted = "scripted engines in one process" if options.shared else "scripted engine"
    real = f"{options.engine or scripted}, "
    title = f"{real}{sum(row.kills for row in found)} kills"
    title += f" in {(time.monotonic() - began) / 60:.0f} minutes (seed {options.seed})."
    text = table(found, f"{title} {options.note}".strip())
    print(text)
    problems = [problem for row in found for problem in row.wrong]
    print(*problems, sep="\n")
    if not options.no_results:
        name = "Kills, engines in one process" if options.shared else "Kills"
        name, about = ("Kills, real engine", REAL_ABOUT) if options.engine else (name, ABOUT)
        replace_section(name, f"## {name}\n\n{text}\n\n{about}")
    return 1 if problems or any(row.orphans for row in found) else 0


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return a row for each kind asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    settings, policy = dict(SETTINGS), dict(POLICY)
    if options.shared:
        settings["engine"] = {**SETTINGS["engine"], "per_process": SETTINGS["engine"]["replicas"]}
    if options.engine:
        config = load_config(options.engine, [f"dialogues={options.dialogues}", "shard_size=3"])
        settings = {**config.model_dump(mode="json"), "seed": 11}
        policy |= {"hang": 60.0, "unresponsive": 60.0}
    with Head(folder / "head.out") as head:
        return disturb_all(Campaign(folder, settings, policy, head), options)


def disturb_all(campaign: Campaign, options: argparse.Namespace) -> list[Row]:
    """Kill as often as is asked for, in as many runs as it takes."""
    reference: dict[str, bytes] | None = None
    size, points = LOG_BYTES, []
    if campaign.scripted:
        reference, log = campaign.undisturbed()
        size, points = log.stat().st_size, boundaries(log, random.Random(options.seed))
    kinds = REAL_KINDS if options.engine else KINDS
    found = []
    for kind in options.kinds.split(",") if options.kinds else kinds:
        row = Row(kind, options.kills or kinds.get(kind, 4))
        found.append(row)
        try:
            rng = random.Random(f"{options.seed} {kind}")
            if kind == "boundary":
                kill_at_boundaries(campaign, row, reference, points)
            if kind == "poison":
                poison(campaign, row)
            while row.left > 0 and kind not in ("boundary", "poison"):
                disturb = way(kind, size, campaign.scripted, rng)
                nodes = NODES if kind == "node" else 0
                run_until_done(campaign, row, reference, disturb, nodes)
        except AssertionError as error:  # what hangs or is left over is a finding, as any other
            row.wrong.append(str(error))
        print(table(found, ""), *row.wrong, sep="\n", file=sys.stderr, flush=True)
    for row in found:
        row.orphans += sum(life.leftovers() for life in row.ended)
    return found


if __name__ == "__main__":
    sys.exit(main())
