"""An engine behind any OpenAI-compatible endpoint: one URL, one key from the environment.

The endpoint is not trusted: bodies are capped, redirects never followed, replies checked.

- Temporary failures (429, 5xx, broken connections, incomplete JSON) are retried with full jitter.
- A refused field of the request is left out from then on.
- Lasting failures (a refused key, a missing model) end the engine with one `EngineError`.
- Everything else is the outcome of a single request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, NoReturn, Self

from toolace_mt.calls.ask import Unreadable, read_json
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.gauge import Gauge
from toolace_mt.engine.openai.adaptive import AdaptiveLimit, Outcome
from toolace_mt.engine.openai.answers import decode, quote
from toolace_mt.engine.openai.causes import Causes
from toolace_mt.engine.openai.complaints import Complaint, read_complaint, retry_seconds
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.engine.openai.endpoint import Endpoint, Passing, Reply
from toolace_mt.engine.openai.probe import probe
from toolace_mt.errors import EngineError
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import JsonObject

ATTEMPTS: Final = 8  # with the waits below, about a minute until a request is given up
ATTEMPTS_AT_START: Final = 4  # to reach a server at all: a few seconds
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0  # also caps Retry-After: a longer wait would look like a hang
GIVEN_UP: Final = 8  # failed dialogues in a row, which no single prompt explains

PASSING: Final = {408, 425, 429, *range(500, 600)}
CONGESTED: Final = {429, 503, 529}


class OpenAIEngine:
    """One endpoint as an engine; `describe`, `stats`, errors and logs never contain the key.

    `dialect` is what is known of the server. Tests replace `sleep` and `clock` (wall-clock seconds,
    for Retry-After dates).
    """

    def __init__(
        self,
        config: OpenAIConfig,
        url: str,
        dialect: Dialect | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.model = config.model
        self.max_num_seqs = config.concurrency
        self.dialect = dialect or Dialect(config.model, config.args, config.allow_prompted)
        self._config = config
        self._endpoint = Endpoint(config, url)
        self._sleep = sleep
        self._clock = clock
        self._limit = AdaptiveLimit(config.concurrency)
        self._gone = ""  # why no request can succeed any more, "" while they can
        self._given_up: set[str] = set()
        self._gauge = Gauge(config.concurrency)
        self._counts = dict.fromkeys(
            ("good", "retries", "congested", "timeouts", "given_up", "not_json"), 0
        )
        self._causes = Causes()
        self._attempts_unreachable = ATTEMPTS

    @classmethod
    def start(cls, config: OpenAIConfig, index: int = 0) -> Self:
        """Return an engine for the URL number `index`, after it has answered a tiny request.

        Blocks. Temporary failures are retried for about a minute, an unreachable server for less.
        Raises EngineError if there is no answer, or none in the JSON asked for, so a wrong key,
        model, URL or setting ends a run before it begins.
        """
        url = config.urls[index]
        with ThreadPoolExecutor(1) as pool:  # the caller may be running an event loop
            dialect = pool.submit(asyncio.run, cls._probed(config, url)).result()
        return cls(config, url, dialect)

    @classmethod
    async def _probed(cls, config: OpenAIConfig, url: str) -> Dialect:
        engine = cls(config, url)
        engine._attempts_unreachable = ATTEMPTS_AT_START
        try:
            await probe(engine.generate, engine.dialect, engine._endpoint.shown)
        finally:
            await engine.close()
        return engine.dialect

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Return the outcome of one request; a lower `priority` goes first when requests queue.

        Raises EngineError once the endpoint has failed for good, and on every later call.
        """
        started = time.perf_counter()
        if not self._open():
            self._causes.good(self._gauge.now())
        with self._gauge.request():
            completion = await self._persist(request, priority)
        return self._gauge.finished(replace(completion, seconds=time.perf_counter() - started))

    def describe(self) -> JsonObject:
        """Return what a run records of its engine, as plain JSON values."""
        return {
            "kind": "openai",
            "url": self._endpoint.shown,
            "model": self.model,
            "max_num_seqs": self.max_num_seqs,
            "timeout": self._config.timeout,
            "dialect": self.dialect.notes(),
        }

    def trouble(self) -> str:
        """Return a warning while no good answer arrives, "" as long as all is well."""
        told = self._causes.trouble(self._gauge.now(), self._open(), self._config.timeout)
        return told and f"{self._endpoint.shown}: {told}"

    def stats(self) -> dict[str, float]:
        """Return the counters of `Engine.stats`, and further ones of the endpoint.

        `limit` is how many requests go out at once now. Since the start: `good` answers, `retries`,
        of these `congested` (429, 503, timeouts) and `timeouts`, requests `given_up`, and answers
        `not_json` though a schema was sent. A request that waits for its retry counts as waiting.
        """
        stats = self._gauge.stats()
        open_requests = stats["running"] + stats["waiting"]
        running = self._limit.running
        queue = {"running": running, "waiting": open_requests - running}
        return {**stats, **queue, **self._counts, "limit": self._limit.limit}

    def stalled(self) -> float:
        """Return the seconds without progress beyond a timeout and the longest waits."""
        return max(0.0, self._gauge.stalled() - self._config.timeout - 2 * LONGEST_WAIT)

    async def close(self) -> None:
        """Close the connections; requests still open end with EngineError."""
        self._gone = self._gone or f"{self._endpoint.shown}: closed"
        await self._endpoint.close()

    def _open(self) -> int:
        stats = self._gauge.stats()
        return int(stats["running"] + stats["waiting"])

    async def _persist(self, request: Request, priority: int) -> Completion:
        cause = ""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                completion = await self._attempt(request, priority)
            except Passing as passing:
                cause = str(passing)
                self._note(passing)
                if attempt >= (self._attempts_unreachable if passing.unreachable else ATTEMPTS):
                    break
                jitter = derive_random(request.key(self.model), attempt - 1).random()
                longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
                await self._sleep(passing.wait + jitter * longest)
            else:
                given_up = completion.finish in ("refused", "failed")
                return self._give_up(request, completion) if given_up else completion
        return self._give_up(request, Completion(f"given up after {attempt}: {cause}", "failed"))

    def _note(self, passing: Passing) -> None:
        self._causes.add(str(passing))
        self._counts["retries"] += 1
        self._counts["congested"] += passing.congested
        self._counts["timeouts"] += passing.timeout

    async def _attempt(self, request: Request, priority: int) -> Completion:
        """Send a request, and again at once after each thing learned about the server."""
        ticket = await self._limit.acquire(priority)
        outcome: Outcome = "neither"
        try:
            while True:
                if self._gone:
                    raise EngineError(self._gone)
                body = self.dialect.encode(request)
                completion = self._judge(await self._endpoint.post(body), request)
                self._gauge.progress()
                refused = completion.finish in ("refused", "failed")
                if not refused or self.dialect.encode(request) == body:
                    break
            if completion.finish in ("stop", "length"):
                outcome = "good"
                self._answered(request, completion)
            return completion
        except Passing as passing:
            outcome = "congested" if passing.congested else "neither"
            raise
        finally:
            self._gauge.progress()
            self._limit.release(ticket, outcome)

    def _answered(self, request: Request, completion: Completion) -> None:
        """Record an answer; one that is not JSON though a schema was sent is not a good one."""
        if request.schema is not None and completion.finish == "stop":
            try:
                read_json(completion.text)
            except Unreadable:
                self._counts["not_json"] += 1
                self._causes.add(
                    f"expected JSON, got {self._endpoint.excerpt(quote(completion.text))}"
                )
                self._suspect(request, completion)
                return
        self._counts["good"] += 1
        self._causes.good(self._gauge.now())
        self._given_up.clear()

    def _read(self, reply: Reply, request: Request) -> Completion:
        try:
            completion = decode(reply.body)
        except Unreadable as unreadable:
            raise Passing(
                self._endpoint.excerpt(f"HTTP {reply.status}: {unreadable}")
            ) from unreadable
        if completion.finish == "failed":
            return replace(completion, text=self._endpoint.excerpt(completion.text))
        if completion.finish != "stop":
            return completion
        try:
            return replace(completion, text=self.dialect.read(request, completion.text))
        except Unreadable as unreadable:
            cause = self._endpoint.excerpt(f"the answer: {unreadable}")
            return replace(completion, finish="failed", text=cause)

    def _judge(self, reply: Reply, request: Request) -> Completion:
        if reply.status == 200:
            return self._read(reply, request)
        status, complaint = reply.status, read_complaint(reply.body)
        said = self._said(status, complaint)
        if complaint.too_long(status):
            return Completion(said, "too_long")
        unpaid = status == 429 and "insufficient_quota" in complaint.names
        if status in (401, 402) or unpaid or (status == 403 and not self._counts["good"]):
            self._end(f"{said}; {self._endpoint.about_key()}")
        if status in (404, 405) or 300 <= status < 400:
            self._end(f"{said}; check engine.model ({self.model}) and engine.urls")
        if status in PASSING:
            wait = retry_seconds(reply.retry_after, self._clock(), LONGEST_WAIT)
            raise Passing(said, wait, congested=status in CONGESTED)
        if status in (400, 422):
            self.dialect.learn(complaint, request)
        refused = status in (400, 422) and complaint.about_schema()
        return Completion(said, "refused" if refused else "failed")

    def _said(self, status: int, complaint: Complaint) -> str:
        field = f"{complaint.field}: " if complaint.field not in complaint.message else ""
        return f"HTTP {status}: {self._endpoint.excerpt(field + complaint.message)}"

    def _give_up(self, request: Request, completion: Completion) -> Completion:
        self._counts["given_up"] += 1
        self._causes.add(completion.text)
        self._suspect(request, completion)
        return completion

    def _suspect(self, request: Request, completion: Completion) -> None:
        self._given_up.add(request.dialogue)
        if len(self._given_up) >= GIVEN_UP:
            said = self._endpoint.excerpt(completion.text)
            self._end(
                f"no usable answer for {GIVEN_UP} dialogues in a row, last: {said};"
                " `toolace-mt retry RUN_DIR` takes back what was given up"
            )

    def _end(self, cause: str) -> NoReturn:
        self._gone = f"{self._endpoint.shown}: {cause}; mend that and run the same command again"
        raise EngineError(self._gone)
