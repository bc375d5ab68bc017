"""The batch engines of a run: their settings, and what is known of their servers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from toolace_mt.config import BatchConfig, OpenAIConfig, RunConfig
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.engine.openai.engine import OpenAIEngine
from toolace_mt.run.batches.files import read_dialect, samples, write_dialect
from toolace_mt.run.directory import RunDir


@dataclass(frozen=True, slots=True)
class BatchEngine:
    """One batch engine; `dialect` writes its requests."""

    config: BatchConfig
    dialect: Dialect

    def asks_online(self, requests: int) -> bool:
        """Return whether so few requests are asked online rather than in a batch."""
        return bool(self.config.url and self.config.probe and requests < self.config.online_below)

    @property
    def most_bytes(self) -> int:
        """Size of its largest file."""
        return self.config.most_megabytes * 1_000_000


def batch_engines(run: RunDir, config: RunConfig) -> dict[str, BatchEngine]:
    """Return the batch engines of a run by name."""
    return {
        name: BatchEngine(section, _dialect(run, name, section))
        for name, section in config.all_engines.items()
        if isinstance(section, BatchConfig)
    }


def _dialect(run: RunDir, name: str, config: BatchConfig) -> Dialect:
    return read_dialect(run, name, config.model, config.args) or Dialect(config.model, config.args)


def probe_all(run: RunDir, config: RunConfig, say: Callable[[str], None]) -> None:
    """Ask each provider one question online, unless that was done before or is not wanted.

    What its server refuses is then known before the first batch. Blocks. Raises EngineError if
    there is no answer, or none in the JSON asked for.
    """
    for name, engine in batch_engines(run, config).items():
        settings = engine.config
        known = read_dialect(run, name, settings.model, settings.args)
        if known is not None or not (settings.url and settings.probe):
            continue
        say(f"asking {settings.model} one question online")
        write_dialect(run, name, OpenAIEngine.start(_online(settings)).dialect)


async def rehearse(run: RunDir, config: RunConfig, round: int, known: set[tuple[str, str]]) -> bool:
    """Ask providers online for one request of each kind that waits; return whether that taught.

    What a server refuses, such as a strict schema, would otherwise be known only when a whole batch
    of them has failed. `known` has the engines' names and the kinds that were asked
    before, and gets those that are asked now. Raises EngineError if the provider fails for good.
    """
    taught = False
    for name, engine in batch_engines(run, config).items():
        if not (engine.config.url and engine.config.probe):
            continue
        new = {k: r for k, r in samples(run, round, name).items() if (name, k) not in known}
        before = engine.dialect.notes()
        online = online_engine(engine)
        try:
            await asyncio.gather(*(online.generate(request) for request in new.values()))
        finally:
            await online.close()
        known |= {(name, kind) for kind in new}
        if engine.dialect.notes() != before:
            write_dialect(run, name, engine.dialect)
            taught = True
    return taught


def online_engine(engine: BatchEngine) -> OpenAIEngine:
    """Return an engine that asks a provider online what it would be asked in a batch."""
    return OpenAIEngine(_online(engine.config), engine.config.url, engine.dialect)


def _online(config: BatchConfig) -> OpenAIConfig:
    return OpenAIConfig(
        kind="openai",
        model=config.model,
        urls=(config.url,),
        key_env=config.key_env,
        timeout=config.timeout,
        args=config.args,
    )
