"""The command `toolace-mt tools enrich`."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.config import RunConfig
from toolace_mt.engine.base import start_engine
from toolace_mt.enrich.ask import Writer, missing
from toolace_mt.enrich.learn import learned, may_be_called
from toolace_mt.enrich.pool_file import Definition, read_definitions, write_definitions
from toolace_mt.run.journal import Journal, replay
from toolace_mt.tools.dialects import Malformed
from toolace_mt.tools.live.executor import Worlds
from toolace_mt.tools.told_examples import with_told_examples

_SHOWN = 10
_EVERY = 100


@dataclass(slots=True)
class _Pool:
    """The definitions of a pool while they are completed, and what went wrong by tool."""

    definitions: list[Definition]
    failures: list[str] = field(default_factory=list)
    added: Counter[str] = field(default_factory=Counter)

    def put(self, index: int, part: str, definition: Definition, source: str) -> None:
        self.definitions[index] = definition
        self.added[f"{part} {source}"] += 1


def enrich(
    source: str,
    output: Path,
    config: RunConfig,
    console: Console,
    *,
    model: bool = True,
    read_only: Sequence[str] = (),
) -> int:
    """Write the pool `source` to `output` with what it lacks; returns the exit status.

    Examples that descriptions tell are taken without a model. With `config.tools.live`, tools that
    only read, and those named `read_only`, are called to see what they return. The rest is asked of
    the engine of `config`, unless `model` is false. Every answer is in a journal beside `output`,
    so that a second run asks only for what is missing there.

    Raises InputError, EmptyPoolError, EngineError or RunDirError.
    """
    definitions, problems = read_definitions(source, output)
    for problem in problems[:_SHOWN]:
        console.print(f"left out: {problem}", markup=False, highlight=False, soft_wrap=True)
    if len(problems) > _SHOWN:
        console.print(f"... and {len(problems) - _SHOWN:,} more left out", highlight=False)
    pool = _Pool(definitions)
    _take_told(pool)
    asyncio.run(_complete(pool, output, config, console, model, read_only))
    write_definitions(output, pool.definitions)
    _report(pool, output, console)
    return 0


def _take_told(pool: _Pool) -> None:
    for index, each in enumerate(pool.definitions):
        told = with_told_examples(each.parameters)
        if told is not each.parameters:
            try:
                made = each.with_part("parameters", told, "description")
            except Malformed:
                continue  # what a description tells is no promise
            pool.put(index, "examples", made, "from descriptions")


async def _complete(
    pool: _Pool,
    output: Path,
    config: RunConfig,
    console: Console,
    model: bool,
    read_only: Sequence[str],
) -> None:
    if config.tools.live is not None:
        await _learn(pool, config, read_only)
    waiting = [index for index, each in enumerate(pool.definitions) if any(missing(each))]
    if not model or not waiting:
        return
    async with _journaled(config, output) as (generate, name, at_once):
        writer = Writer(generate, config.initialization.sampling, config.seed, name)
        free = asyncio.Semaphore(at_once)
        done = 0

        async def complete(index: int) -> None:
            nonlocal done
            before = pool.definitions[index]
            async with free:
                made, failures = await writer.complete(before)
            left = set(missing(made))
            for part in set(missing(before)) - left:
                pool.put(index, _label(part), made, f"by {name}")
            pool.failures += [f"{before.tool.name}: {failure}" for failure in failures]
            done += 1
            if done % _EVERY == 0:
                console.print(f"{done:,} of {len(waiting):,} tools", highlight=False)

        await asyncio.gather(*map(complete, waiting))


async def _learn(pool: _Pool, config: RunConfig, read_only: Sequence[str]) -> None:
    tools = {each.tool.name: each.tool for each in pool.definitions}
    if config.tools.live is None:
        return
    worlds = Worlds(tools, config.tools, config.tools.live)
    callable_ones = {
        each.identity: index
        for index, each in enumerate(pool.definitions)
        if "returns" in missing(each)
        and may_be_called(each, read_only)
        and worlds.tool(each.tool.name)
    }
    called = [pool.definitions[index] for index in callable_ones.values()]
    schemas, failures = await learned(called, worlds.open, config.seed)
    for identity, schema in schemas.items():
        index = callable_ones[identity]
        if not schema:
            continue
        try:
            made = pool.definitions[index].with_part("returns", schema, "called")
        except Malformed as malformed:
            failures[identity] = str(malformed)
            continue
        pool.put(index, "returns", made, "from real calls")
    pool.failures += [f"{name}: called: {cause}" for (_, name), cause in failures.items()]


@asynccontextmanager
async def _journaled(config: RunConfig, output: Path) -> AsyncIterator[tuple[Generate, str, int]]:
    """Yield a `Generate` whose completions outlive this process, the model's name, and how many
    tools to work on at once."""
    directory = output.with_name(f"{output.name}.journal")
    known = replay(directory)
    engine = await asyncio.to_thread(start_engine, config.engine)
    journal = Journal(directory, 0)

    async def generate(request: Request) -> Completion:
        key = request.key(engine.model)
        if key not in known:
            known[key] = await engine.generate(request)
            await journal.append(key, known[key])
        return known[key]

    try:
        called = Path(engine.model).name if Path(engine.model).exists() else engine.model
        yield generate, called, 2 * engine.max_num_seqs
    finally:
        await journal.close()
        await engine.close()


def _label(part: str) -> str:
    """Return what a part of a definition is called in messages."""
    return "examples" if part == "parameters" else part


def _report(pool: _Pool, output: Path, console: Console) -> None:
    for failure in pool.failures[:_SHOWN]:
        console.print(f"not written: {failure}", markup=False, highlight=False, soft_wrap=True)
    if len(pool.failures) > _SHOWN:
        console.print(f"... and {len(pool.failures) - _SHOWN:,} more not written", highlight=False)
    for what, count in sorted(pool.added.items()):
        console.print(f"added: {what} in {count:,} tools", highlight=False, soft_wrap=True)
    left = Counter(part for each in pool.definitions for part in missing(each))
    lacking = ", ".join(f"{_label(part)} in {count:,}" for part, count in sorted(left.items()))
    said = f"; still missing: {lacking}" if lacking else ""
    console.print(
        f"{len(pool.definitions):,} tools written to {output}{said}",
        highlight=False,
        soft_wrap=True,
    )
