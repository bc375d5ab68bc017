"""What everything but the model costs: model calls per second with scripted engines, CPU by part.

    python benchmarks/overhead.py [--engines 1 4 16 64] [--repeat 3] [--rate-dialogues 2000]
                                  [--dialogues 1000 10000 100000] [--write]

Two questions. *Rate*: dialogues as `configs/scripted.yaml` makes them (31 calls each), with 1 to 64
engines that answer after a lognormal latency (median 0.2 s; 1,024 slots in all, whatever the number
of engines). Each has a process of its own, as those with a GPU have, or all share one, as endpoints
do; runs of all kinds alternate. *Size*: whether the driver's memory and the cost of a dialogue stay
the same as a run gets longer; there dialogues are short (one sub-task, no refinement, one expert),
since only their number matters. What a run costs to begin and to end has nothing to do with its
length, so the cost of a dialogue is looked at in windows of the longest run: of its first dialogues
and of its last.

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
import platform
import time
from collections.abc import Iterator
from statistics import median

import psutil
from results import replace_section
from run_costs import CONFIG, PARTS, Measured, Sample, middle, watch

from toolace_mt.config import load_config
from toolace_mt.distributed.plan import Shard, empty_dialogues
from toolace_mt.distributed.stages import METHODS, RunContext
from toolace_mt.engine.base import Completion, Request
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.tools.pool import load_pool

AIM = 2000  # calls a second on two cores
COUNTED, WOKEN = 10_000_000, 1000
LATENCY = ("engine.seconds_per_call=0.2", "engine.spread=0.5", "shard_size=500")
SHORT = (
    "shard_size=50",
    *("initialization.subtasks=[1,1]", "initialization.steps=[1,2]"),
    *("refinement.injections=[0,0]", "refinement.passes=0", "verification.experts=[completion]"),
)
SHARES = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)  # of a run, as windows


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
    """Return the table of rates by number of engines, and of processes they are in."""
    rows = [
        "| engines | processes | calls/s, median (of all) | against the first | CPU ms/call"
        f" | stages | engines | driver | Ray | cores for {AIM:,} calls/s, engines apart"
        " | cores taken by others |",
        f"|{'---:|' * 11}",
    ]
    kinds = [(count, shared) for count in engines for shared in dict.fromkeys((1, count))]
    measured: dict[tuple[int, int], list[Measured]] = {kind: [] for kind in kinds}
    for number, (count, shared) in itertools.product(range(repeat), kinds):
        samples = watch(dialogues, count, *LATENCY, f"engine.per_process={shared}")
        measured[count, shared].append(middle(samples))
        print(number, count, shared, measured[count, shared][-1], flush=True)
    base = median(run.rate for run in measured[kinds[0]])
    for (count, shared), runs in measured.items():
        rate = median(run.rate for run in runs)
        spread = f"{min(r.rate for r in runs):,.0f}–{max(r.rate for r in runs):,.0f}"
        parts = [f"{median(r.cpu_ms[part] for r in runs):.3f}" for part in PARTS]
        cells = (
            *(f"{count}", f"{count // shared}", f"{rate:,.0f} ({spread})", f"{rate / base:.2f}"),
            *(f"{median(r.total_ms for r in runs):.2f}", *parts),
            f"{median(r.total_ms - r.cpu_ms['engines'] for r in runs) * AIM / 1000:.1f}",
            f"{median(r.others for r in runs):.2f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
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
        drawn = (
            f"Of the engines' CPU, drawing an answer takes {drawing_ms(20):.2f} ms/call (measured"
            " by itself); a GPU does that in a real run."
        )
        table = rates(options.engines, options.rate_dialogues, options.repeat)
        found["overhead"] = ("## Overhead", f"{known} {drawn}", table)
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
