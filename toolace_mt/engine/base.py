"""The engine seam: one request, one completion, one function between them."""

from typing import Any, Protocol

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import EngineConfig, OpenAIConfig, ScriptedConfig, VllmConfig


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


def start_engine(config: EngineConfig, index: int) -> Engine:
    """Start the engine number `index` of a run; raises EngineError."""
    match config:
        case VllmConfig():
            from toolace_mt.engine.vllm.engine import VllmEngine

            return VllmEngine.start(config)
        case ScriptedConfig():
            from toolace_mt.engine.scripted import ScriptedEngine

            return ScriptedEngine(config)
        case OpenAIConfig():
            from toolace_mt.engine.openai.engine import OpenAIEngine

            return OpenAIEngine.start(config, index)
