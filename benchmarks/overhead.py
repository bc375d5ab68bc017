"""What everything but the model costs: model calls per second with scripted engines, CPU by part.

    python benchmarks/overhead.py [--engines 1 4 16 64] [--repeat 3] [--rate-dialogues 2000]
                                  [--dialogues 1000 10000 100000] [--write]

Two questions. *Rate*: dialogues as `configs/scripted.yaml` makes them (31 calls each), with 1 to 64
engines that answer after a lognormal latency (median 0.2 s; 1,024 slots in all, whatever the number
of engines). *Size*: whether the driver's memory and the cost of a dialogue stay the same as a run
gets longer; there dialogues are short (one sub-task, no refinement, one expert), since only their
number matters. What a run costs to begin and to end has nothing to do with its length, so the cost
of a dialogue is looked at in windows of the longest run: of its first dialogues and of its last.

Everything runs as a user runs it: the command line, Ray, a journal with fsync, published shards,
the dataset. CPU seconds are read from the processes: the driver, the Ray tasks in which the stages
run, the engines' actors, Ray's own. A scripted engine draws its answers from schemas, in place of a
GPU's work; what that takes is measured by itself (in one process, on the same requests) and
reported apart, never subtracted from a rate. Elsewhere than here engines' processes have cores of
their own, beside their GPUs: the table also says how many cores the rest needs.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from results import replace_section

from toolace_mt.config import load_config
from toolace_mt.distributed.plan import Shard, empty_dialogues
from toolace_mt.distributed.stages import METHODS, RunContext
from toolace_mt.engine.base import Completion, Request
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.tools.pool import load_pool

CONFIG = Path(__file__).parents[1] / "configs" / "scripted.yaml"
SLOTS = 1024
AIM = 2000  # calls a second on two cores
SAMPLE_SECONDS = 0.5
WINDOW_SECONDS = 4.0  # at least, from sample to sample: the run's own heartbeat comes once a second
LATENCY = ("engine.seconds_per_call=0.2", "engine.spread=0.5", "shard_size=500")
SHORT = (
    "shard_size=50",
    *("initialization.subtasks=[1,1]", "initialization.steps=[1,2]"),
    *("refinement.injections=[0,0]", "refinement.passes=0", "verification.experts=[completion]"),
)
SHARES = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)  # of a run, as windows
PARTS = ("stages", "engines", "driver", "ray")


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment of a run: its clock, answered calls, CPU by part and of all, driver's MiB."""

    at: float
    calls: int
    cpu: dict[str, float]
    machine: float
    driver_mib: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The middle of a run, from a quarter of its calls to nine tenths; CPU is per call.

    `others` is how many cores other processes of the machine kept busy meanwhile.
    """

    rate: float
    cpu_ms: dict[str, float]
    others: float

    @property
    def total_ms(self) -> float:
        """CPU milliseconds per call, all parts."""
        return sum(self.cpu_ms.values())


@dataclass(slots=True)
class _Processes:
    """The processes of a run; those that have ended count with what they had used."""

    root: psutil.Process
    cpu: dict[int, tuple[str, float]] = field(default_factory=dict)

    def sample(self) -> dict[str, float]:
        for process in (self.root, *self.root.children(recursive=True)):
            try:
                used, part = sum(process.cpu_times()[:2]), self._part(process)
            except psutil.Error:  # it ended while we looked
                continue
            self.cpu[process.pid] = (part, used)
        total: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        for part, used in self.cpu.values():
            total[part] += used
        return total

    def _part(self, process: psutil.Process) -> str:
        """A Ray worker says in its title what it does; idle ones stay what they were."""
        if process.pid == self.root.pid:
            return "driver"
        title = " ".join(process.cmdline())
        if "EngineActor" in title:
            return "engines"
        if "_shard" in title:
            return "stages"
        return self.cpu.get(process.pid, ("ray", 0.0))[0]


def watch(dialogues: int, engines: int, *overrides: str) -> list[Sample]:
    """Make a run in a directory of its own and return what it looked like as it went."""
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder, "run")
        settings = (
            *(f"run_dir={run_dir}", f"dialogues={dialogues}"),
            *(f"engine.replicas={engines}", f"engine.max_num_seqs={SLOTS // engines}"),
            *overrides,
        )
        command = [sys.executable, "-m", "toolace_mt", "run", str(CONFIG), *settings]
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                samples = list(_samples(process, run_dir))
            finally:
                process.terminate()  # when we are interrupted; else it has ended
                process.wait()
        if process.returncode:
            raise SystemExit(Path(folder, "log").read_text("utf-8", "replace")[-2000:])
    return samples


def _samples(process: subprocess.Popen[bytes], run_dir: Path) -> Iterator[Sample]:
    """Yield what the run looks like, each time its own heartbeat has news."""
    processes = _Processes(psutil.Process(process.pid))
    seen = 0.0
    while process.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        try:
            told: dict[str, Any] = json.loads((run_dir / "state" / "progress.json").read_bytes())
            memory = processes.root.memory_info().rss / 2**20
            cpu, machine = processes.sample(), _busy()
        except (FileNotFoundError, psutil.Error):  # not begun yet, or just over
            continue
        if told["time"] > seen:
            seen = told["time"]
            calls = sum(stage["paid"]["calls"] for stage in told["stages"].values())
            yield Sample(seen, calls, cpu, machine, memory)


def _busy() -> float:
    """Return the CPU seconds that the whole machine has spent on anything."""
    times = psutil.cpu_times()
    return sum(times[:8]) - times.idle - times.iowait


def middle(samples: list[Sample]) -> Measured:
    """Return rate and cost of a run once it is under way, and before its last dialogues."""
    calls = samples[-1].calls
    begun = next(s for s in samples if s.calls >= calls / 4)
    late = next(s for s in samples if s.calls >= calls * 9 / 10)
    made, seconds = late.calls - begun.calls, late.at - begun.at
    if seconds < WINDOW_SECONDS:
        raise SystemExit(f"{calls} calls are over too soon to be measured; take more dialogues")
    cpu_ms = {part: 1000 * (late.cpu[part] - begun.cpu[part]) / made for part in PARTS}
    ours = sum(cpu_ms.values()) * made / 1000
    others = max(0.0, late.machine - begun.machine - ours) / seconds
    return Measured(made / seconds, cpu_ms, others)


def drawing_ms(dialogues: int) -> float:
    """Return the CPU milliseconds in which a scripted engine draws one answer."""
    config = load_config(CONFIG)
    context = RunContext(config, load_pool(config.tools.source))
    engine = ScriptedEngine(config.engine)  # type: ignore[arg-type]
    seconds = calls = 0.0

    async def timed(request: Request) -> Completion:
        nonlocal seconds, calls
        start = time.process_time()  # without latency, an answer is drawn without a pause
        completion = await engine.generate(request)
        seconds, calls = seconds + time.process_time() - start, calls + 1
        return completion

    async def make() -> None:
        for dialogue in empty_dialogues(config.seed, Shard(0, 0, dialogues)):
            for stage in METHODS[config.method].values():
                dialogue = await stage(dialogue, timed, context)

    asyncio.run(make())
    return 1000 * seconds / calls


def rates(engines: list[int], dialogues: int, repeat: int) -> str:
    """Return the table of rates by number of engines."""
    rows = [
        "| engines | calls/s, median (of all) | CPU ms/call | stages | engines | driver | Ray"
        f" | cores for {AIM:,} calls/s, engines apart | cores taken by others |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for count in engines:
        runs = [middle(watch(dialogues, count, *LATENCY)) for _ in range(repeat)]
        spread = f"{min(r.rate for r in runs):,.0f}–{max(r.rate for r in runs):,.0f}"
        parts = [f"{median(r.cpu_ms[part] for r in runs):.3f}" for part in PARTS]
        cells = (
            *(f"{count}", f"{median(r.rate for r in runs):,.0f} ({spread})"),
            *(f"{median(r.total_ms for r in runs):.2f}", *parts),
            f"{median(r.total_ms - r.cpu_ms['engines'] for r in runs) * AIM / 1000:.1f}",
            f"{median(r.others for r in runs):.2f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
        print(rows[-1], flush=True)
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
    drawn = drawing_ms(20)
    print(f"drawing an answer: {drawn:.3f} ms of CPU", flush=True)
    found = [
        f"Machine: {psutil.cpu_count()} cores. Of the engines' CPU, drawing an answer takes"
        f" {drawn:.2f} ms/call (measured by itself); a GPU does that in a real run.",
        *(
            (rates(options.engines, options.rate_dialogues, options.repeat),)
            if options.engines
            else ()
        ),
        *((sizes(options.dialogues),) if options.dialogues else ()),
    ]
    if options.write:
        replace_section("overhead", "\n\n".join(("## Overhead", *found)))


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
