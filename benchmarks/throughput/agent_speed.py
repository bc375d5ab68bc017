"""Measures the speed of the rules on long agent dialogues, beside another checkout.

    python -m benchmarks.throughput.agent_speed [--against CHECKOUT] [--dialogues N] [--repeat N]
                                  [--write]

The dialogues come from `benchmarks.throughput.agents`, with about 44 turns, then 10 to 2,560. Both
checkouts read the same file in turn, each time in a new process, in three passes over dialogues
that it has not seen before. The best pass counts, since other work on the machine only slows it
down. CPU seconds are of one core. `--write` puts the figures into benchmarks/RESULTS.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.results import replace_section
from benchmarks.throughput.agents import TURNS, agent_row
from toolace_mt.tools.pool import load_pool

LENGTHS = (10, 40, 160, 640, 2560)
_PASSES = 3
_HEADING = """## The rules on long agent dialogues

`python -m benchmarks.throughput.agent_speed --against CHECKOUT --write`, two checkouts in turn on a
shared machine. The goal is eight times the rate of the checkout before; it is not reached.

```"""
_MEASURE = f"""
import json, sys, time
try:
    from toolace_mt.reading.dialogue import read_dialogue
except ImportError:
    from toolace_mt.export.reading import read_dialogue
from toolace_mt.verification.rules import check
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
best = float("inf")
for number in range({_PASSES}):
    started = time.process_time()
    for line in lines[number::{_PASSES}]:
        check(read_dialogue(json.loads(line), "x").trajectory)
    best = min(best, time.process_time() - started)
peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
print(json.dumps([best, int(peak) / 1024]))
"""


def main() -> None:
    options = _options()
    here = Path(__file__).parents[2]
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        long = _written(Path(folder), options.dialogues, TURNS)
        trees = [here, *([options.against] if options.against else [])]
        rates: dict[Path, list[float]] = {tree: [] for tree in trees}
        peak = 0.0
        for _ in range(options.repeat):
            for tree in trees:
                seconds, memory = measure(tree, long)
                rates[tree].append(options.dialogues / seconds)
                peak = memory if tree == here else peak
        for tree in trees:
            each = ", ".join(f"{rate:.0f}" for rate in rates[tree])
            name = "this code" if tree == here else "the other"
            said.append(f"{name}: {max(rates[tree]):.0f} dialogues/s of {TURNS} turns (of {each})")
        if options.against:
            said.append(f"{max(rates[here]) / max(rates[options.against]):.2f} times as many")
        said.append(f"peak memory {peak:.0f} MiB")
        for turns in LENGTHS:
            count = max(1, 640 // turns)
            seconds, memory = measure(here, _written(Path(folder), count, turns))
            per_turn = seconds / count / turns * 1000
            said.append(f"{turns:>5} turns: {per_turn:.3f} ms a turn, peak {memory:.0f} MiB")
    print("\n".join(said))
    if options.write:
        replace_section("agent_speed", "\n".join((_HEADING, *said, "```")))


def _written(folder: Path, count: int, turns: int) -> Path:
    tools = load_pool("starter").tools
    path = folder / f"{turns}.jsonl"
    rows = [json.dumps(agent_row(number, tools, turns)) for number in range(count * _PASSES)]
    path.write_text("\n".join(rows), "utf-8")
    return path


def measure(tree: Path, path: Path) -> tuple[float, float]:
    """Return CPU seconds for a third of a file with the code of a checkout, and MiB at most."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )
    seconds, memory = json.loads(done.stdout)
    return float(seconds), float(memory)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--against", type=Path, help="another checkout to measure beside this one")
    parser.add_argument("--write", action="store_true", help="into benchmarks/RESULTS.md")
    parser.add_argument("--dialogues", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
