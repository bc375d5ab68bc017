"""Measures the CPU time of the stages per model call with shared caching, without it, and before.

    python -m benchmarks.throughput.caching [--before CHECKOUT] [--repeat 5] [--dialogues 60]
                                            [--write]

Dialogues of three presets are made in one process, without Ray and files. In a first pass the
scripted engine answers. The second pass is timed and looks these answers up by their keys, as a
journal does, so that its time is that of the stages alone. Each measurement is a process of its
own, and the variants alternate. `--before` is a checkout of an earlier commit.
"""

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
PRESETS = ("fast", "paper", "quickstart")
OPEN = 64  # dialogues in the making at a time


def measure(preset: str, dialogues: int, cached: bool) -> dict[str, float]:
    """Return model calls and CPU microseconds per call of the preset's dialogues."""
    from toolace_mt import methods
    from toolace_mt.calls.request import Completion, Request
    from toolace_mt.config import load_config
    from toolace_mt.engine.scripted import ScriptedEngine
    from toolace_mt.run.plan import Shard, empty_dialogues
    from toolace_mt.tools.pool import load_pool
    from toolace_mt.trajectory import Trajectory

    config = load_config(ROOT / "configs" / f"{preset}.yaml")
    scripted = load_config(ROOT / "configs" / "scripted.yaml").engine
    config = config.model_copy(update={"engine": scripted})
    context = methods.RunContext(config, load_pool("starter"))
    engine = ScriptedEngine(scripted)  # type: ignore[arg-type]
    answers: dict[str, Completion] = {}
    calls = 0

    async def generate(request: Request) -> Completion:
        nonlocal calls
        calls += 1
        key = request.key("model")
        if key not in answers:
            answers[key] = await engine.generate(request)
        await asyncio.sleep(0)
        return answers[key]

    async def one(trajectory: Trajectory, gate: asyncio.Semaphore) -> None:
        async with gate:
            for stage in methods.METHODS[config.method].values():
                trajectory = await stage(trajectory, generate, context)

    async def make_all() -> None:
        gate = asyncio.Semaphore(OPEN)
        made = empty_dialogues(7, Shard(0, 0, dialogues))
        await asyncio.gather(*(one(replace(each), gate) for each in made))

    if not cached:
        methods.dialogue_cache = nullcontext  # type: ignore[assignment]
    asyncio.run(make_all())
    gc.collect()
    gc.disable()
    calls, started = 0, time.process_time()
    asyncio.run(make_all())
    return {"calls": calls, "us": (time.process_time() - started) / calls * 1e6}


def alternated(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """Yield each preset with the microseconds per call of every way, measured in turns."""
    ways: dict[str, tuple[Path, bool]] = {"cached": (ROOT, True), "not cached": (ROOT, False)}
    if options.before:
        ways["before"] = (options.before.resolve(), True)
    for preset in PRESETS:
        found: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.repeat):
            for way, (tree, cached) in ways.items():
                found[way].append(_in_a_process(tree, preset, options.dialogues, cached)["us"])
        yield preset, found


def _in_a_process(tree: Path, preset: str, dialogues: int, cached: bool) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", preset, "--dialogues", str(dialogues)]
    command += [] if cached else ["--not-cached"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tree)}
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def table(found: Iterator[tuple[str, dict[str, list[float]]]]) -> str:
    """Return the medians with their spread, and what they come to."""
    rows = [
        "| preset | cached, CPU us/call | not cached | saved | before | against before |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for preset, ways in found:
        cached, without = ways["cached"], ways["not cached"]
        cells = [preset, _spread(cached), _spread(without)]
        cells.append(f"{1 - median(cached) / median(without):.0%}")
        before = ways.get("before")
        cells += [_spread(before), f"{median(cached) / median(before):.2f}"] if before else ["", ""]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _spread(values: list[float]) -> str:
    return f"{median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def main() -> None:
    """Measure, print and, if asked, write the section."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--before", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--dialogues", type=int, default=60)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--measure", choices=PRESETS, help=argparse.SUPPRESS)
    parser.add_argument("--not-cached", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.dialogues, not options.not_cached)))
        return
    from benchmarks.results import replace_section

    text = f"""## Shared caching

CPU of the stages per model call, {options.dialogues} dialogues a preset: medians of
{options.repeat} processes (the least and the most in brackets), the ways in turns. *Not cached* is
the same code with every cache left empty.

{table(alternated(options))}"""
    print(text)
    if options.write:
        replace_section("caching", text)


if __name__ == "__main__":
    main()
