"""Measures a pool of 50,000 tools: loading, links, memory per dialogue, and which tools are called.

    python -m benchmarks.throughput.pool_scale [--tools N] [--dialogues N] [--old DIR] [--write]

The tools are made by this program: on servers of ten, some feed others. Loading is done in a
process of its own; CPU seconds count, also on a shared machine. With `--old`, a checkout of another
version loads the file too. Then dialogues are planned, without texts: the pool is sampled and a
plan is drawn. Coverage is the share of all tools that are called, beside what as many uniform draws
would reach. Last, prompts with few tools are compared to prompts with many. `--write` puts the
figures into docs/tools.md.
"""

import argparse
import gc
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.results import replace_section
from toolace_mt.calls.prompt import system
from toolace_mt.config import load_config
from toolace_mt.initialization.drawn_plan import draw_task
from toolace_mt.seeds import derive_random
from toolace_mt.tools.pool import ToolPool, load_pool
from toolace_mt.trajectory import Trajectory

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tools.md"
SERVER = 10  # tools of a server
Range = tuple[int, int]
MANY: Range = (12, 22)  # distractors of a dialogue as a real agent has them
_LOAD = """
import json, sys, time
from toolace_mt.tools.pool import load_pool
began = time.process_time()
pool = load_pool(sys.argv[1])
print(json.dumps([len(pool.tools), time.process_time() - began]))
"""
_TEXT = """Written by `benchmarks/throughput/pool_scale.py`; CPU time, median of {repeat}.

| {tools:,} tools, {mib:.0f} MiB of JSON Lines | |
|---|---:|
{rows}
"""


def main() -> None:
    """Measure and print; write the section on request."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pool.jsonl")
        write_pool(file, options.tools)
        rows: dict[str, str] = {}
        new = [_loading(ROOT, file) for _ in range(options.repeat)]
        rows["loaded in"] = f"{median(new):.1f} s"
        if options.old:
            old = [_loading(options.old, file) for _ in range(options.repeat)]
            rows["by an older version"] = f"{median(old):.1f} s"
            rows["share of its time"] = f"{median(new) / median(old):.0%}"
        pool = load_pool(str(file))
        rows |= planning(pool, options.dialogues) | prompts()
        size = file.stat().st_size / 2**20
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    text = _TEXT.format(repeat=options.repeat, tools=options.tools, mib=size, rows=lines)
    print(text)
    if options.write:
        replace_section("pool_scale", text, PAGE)


def planning(pool: ToolPool, dialogues: int) -> dict[str, str]:
    """Return the figures of planning so many dialogues, and half as many, from a pool."""
    config = load_config(ROOT / "configs" / "fast.yaml")
    began = time.process_time()
    pool.sample(random.Random(0), 6, 3)
    links = time.process_time() - began
    called: set[str] = set()
    calls = 0
    memory: list[float] = []
    began = time.process_time()
    for number in range(dialogues):
        rng = derive_random(config.seed, number)
        related = pool.sample(rng, rng.randint(*config.tools.related), 3).related
        task = draw_task(related, rng.randint(2, 5), config.initialization, rng)
        names = [name for sub in task.subtasks for step in sub.steps for name in step]
        called.update(names)
        calls += len(set(names))
        if number + 1 in (dialogues // 2, dialogues):
            gc.collect()
            memory.append(_peak())
    each = (time.process_time() - began) / dialogues
    draws = random.Random(0)
    uniform = {draws.randrange(len(pool.tools)) for _ in range(calls)}
    return {
        "links built in": f"{links:.1f} s",
        "sampling and plan of a dialogue": f"{1000 * each:.1f} ms",
        f"peak memory after {dialogues // 2:,} dialogues": f"{memory[0]:.0f} MiB",
        f"peak memory after {dialogues:,}": f"{memory[1]:.0f} MiB",
        f"tools called in {dialogues:,} dialogues": f"{len(called) / len(pool.tools):.1%}",
        f"by {calls:,} uniform draws": f"{len(uniform) / len(pool.tools):.1%}",
    }


def prompts(dialogues: int = 100) -> dict[str, str]:
    """Return how long the part of the prompt about tools is with few tools and with many."""
    config = load_config(ROOT / "configs" / "fast.yaml")
    pool = load_pool("starter")
    sizes: dict[Range, tuple[float, float]] = {}
    for distractors in (config.tools.distractors, MANY):
        shown, listed = 0, 0
        for number in range(dialogues):
            rng = derive_random(config.seed, number)
            chosen = pool.sample(rng, rng.randint(*config.tools.related), rng.randint(*distractors))
            task = draw_task(chosen.related, rng.randint(2, 5), config.initialization, rng)
            tools = (*chosen.related, *chosen.distractors)
            shown += len(system(Trajectory("", 0, tools=tools, task=task)))
            listed += len(tools)
        sizes[distractors] = listed / dialogues, shown / dialogues
    (few, short), (many, long) = sizes.values()
    return {
        f"prompt with {few:.1f} tools of `starter`": f"{short:,.0f} characters",
        f"with {many:.1f} (`tools.distractors: {list(MANY)}`)": f"{long / short:.2f} times that",
    }


def write_pool(path: Path, tools: int) -> None:
    """Write a pool of so many tools, always the same."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(tools):
            file.write(json.dumps(_definition(number)) + "\n")


def _definition(number: int) -> dict[str, Any]:
    """Return a tool of a server: its first lists records, some take one, others stand alone."""
    server, place = divmod(number, SERVER)
    rng = random.Random(number)
    record = f"record{server}_id"
    takes: dict[str, Any] = {
        f"{name}_{place}": kind for name, kind in rng.sample(list(_fields()), rng.randint(1, 5))
    }
    if 0 < place < SERVER - 2:
        takes = {record: {"type": "string", "description": "Which record."}, **takes}
    row = {record: {"type": "string"}, "title": {"type": "string"}, "price_usd": {"type": "number"}}
    listed = {"type": "array", "items": {"type": "object", "properties": row, "required": [record]}}
    returns = {"records": listed} if place == 0 else {"status": {"type": "string"}}
    return {
        "name": f"server{server}_tool{place}",
        "description": f"Does the work number {place} of server {server}. It takes some values.",
        "server": f"server{server}",
        "domain": f"domain{server % 500}",
        "parameters": {"type": "object", "properties": takes, "required": list(takes)[:2]},
        "returns": {"type": "object", "properties": returns},
    }


def _fields() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "query_text", {"type": "string", "description": "What to look for.", "minLength": 1}
    yield "sort_mode", {"type": "string", "enum": ["price", "date", "name"]}
    yield "count", {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}
    yield "day", {"type": "string", "format": "date", "description": "First day."}
    yield "tags", {"type": "array", "items": {"type": "string"}, "maxItems": 5}
    yield "place", {"type": "object", "properties": {"lat": {"type": "number"}}}
    yield "verbose", {"type": "boolean", "description": "Whether to tell more."}


def _loading(code: Path, file: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(file)],
        **{"cwd": code, "env": {"PYTHONPATH": str(code)}},  # type: ignore[arg-type]
        capture_output=True,
        check=True,
        text=True,
    )
    return float(json.loads(done.stdout)[1])


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=int, default=50_000)
    parser.add_argument("--dialogues", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--old", type=Path, help="checkout of another version")
    parser.add_argument("--write", action="store_true", help="write the section of docs/tools.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
