"""Measures how much of the prompts comes from the prefix cache, and what routing contributes.

    python -m benchmarks.throughput.prefix_cache [RUN_DIR ...] [--check N]
                                  [--dialogues 192] [--write]

RUN_DIR is a finished run on a vLLM engine.

- *Ideal*: cached tokens of the run by stage, as the engine counted them, against a cache that never
  forgets (`block_cache`), on the same requests, token ids and block size.
- *Check* of that simulation: the first N requests of the first run go through bare vLLM one by one,
  in a cache so small that it evicts all the time. Every number must be that of the simulation.
- *Routing*: two engines whose caches hold a part of the open dialogues, behind the project's own
  client and actors' hosts. Dialogues stay with an engine, or every request goes to a random one.
  Texts are the scripted engine's, tokens are characters / 4, caches are simulated, and time is that
  of an H100 (`h100`), so the figures do not depend on this machine.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.methods.h100 import H100, run_virtually
from benchmarks.results import replace_section
from benchmarks.throughput.bare import SHORT
from benchmarks.throughput.block_cache import BlockCache, Held
from benchmarks.throughput.request_log import read_log
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig, VllmConfig, load_config
from toolace_mt.distributed.client.client import Client
from toolace_mt.distributed.client.routing import Replica, Router
from toolace_mt.distributed.fleet.admission import Admission
from toolace_mt.distributed.fleet.host import EngineHost
from toolace_mt.distributed.fleet.protocol import EngineLink, Links
from toolace_mt.distributed.shard_task import load_context
from toolace_mt.engine.base import Engine
from toolace_mt.engine.vllm.chat import ChatPrompt
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Shard, empty_dialogues
from toolace_mt.run.policy import FaultPolicy
from toolace_mt.seeds import derive_random
from toolace_mt.tools.pool import load_pool

CONFIG = Path(__file__).parents[2] / "configs" / "scripted.yaml"
CHECK_BLOCKS = 150  # of 32 tokens; one prompt has up to 4,096
BLOCK = 16  # tokens, as on GPUs
SLOTS = 16  # of each of the two engines
SHARD, WALKS = 24, 3  # dialogues of a shard, shards in flight
CAPACITIES = (30_000, 60_000, 120_000)  # tokens of each engine's cache


def ideal(run_dir: Path) -> str:
    """Return the table of cached tokens by stage, found and possible."""
    from transformers import AutoTokenizer

    run = RunDir(run_dir.absolute())
    settled = load_context(str(run.path), 0).config
    config = settled.engine
    if not isinstance(config, VllmConfig):
        raise SystemExit(f"{run_dir}: not a run on vLLM")
    settings = json.loads((run.state / "engines.json").read_bytes())[0]
    prompt = ChatPrompt(AutoTokenizer.from_pretrained(config.model), config.model)
    cache = BlockCache(None, settings["block_size"])
    total: dict[str, Counter[str]] = {stage: Counter() for stage in (*METHODS["toolace_mt"], "all")}
    for request, completion in read_log(run_dir):
        held = cache.begin(prompt.ids(request.system, request.user), completion.output_tokens)
        cache.end(held)
        for stage in (request.stage, "all"):
            total[stage]["prompt"] += completion.prompt_tokens
            total[stage]["cached"] += completion.cached_tokens
            total[stage]["ideal"] += held.cached
    rows = [
        "| stage | prompt tokens | cached | in a cache that never forgets | share of that |",
        "|---|---:|---:|---:|---:|",
    ]
    for stage, of in total.items():
        if not of["prompt"]:  # such as a run without experts
            continue
        shares = f"{of['cached'] / of['prompt']:.1%} | {of['ideal'] / of['prompt']:.1%}"
        rows.append(f"| {stage} | {of['prompt']:,} | {shares} | {of['cached'] / of['ideal']:.3f} |")
    size = f"its cache holds {settings['kv_cache_tokens']:,} tokens"
    run_is = f"{run.path.name} ({settled.dialogues} dialogues), {config.max_num_seqs} slots"
    return "\n".join([f"{run_is}, {size}:", "", *rows])


def check(run_dir: Path, count: int) -> str:
    """Compare the simulation with a real engine, request by request."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        bare = ("-m", "benchmarks.throughput.bare")
        limits = ("--one-by-one", str(count), "--blocks", str(CHECK_BLOCKS))
        subprocess.run([sys.executable, *bare, str(run_dir), str(result), *limits], check=True)
        real: dict[str, Any] = json.loads(result.read_bytes())
    cache = BlockCache(real["blocks"], real["block_size"])
    same = simulated = found = 0
    for ids, (_, made, cached) in zip(real["prompts"], real["answers"], strict=True):
        held = cache.begin(ids, made)
        cache.end(held)
        same += held.cached == cached
        simulated, found = simulated + held.cached, found + cached
    tokens = sum(map(len, real["prompts"]))
    return (
        f"The simulation against vLLM, {count} requests of {tokens:,} prompt tokens one by one in a"
        f" cache of {real['blocks']} blocks of {real['block_size']} tokens, {SHORT} tokens of"
        f" answer each: {same} of {count} cached counts are equal ({simulated:,} tokens against"
        f" {found:,})."
    )


