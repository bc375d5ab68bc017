"""Live dialogues per minute: many worlds open at a time against one after another.

    python -m benchmarks.throughput.live [--dialogues 10] [--latency 0.5] [--concurrency 16]

The same dialogues both times, through all three stages with the scripted engine, which answers at
once: what is measured is the tools' time. They are those of an MCP server that is started for
each dialogue and stage, and whose calls take `latency` seconds, as a service's do.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from toolace_mt.config import RunConfig, ScriptedConfig, validate_config
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.methods import METHODS, RunContext, context_of
from toolace_mt.seeds import derive_seed
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory

SERVER = Path(__file__).with_name("live_server.py")


def settings(servers: Path, concurrency: int) -> RunConfig:
    """Return the settings of a cheap run over the server's tools."""
    return validate_config(
        {
            "run_dir": "unused",
            "tools": {
                "source": f"mcp:{servers}",
                "related": [4, 4],
                "distractors": [0, 0],
                "live": {"concurrency": concurrency},
            },
            "initialization": {
                "subtasks": [3, 3],
                "steps": [2, 3],
                "plan": "drawn",
                "grounding": "constrained",
                "values": "seeded",
                "skeleton": "drafted",
            },
            "refinement": {"judge": False, "selection": "findings_only", "passes": 1},
            "verification": {"experts": []},
            "engine": {"kind": "scripted"},
        },
        "benchmark",
    )


async def dialogue(number: int, context: RunContext) -> Trajectory:
    """Make one dialogue."""
    engine = ScriptedEngine(ScriptedConfig(kind="scripted"))
    made = Trajectory(f"d{number}", derive_seed("live", number))
    for stage in METHODS["toolace_mt"].values():
        made = await stage(made, engine.generate, context)
    return made


async def together(count: int, context: RunContext) -> list[Trajectory]:
    """Make dialogues side by side."""
    return await asyncio.gather(*(dialogue(number, context) for number in range(count)))


async def in_turn(count: int, context: RunContext) -> list[Trajectory]:
    """Make dialogues one after another."""
    return [await dialogue(number, context) for number in range(count)]


def main() -> None:
    """Print both rates, and whether the dialogues are the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dialogues", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--concurrency", type=int, default=16)
    options = parser.parse_args()
    os.environ["LATENCY"] = str(options.latency)
    entry = {"command": sys.executable, "args": [str(SERVER)], "env": {"LATENCY": "${LATENCY}"}}
    with tempfile.TemporaryDirectory() as directory:
        servers = Path(directory) / "servers.json"
        servers.write_text(json.dumps({"mcpServers": {"desk": entry}}))
        config = settings(servers, options.concurrency)
        context = context_of(config, load_pool(config.tools.sources))
        rates, made = [], []
        for way in (in_turn, together):
            begun = time.perf_counter()
            made.append(asyncio.run(way(options.dialogues, context)))
            rates.append(60 * options.dialogues / (time.perf_counter() - begun))
            print(f"{way.__name__}: {rates[-1]:.1f} dialogues per minute", flush=True)
    calls = sum(len(list(each.calls())) for each in made[0])
    print(f"{rates[1] / rates[0]:.1f} times, the same dialogues: {made[0] == made[1]}")
    print(f"{calls / options.dialogues:.1f} calls a dialogue, outcomes:", end=" ")
    print(dict(Counter(d.failure or (d.verdict.outcome if d.verdict else "") for d in made[1])))


if __name__ == "__main__":
    main()
