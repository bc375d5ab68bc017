"""Measures the cost of everything but the model: calls a second with scripted engines, CPU by part.

    python -m benchmarks.throughput.overhead [--engines 1 4 16 64] [--repeat 3]
                                  [--rate-dialogues 2000]
                                  [--dialogues 1000 10000 100000] [--write]

- *Rate*: dialogues as `configs/scripted.yaml` makes them, with 1 to 64 engines that answer after a
  lognormal latency (median 0.2 s). There are 1,024 slots in all, whatever the number of engines.
  Each engine has a process of its own, as engines with a GPU have, or all share one, as endpoints
  do. Runs of all kinds alternate.
- *Size*: whether the driver's memory and the cost of a dialogue stay the same in longer runs.
  Dialogues are short here (one sub-task, no refinement, one expert), since only their number
  matters. The start and end of a run do not depend on its length, so the cost is measured in
  windows of the longest run.

Everything runs as for a user: the command line, Ray, a journal with fsync, published shards, the
dataset. CPU seconds are read from the processes: the driver, the Ray tasks with the stages, the
engines' actors, Ray's own.

A scripted engine draws its answers from schemas where another would use a GPU. For rates they are
therefore drawn beforehand, and looked up during the run (`ready_answers.py`); one row draws them in
the run. On other machines the engines' processes have cores of their own, so the table also says
how many cores the rest needs.
"""

import argparse
import itertools
import platform
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from benchmarks.results import replace_section
from benchmarks.throughput.ready_answers import draw
from benchmarks.throughput.run_costs import CONFIG, PARTS, Measured, Sample, middle, watch

AIM = 2000  # calls a second on two cores
COUNTED, WOKEN = 10_000_000, 1000
LATENCY = ("engine.seconds_per_call=0.2", "engine.spread=0.5", "shard_size=500")
SHORT = (
    "shard_size=50",
    *("initialization.subtasks=[1,1]", "initialization.steps=[1,2]"),
    *("refinement.injections=[0,0]", "refinement.passes=0", "verification.experts=[completion]"),
)
SHARES = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)  # of a run, as windows


class Kind(NamedTuple):
    """Engines, how many of them share a process, and whether their answers are ready."""

    engines: int
    shared: int
    ready: bool = True

    def row(self, runs: list[Measured], base: float) -> Iterator[str]:
        """Yield the cells of its row; `base` is the rate that others are compared with."""
        rate = median(run.rate for run in runs)
        yield from (f"{self.engines}", f"{self.engines // self.shared}")
        yield "ready" if self.ready else "drawn"
        yield f"{rate:,.0f} ({min(r.rate for r in runs):,.0f}–{max(r.rate for r in runs):,.0f})"
        yield from (f"{rate / base:.2f}", f"{median(r.total_ms for r in runs):.2f}")
        yield from (f"{median(r.cpu_ms[part] for r in runs):.3f}" for part in PARTS)
        yield f"{median(r.total_ms - r.cpu_ms['engines'] for r in runs) * AIM / 1000:.1f}"
        yield f"{median(r.others for r in runs):.2f}"


def rates(engines: list[int], dialogues: int, repeat: int) -> str:
    """Return the table of rates by number of engines, and of processes they are in."""
    rows = [
        "| engines | processes | answers | calls/s, median (of all) | against the first"
        " | CPU ms/call | stages | engines | driver | Ray"
        f" | cores for {AIM:,} calls/s, engines apart | cores taken by others |",
        f"|---:|---:|---|{'---:|' * 9}",
    ]
    kinds = [Kind(count, each) for count in engines for each in dict.fromkeys((1, count))]
    kinds.append(Kind(engines[0], engines[0], ready=False))
    measured: dict[Kind, list[Measured]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder, "answers.pickle")
        draw(CONFIG, dialogues, answers)
        for number, kind in itertools.product(range(repeat), kinds):
            shared = f"engine.per_process={kind.shared}"
            known = answers if kind.ready else None
            samples = watch(dialogues, kind.engines, *LATENCY, shared, answers=known)
            measured[kind].append(middle(samples))
            print(number, kind, measured[kind][-1], flush=True)
    base = median(run.rate for run in measured[kinds[0]])
    rows += [f"| {' | '.join(kind.row(runs, base))} |" for kind, runs in measured.items()]
    print(*rows, sep="\n", flush=True)
    return "\n".join(rows)


def sizes(dialogues: list[int]) -> str:
    """Return the driver's memory by number of dialogues, and how the longest run went on."""
    rows = ["| dialogues | calls | driver, peak MiB |", "|---:|---:|---:|"]
    for count in sorted(dialogues):
        samples = watch(count, 4, *SHORT)
        peak = max(sample.driver_mib for sample in samples)
        rows.append(f"| {count:,} | {samples[-1].calls:,} | {peak:.0f} |")
        print(rows[-1], flush=True)
    went = "\n".join(windows(samples, max(dialogues)))
    print(went, flush=True)
    return "\n".join((*rows, "", went))


def windows(samples: list[Sample], dialogues: int) -> Iterator[str]:
    """Yield the table of what a dialogue cost from mark to mark of one run."""
    yield f"Within the run of {dialogues:,}, from the hundredth part to the last but that:\n"
    yield "| dialogues done | CPU ms/dialogue | against all of these | driver, MiB |"
    yield "|---:|---:|---:|---:|"
    calls = samples[-1].calls
    marks = [next(s for s in samples if s.calls >= calls * share) for share in SHARES]
    each = calls / dialogues

    def cost(begun: Sample, late: Sample) -> float:
        spent = sum(late.cpu.values()) - sum(begun.cpu.values())
        return 1000 * spent * each / (late.calls - begun.calls)

    whole = cost(marks[0], marks[-1])
    for begun, late in itertools.pairwise(marks):
        here = cost(begun, late)
        cells = (f"{late.calls / each:,.0f}", f"{here:.2f}", f"{here / whole:.3f}")
        yield f"| {' | '.join(cells)} | {late.driver_mib:.0f} |"


def main() -> None:
    options = _options()
    known = machine()
    print(known, flush=True)
    found: dict[str, tuple[str, ...]] = {}
    if options.engines:
        table = rates(options.engines, options.rate_dialogues, options.repeat)
        found["overhead"] = ("## Overhead", known, table)
    if options.dialogues:
        found["size"] = ("## Size of a run", known, sizes(options.dialogues))
    for name, parts in found.items() if options.write else ():
        replace_section(name, "\n\n".join(parts))


def machine() -> str:
    """Return what tells machines, and Pythons, apart: they differ by a factor of four and more."""
    began = time.perf_counter()
    for _ in range(COUNTED):
        pass
    counting, cpu = time.perf_counter() - began, time.process_time()
    for _ in range(WOKEN):
        time.sleep(0.001)
    waking = (time.process_time() - cpu) / WOKEN
    return (
        f"Machine: {psutil.cpu_count()} cores; Python {platform.python_version()} counts to"
        f" {COUNTED:,} in {counting:.2f} s; to wake up costs {1e6 * waking:.0f} microseconds of CPU"
        " (every worker of Ray does so a hundred times a second, idle or not)."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engines", type=int, nargs="*", default=[1, 4, 16, 64])
    parser.add_argument("--dialogues", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--rate-dialogues", type=int, default=2000, help="per run of the rates")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