class CachedH100(H100):
    """An H100 whose prefix cache is of limited size and forgets as vLLM's does."""

    def __init__(self, config: ScriptedConfig, tokens: int) -> None:
        super().__init__(config)
        self._blocks = BlockCache(tokens // BLOCK, BLOCK)
        self._held: dict[asyncio.Task[Any] | None, Held] = {}

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer; the blocks of the prompt are held meanwhile."""
        try:
            return await super().generate(request, priority)
        finally:
            self._blocks.end(self._held.pop(asyncio.current_task()))

    def _cached(self, dialogue: str, prompt: str) -> int:  # noqa: ARG002
        tokens = [prompt[at : at + 4] for at in range(0, len(prompt), 4)]
        held = self._held[asyncio.current_task()] = self._blocks.begin(tokens)
        return 4 * held.cached


class _Host(EngineHost):
    """No engine dies here."""

    def ended(self, admission: Admission) -> None:
        raise SystemExit(admission.cause)


def _served(index: int, engine: Engine) -> tuple[EngineLink, list[int]]:
    host = _Host()
    host.seat(index, engine)
    return host, [index]


class Scattered(Router):
    """Sends every request to any engine, whatever the dialogue."""

    def __init__(self, links: Links, order: Sequence[int], fewest: int) -> None:
        super().__init__(links, order, fewest)
        self._requests = itertools.count()

    def home(self, dialogue: str, up: list[Replica]) -> Replica:
        """Return any engine, from the seed."""
        return derive_random(dialogue, next(self._requests)).choice(up)


class Scattering(Client):
    """A client that knows no homes."""

    routing = Scattered


async def _routed(dialogues: int, tokens: int, client: type[Client]) -> tuple[float, float, int]:
    """Make dialogues as the driver does; return cached share, virtual seconds and calls."""
    config = load_config(CONFIG)
    context = RunContext(config, load_pool(config.tools.source))
    engines = [
        CachedH100(ScriptedConfig(kind="scripted", max_num_seqs=SLOTS), tokens) for _ in "12"
    ]
    links = [_served(index, engine) for index, engine in enumerate(engines)]
    shards = iter([Shard(n, n * SHARD, SHARD) for n in range(dialogues // SHARD)])
    began = asyncio.get_running_loop().time()

    async def walk() -> None:
        for shard in shards:
            made = empty_dialogues(config.seed, shard)
            for name, stage in METHODS[config.method].items():
                async with client(f"{name}/{shard.index}", links, FaultPolicy()) as open_client:
                    generate = open_client.generate
                    made = await asyncio.gather(*(stage(d, generate, context) for d in made))

    await asyncio.gather(*(walk() for _ in range(WALKS)))
    seconds = asyncio.get_running_loop().time() - began
    stats = [engine.stats() for engine in engines]
    for engine in engines:
        await engine.close()
    prompt, cached, calls = (
        sum(each[name] for each in stats) for name in ("prompt_tokens", "cached_tokens", "requests")
    )
    return cached / prompt, seconds, int(calls)


def routing(dialogues: int) -> str:
    """Return the table of cached shares, sticky and random, by size of the cache."""
    rows = [
        "| tokens in each cache | sticky: cached | random: cached | sticky: s | random: s |",
        "|---:|---:|---:|---:|---:|",
    ]
    for tokens in CAPACITIES:
        sticky, at_random = (
            run_virtually(_routed(dialogues, tokens, client)) for client in (Client, Scattering)
        )
        shares = f"{sticky[0]:.1%} | {at_random[0]:.1%} | {sticky[1]:.1f} | {at_random[1]:.1f}"
        rows.append(f"| {tokens:,} | {shares} |")
        print(rows[-1], flush=True)
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN_DIR", help="finished, on vLLM")
    parser.add_argument("--check", type=int, default=120, help="requests that check the simulation")
    parser.add_argument("--dialogues", type=int, default=192, help="of the routing part")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    options = parser.parse_args()
    found = [
        f"Routing, {options.dialogues} dialogues, {WALKS * SHARD} open at a time, two engines:"
    ]
    found.append(routing(options.dialogues))
    if options.runs:
        found[:0] = [*map(ideal, options.runs), check(options.runs[0], options.check)]
        print(*found[: len(options.runs) + 1], sep="\n\n", flush=True)
    if options.write:
        replace_section("prefix-cache", "\n\n".join(("## Prefix cache", *found)))


if __name__ == "__main__":
    main()
