"""A model-free engine: schema-conforming texts from a seed, with latency, counts and failures.

- Text, finish and token counts follow from the request alone, never from arrival order, other
  requests or the clock. Prompts are measured, not read.
- A token is 4 characters, rounded up.
- Cached tokens are those of the system part, which all calls of a dialogue share, except in the
  first call of a dialogue (kind "task", first attempt).
"""

import asyncio
import json
import math
import os
import random
from typing import Any, Self

from toolace_mt.calls.request import Completion, Finish, Request
from toolace_mt.config import ScriptedConfig
from toolace_mt.engine.gauge import Gauge
from toolace_mt.schemas.draw import draw
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import JsonObject

_CRASHED = 70  # exit status of an ordered crash
_FREE_TEXT: JsonObject = {"type": "string", "pattern": r"[A-Z][a-z ,]{40,160}\."}


class ScriptedEngine:
    """Draws answers from request schemas; flaws and failures occur as configured.

    A choice between "pass" and "fail" is a verdict: "pass", except for a `flawed` share of them. A
    choice between "A" and "B" is drawn. An `unreadable` share of answers is cut in the middle, and
    so is every answer longer than `max_tokens`; both finish as "length".
    """

    def __init__(self, config: ScriptedConfig) -> None:
        self._config = config
        self._gauge = Gauge(config.max_num_seqs)
        self._slots = asyncio.Semaphore(config.max_num_seqs)
        self._hanging = False
        self._closed = asyncio.Event()
        self._accepted = 0

    @classmethod
    def start(cls, config: ScriptedConfig, index: int = 0) -> Self:  # noqa: ARG003
        """Return an engine; all engines of a run are alike."""
        return cls(config)

    @property
    def model(self) -> str:
        """The configured name."""
        return self._config.model

    @property
    def max_num_seqs(self) -> int:
        """How many requests are served at once."""
        return self._config.max_num_seqs

    async def generate(self, request: Request, priority: int = 0) -> Completion:  # noqa: ARG002
        """Answer one request after its latency; requests queue in order of arrival."""
        with self._gauge.request():
            self._fail_as_ordered(request)
            started = self._gauge.now()
            rng = _random(request)
            text, finish = self._write(request, rng)
            output_tokens = count_tokens(text)
            latency = self._latency(output_tokens, rng)
            if latency:
                async with self._slots:
                    await asyncio.sleep(latency)
            if self._hanging:
                await self._closed.wait()
                return Completion("the engine was closed", "abort")
            system_tokens = count_tokens(request.system)
            return self._gauge.finished(
                Completion(
                    text=text,
                    finish=finish,
                    prompt_tokens=system_tokens + count_tokens(request.user),
                    cached_tokens=0 if _opens_dialogue(request) else system_tokens,
                    output_tokens=output_tokens,
                    seconds=self._gauge.now() - started,
                )
            )

    def _write(self, request: Request, rng: random.Random) -> tuple[str, Finish]:
        if request.schema is None:
            text = str(draw(_FREE_TEXT, rng))
        else:
            value = draw(request.schema, rng)
            self._judge(value, request.schema, rng)
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if rng.random() < self._config.unreadable:
            return text[: len(text) // 2], "length"
        whole = count_tokens(text) <= request.max_tokens
        return (text, "stop") if whole else (text[: 4 * request.max_tokens], "length")

    def _judge(self, value: JsonObject, schema: JsonObject, rng: random.Random) -> None:
        """Put verdicts in their places in an answer, also where several are asked for."""
        for name, inner in (schema.get("properties") or {}).items():
            if isinstance(inner, dict) and inner.get("enum") == ["pass", "fail"]:
                value[name] = ("pass", "fail")[rng.random() < self._config.flawed]
            elif isinstance(inner, dict) and "properties" in inner:
                self._judge(value[name], inner, rng)

    def _latency(self, output_tokens: int, rng: random.Random) -> float:
        config = self._config
        median = config.seconds_per_call + config.seconds_per_token * output_tokens
        return median * math.exp(rng.gauss(0.0, config.spread)) if config.spread else median

    def _fail_as_ordered(self, request: Request) -> None:
        fail = self._config.fail
        self._accepted += 1
        exhausted = fail.crash_after is not None and self._accepted > fail.crash_after
        if exhausted or (fail.crash_on and request.dialogue == fail.crash_on):
            os._exit(_CRASHED)
        if fail.hang_on and request.dialogue == fail.hang_on:
            self._hanging = True

    def describe(self) -> dict[str, Any]:
        """Return the engine's settings."""
        return {"engine": "scripted", **self._config.model_dump(mode="json")}

    def stats(self) -> dict[str, float]:
        """Return the counters of `Engine.stats`."""
        return self._gauge.stats()

    def stalled(self) -> float:
        """Return the seconds since the last answer while requests are open, else 0.0."""
        return self._gauge.stalled()

    async def close(self) -> None:
        """Release requests that an ordered hang holds; others end by themselves."""
        self._closed.set()


def count_tokens(text: str) -> int:
    """Return the length of a text in tokens of 4 characters, rounded up."""
    return (len(text) + 3) // 4


def _random(request: Request) -> random.Random:
    return derive_random(
        *(request.seed, request.dialogue, request.stage, request.kind),
        *(request.round, request.slot, request.attempt),
    )


def _opens_dialogue(request: Request) -> bool:
    return request.kind == "task" and request.attempt == 0
