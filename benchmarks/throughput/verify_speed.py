"""Measures how fast the rules go through a file on one core, and whether memory stays flat.

    python -m benchmarks.throughput.verify_speed [--dialogues N] [--times N]
                                  [--repeat N] [--profile]

The dialogues are typical ones, the same in every run: ten turns, five calls, seven tools, drawn
from a seed and written as JSON Lines. The smaller file holds N dialogues, the larger one `--times`
as many. Every repetition is a new process that reads the file as `toolace-mt verify` does. CPU
seconds tell what the code needs, also on a shared machine. `--profile` lists where the time goes
instead.
"""

import argparse
import cProfile
import json
import pstats
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from toolace_mt.config import VerificationConfig
from toolace_mt.dataset.messages import to_row
from toolace_mt.reading.checking.verify import verify_file
from toolace_mt.schemas.draw import draw
from toolace_mt.seeds import derive_random
from toolace_mt.texts.slots import fill_slots, slots_in
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, Trajectory, Turn

STEPS = ((0, 1), (2, 3), (4,))
"""Tools by number: two in parallel, a reply, two in parallel, one more, a reply."""
_MESSAGE = """{dialogues:,} dialogues, {accepted:,} accepted
dialogues/s of CPU time: {cpu}
dialogues/s of wall time: {wall}
peak memory: {small:.0f} MiB at {dialogues:,} dialogues, {large:.0f} MiB at {more:,}
  ({bytes:.1f} and {more_bytes:.1f} MiB of file; {idle:.0f} MiB before the first row)"""


def main() -> None:
    options = _options()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.jsonl"), Path(folder, "large.jsonl")
        write(small, options.dialogues)
        if options.profile:
            profile(small)
            return
        write(large, options.dialogues * options.times)
        runs = [_in_a_process(small) for _ in range(options.repeat)]
        more = _in_a_process(large)
        print(
            _MESSAGE.format(
                dialogues=options.dialogues,
                accepted=runs[0]["accepted"],
                cpu=_spread([options.dialogues / run["cpu"] for run in runs]),
                wall=_spread([options.dialogues / run["wall"] for run in runs]),
                small=median(run["peak"] for run in runs),
                large=more["peak"],
                more=options.dialogues * options.times,
                bytes=small.stat().st_size / 2**20,
                more_bytes=large.stat().st_size / 2**20,
                idle=more["idle"],
            )
        )


def write(path: Path, count: int) -> None:
    """Write typical dialogues, one row a line."""
    tools = load_pool("starter").tools
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps(typical(number, tools)) + "\n")


def typical(number: int, tools: Sequence[Tool]) -> JsonObject:
    """Return the row of a dialogue: five calls of tools that the user asks for, with replies."""
    rng = derive_random("verify_speed", number)
    offered = tuple(rng.sample(tools, 7))
    asked, made, told = zip(*(_exchange(tool, rng) for tool in offered[:5]), strict=True)
    turns: list[Turn] = [Turn("user", " ".join(asked[:2]))]
    for step in STEPS:
        ids = [f"call{place:05d}" for place in step]
        calls = [ToolCall(i, offered[p].name, made[p][0]) for i, p in zip(ids, step, strict=True)]
        outputs = [ToolOutput(i, made[p][1]) for i, p in zip(ids, step, strict=True)]
        turns += [Turn("assistant", calls=tuple(calls)), Turn("tool", outputs=tuple(outputs))]
        if step == STEPS[0]:
            turns += [Turn("assistant", " ".join(told[:2])), Turn("user", " ".join(asked[2:]))]
    turns.append(Turn("assistant", " ".join(told[2:])))
    row = to_row(Trajectory(f"t{number}", 0, offered, turns=tuple(turns)))
    return {"id": f"t{number}", **row}


def _exchange(tool: Tool, rng: random.Random) -> tuple[str, tuple[JsonObject, Any], str]:
    """Return a request, the arguments and the output of its call, and a reply."""
    usage = rng.choice(tool.usage)
    spoken = {re.split(r"[.\[]", slot)[0] for slot in slots_in(usage.user)}
    declared, required = tool.parameters["properties"], tool.parameters.get("required", ())
    names = [name for name in declared if name in spoken or name in required]
    arguments = {name: draw(declared[name], rng, name) for name in names}
    output = draw(tool.returns or {}, rng)
    rest = [f"{name.replace('_', ' ')} is {{{name}}}" for name in names if name not in spoken]
    request = f"{usage.user} ({', '.join(rest)})" if rest else usage.user
    values = dict(_leaves("outputs", output))
    for name, value in arguments.items():
        values |= dict(_leaves(name, value))
    return fill_slots(request, values), (arguments, output), fill_slots(usage.reply, values)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(f"{path}[{place}]", inner)


def measure(path: Path) -> dict[str, float]:
    """Verify a file: wall and CPU seconds, accepted dialogues, memory before and at its peak."""
    idle = _memory()
    wall, cpu = time.perf_counter(), time.process_time()
    summary = verify_file(path, path.with_suffix(".findings"), VerificationConfig())
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "accepted": summary.accepted,
        "idle": idle,
        "peak": _memory(),
    }


def _memory() -> float:
    """Return the most memory this process has held so far, in MiB (read from Linux).

    `getrusage` would not do: a child starts with the peak of its parent.
    """
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 2**10


def _in_a_process(path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.throughput.verify_speed", "--measure", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def profile(path: Path) -> None:
    """Print the functions in which most time is spent, by themselves and with what they call."""
    profiler = cProfile.Profile()
    profiler.runcall(verify_file, path, None, VerificationConfig())
    statistics = pstats.Stats(profiler).strip_dirs()
    statistics.sort_stats("tottime").print_stats(25)
    statistics.sort_stats("cumtime").print_stats(45)


def _spread(values: list[float]) -> str:
    return f"median {median(values):,.0f} (of {len(values)}: {min(values):,.0f}–{max(values):,.0f})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dialogues", type=int, default=2000, help="in the smaller file")
    parser.add_argument("--times", type=int, default=5, help="how much larger the other file is")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
