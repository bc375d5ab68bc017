"""The interface of engines: a request goes in, a completion comes out."""

from pkgutil import resolve_name
from typing import Any, Protocol

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import EngineSection
from toolace_mt.errors import EngineError

ENGINES = {
    "vllm": "toolace_mt.engine.vllm.engine:VllmEngine",
    "scripted": "toolace_mt.engine.scripted:ScriptedEngine",
    "openai": "toolace_mt.engine.openai.engine:OpenAIEngine",
}
"""The class of each kind of engine, as a name that is imported when an engine starts.

Its class method `start(config, index)` returns an `Engine` that answers, or raises EngineError. An
optional `environment(config)` returns variables for the process in which it is started.
"""


class Engine(Protocol):
    """A model that answers requests, many at once; hosted by a Ray actor or used directly.

    The fate of one request is told by the `finish` of its completion. An `EngineError` means that
    the engine is gone for good: its host ends the process and starts another.
    """

    @property
    def model(self) -> str:
        """The name of the model, which is part of `Request.key`."""

    @property
    def max_num_seqs(self) -> int:
        """How many requests are served at once (resolved, never None); further ones queue."""

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer one request; a lower `priority` goes first. Raises EngineError."""

    def describe(self) -> dict[str, Any]:
        """Return the resolved settings that measurements depend on, as plain JSON values."""

    def stats(self) -> dict[str, float]:
        """Return the counters of the engine, by name.

        `running` and `waiting` are requests now. Since the start, `requests` counts those that have
        ended, and `busy_seconds` is the time with at least one open request.
        """

    def stalled(self) -> float:
        """Return the seconds since open requests last made progress (0.0 when idle)."""

    async def close(self) -> None:
        """Stop; requests still open end as "abort" or with EngineError."""


def start_engine(config: EngineSection, index: int = 0) -> Engine:
    """Start the engine number `index` of a run; returns once it answers. Blocks.

    Raises EngineError if it cannot be started.
    """
    engine: Engine = _engine_class(config).start(config, index)
    return engine


def process_environment(config: EngineSection) -> dict[str, str]:
    """Return the variables that must be set before the process of an engine starts."""
    environment = getattr(_engine_class(config), "environment", None)
    return environment(config) if environment else {}


def _engine_class(config: EngineSection) -> Any:
    if config.kind not in ENGINES:
        raise EngineError(
            f"engine.kind {config.kind}: only `toolace-mt run` works in batches; take another kind"
        )
    return resolve_name(ENGINES[config.kind])
