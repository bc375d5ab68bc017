"""The engine seam: one request, one completion, one function between them."""

from pkgutil import resolve_name
from typing import Any, Protocol

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import EngineSection

ENGINES = {
    "vllm": "toolace_mt.engine.vllm.engine:VllmEngine",
    "scripted": "toolace_mt.engine.scripted:ScriptedEngine",
    "openai": "toolace_mt.engine.openai.engine:OpenAIEngine",
}
"""The class of each kind of engine, imported when one is started.

Its class method `start(config, index)` returns an `Engine` that answers, or raises EngineError.
If it has `environment(config)`, that returns variables for the process in which it is started.
"""


class Engine(Protocol):
    """A model that answers requests, many at once; hosted by a Ray actor or used as it is.

    Whatever concerns one request is said by its completion's `finish`. An `EngineError` means that
    the engine is gone for good: whoever hosts it ends the process and starts another.
    """

    @property
    def model(self) -> str:
        """The model's name, as it enters `Request.key`."""

    @property
    def max_num_seqs(self) -> int:
        """How many requests are served at once (resolved, never None); more of them queue."""

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer one request; a lower `priority` goes first. Raises EngineError."""

    def describe(self) -> dict[str, Any]:
        """Return the resolved settings that figures depend on, as plain JSON values."""

    def stats(self) -> dict[str, float]:
        """Return counters of an engine.

        `running` and `waiting` requests now; since the start, `requests` that have ended and
        `busy_seconds` with at least one request open.
        """

    def stalled(self) -> float:
        """Return for how many seconds open requests have made no progress (0.0 when idle)."""

    async def close(self) -> None:
        """Stop; requests still open end as "abort" or with EngineError."""


def start_engine(config: EngineSection, index: int = 0) -> Engine:
    """Start the engine number `index` of a run, and return it once it answers. Blocks.

    Raises EngineError if it cannot be started.
    """
    engine: Engine = _engine_class(config).start(config, index)
    return engine


def process_environment(config: EngineSection) -> dict[str, str]:
    """Return the variables that must be set before the process of an engine starts."""
    environment = getattr(_engine_class(config), "environment", None)
    return environment(config) if environment else {}


def _engine_class(config: EngineSection) -> Any:
    return resolve_name(ENGINES[config.kind])
