"""An engine behind any OpenAI-compatible endpoint: one URL, one key from the environment.

The endpoint is not trusted: bodies are capped, redirects are never followed (so the key goes to no
other host), and whatever comes back is read by a schema. What is passing (429, 5xx, a broken
connection, half a JSON) is tried again with full jitter; what cannot mend (a refused key, a missing
model) ends the engine with one `EngineError`; everything else is the outcome of one request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, NoReturn, Self

from toolace_mt.calls.ask import Unreadable
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.gauge import Gauge
from toolace_mt.engine.openai.adaptive import AdaptiveLimit, Outcome
from toolace_mt.engine.openai.chat_completions import (
    complaint,
    decode,
    encode,
    refusal,
    retry_seconds,
)
from toolace_mt.engine.openai.endpoint import Endpoint, Passing, Reply
from toolace_mt.errors import EngineError
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import JsonObject

ATTEMPTS: Final = 8  # with the two below, about a minute of trouble before a request is given up
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0  # also caps Retry-After: an hour's wait would look like a hang
GIVEN_UP: Final = 8  # dialogues in a row without one good answer: it is the endpoint, not a prompt

PROBE: Final = Request(
    *("probe", "probe", "probe", 0, "0", "Answer in JSON.", "Are you ready?"),
    schema={
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": False,
    },
    max_tokens=16,
)

PASSING: Final = {408, 425, 429, *range(500, 600)}
CONGESTED: Final = {429, 503, 529}


class OpenAIEngine:
    """One endpoint as an engine; `describe`, `stats`, errors and logs never hold the key.

    `sleep` and `clock` (wall-clock seconds, for a Retry-After date) are replaced in tests.
    """

    def __init__(
        self,
        config: OpenAIConfig,
        url: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.model = config.model
        self.max_num_seqs = config.concurrency
        self._config = config
        self._endpoint = Endpoint(config, url)
        self._sleep = sleep
        self._clock = clock
        self._limit = AdaptiveLimit(config.concurrency)
        self._gone = ""  # why no request can succeed any more
        self._given_up: set[str] = set()
        self._gauge = Gauge(config.concurrency)
        self._counts = dict.fromkeys(("good", "retries", "congested", "given_up"), 0)

    @classmethod
    def start(cls, config: OpenAIConfig, index: int = 0) -> Self:
        """Return an engine for the URL number `index`, which has just answered a tiny request.

        Blocks; waits out a minute of trouble. Raises EngineError if there is no answer, so that a
        wrong key, model, URL or setting ends a run before it begins.
        """
        url = config.urls[index]
        with ThreadPoolExecutor(1) as pool:  # whether or not the caller runs an event loop
            pool.submit(asyncio.run, cls._probe(config, url)).result()
        return cls(config, url)

    @classmethod
    async def _probe(cls, config: OpenAIConfig, url: str) -> None:
        engine = cls(config, url)
        try:
            completion = await engine.generate(PROBE)
        finally:
            await engine.close()
        if completion.finish in ("refused", "failed"):
            said = f"{completion.finish}: {completion.text}"
            raise EngineError(f"{engine._endpoint.shown} does not answer a first request: {said}")

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Return the outcome of one request; lower `priority` goes first when requests queue.

        Raises EngineError once the endpoint is unusable for good, then and ever after.
        """
        started = time.perf_counter()
        with self._gauge.request():
            completion = await self._persist(request, priority)
        return self._gauge.finished(replace(completion, seconds=time.perf_counter() - started))

    def describe(self) -> JsonObject:
        """Return what a run records of its engine."""
        return {
            "kind": "openai",
            "url": self._endpoint.shown,
            "model": self.model,
            "max_num_seqs": self.max_num_seqs,
            "timeout": self._config.timeout,
        }

    def stats(self) -> dict[str, float]:
        """Return what `Engine` promises, and `limit`, how many requests go out at once now.

        A request that waits before it is sent again counts as waiting.
        """
        stats = self._gauge.stats()
        open_requests = stats["running"] + stats["waiting"]
        running = self._limit.running
        queue = {"running": running, "waiting": open_requests - running}
        return {**stats, **queue, **self._counts, "limit": self._limit.limit}

    def stalled(self) -> float:
        """Return the seconds without progress beyond what a timeout and a wait may take."""
        return max(0.0, self._gauge.stalled() - self._config.timeout - 2 * LONGEST_WAIT)

    async def close(self) -> None:
        """Close the connections; requests still open end with EngineError."""
        self._gone = self._gone or f"{self._endpoint.shown}: closed"
        await self._endpoint.close()

    async def _persist(self, request: Request, priority: int) -> Completion:
        strict, cause = True, ""
        for attempt in range(ATTEMPTS):
            try:
                completion = await self._attempt(request, strict, priority)
            except Passing as passing:
                cause = str(passing)
                self._counts["retries"] += 1
                jitter = derive_random(request.key(self.model), attempt).random()
                longest = min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)
                if attempt + 1 < ATTEMPTS:
                    await self._sleep(passing.wait + jitter * longest)
                continue
            if completion.finish == "refused" and strict:
                strict = False  # OpenAI's strict mode knows a part of JSON Schema only
                continue
            if completion.finish in ("refused", "failed"):
                return self._give_up(request, completion)
            return completion
        return self._give_up(request, Completion(f"given up after {ATTEMPTS}: {cause}", "failed"))

    async def _attempt(self, request: Request, strict: bool, priority: int) -> Completion:
        ticket = await self._limit.acquire(priority)
        outcome: Outcome = "neither"
        try:
            if self._gone:
                raise EngineError(self._gone)
            body = encode(request, self.model, strict, self._config.args)
            completion = self._judge(await self._endpoint.post(body))
            if completion.finish in ("stop", "length"):
                outcome = "good"
                self._counts["good"] += 1
                self._given_up.clear()
            return completion
        except Passing as passing:
            if passing.congested:
                outcome = "congested"
                self._counts["congested"] += 1
            raise
        finally:
            self._gauge.progress()
            self._limit.release(ticket, outcome)

    def _read(self, reply: Reply) -> Completion:
        try:
            completion = decode(reply.body)
        except Unreadable as unreadable:
            raise Passing(f"{unreadable}: {self._said(reply)}") from unreadable
        if completion.finish == "failed":
            return replace(completion, text=self._endpoint.excerpt(completion.text))
        return completion

    def _judge(self, reply: Reply) -> Completion:
        if reply.status == 200:
            return self._read(reply)
        status, said = reply.status, self._said(reply)
        text = reply.body[:10_000].decode("utf-8", "replace")
        unpaid = status == 429 and "insufficient_quota" in text
        if status in (401, 402) or unpaid or (status == 403 and not self._counts["good"]):
            self._end(f"{said}; {self._endpoint.about_key()}")
        if status == 404 or 300 <= status < 400:
            self._end(f"{said}; check engine.model ({self.model}) and engine.urls")
        if status in PASSING:
            wait = retry_seconds(reply.retry_after, self._clock(), LONGEST_WAIT)
            raise Passing(said, wait, congested=status in CONGESTED)
        return Completion(said, refusal(status, text))

    def _said(self, reply: Reply) -> str:
        text = self._endpoint.excerpt(complaint(reply.body))
        return f"HTTP {reply.status}: {text or 'empty body'}"

    def _give_up(self, request: Request, completion: Completion) -> Completion:
        self._counts["given_up"] += 1
        self._given_up.add(request.dialogue)
        if len(self._given_up) >= GIVEN_UP:
            self._end(
                f"no usable answer for {GIVEN_UP} dialogues in a row, last: {completion.text}"
            )
        return completion

    def _end(self, cause: str) -> NoReturn:
        self._gone = f"{self._endpoint.shown}: {cause}; mend that and run the same command again"
        raise EngineError(self._gone)
