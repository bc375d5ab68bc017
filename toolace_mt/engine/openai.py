"""An engine behind any OpenAI-compatible endpoint: one URL, one key from the environment.

The endpoint is not trusted: bodies are capped, redirects are never followed (so the key goes to no
other host), and whatever comes back is read by a schema. What is passing (429, 5xx, a broken
connection, half a JSON) is tried again with full jitter; what cannot mend (a refused key, a missing
model) ends the engine with one `EngineError`; everything else is the outcome of one request.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn

import httpx2
from pydantic import BaseModel, Field, ValidationError

from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.adaptive import AdaptiveLimit, Outcome
from toolace_mt.engine.base import Completion, Request
from toolace_mt.errors import EngineError
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import JsonObject

ATTEMPTS: Final = 8  # with the two below, about a minute of trouble before a request is given up
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0  # also caps Retry-After: an hour's wait would look like a hang
LARGEST_BODY: Final = 8 * 2**20  # the longest answers are some 100 KiB
GIVEN_UP: Final = 8  # dialogues in a row without one good answer: it is the endpoint, not a prompt

_PASSING = {408, 425, 429, *range(500, 600)}
_CONGESTED = {429, 503, 529}
_TOO_LONG = re.compile(
    r"context.?length|maximum (context|model) len|reduce the length|too long", re.I
)
_SCHEMA = re.compile(r"response_format|json.?schema|schema|grammar|guided|structured", re.I)


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage = Field(default_factory=_Usage)


class _Passing(Exception):
    """What went wrong may pass; `wait` is what the endpoint asked for, in seconds."""

    def __init__(self, cause: str, wait: float = 0.0, congested: bool = False) -> None:
        super().__init__(cause)
        self.wait = wait
        self.congested = congested


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    retry_after: str | None


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
        self.last_progress = time.monotonic()
        self._config = config
        self._url = url
        self._sleep = sleep
        self._clock = clock
        self._limit = AdaptiveLimit(config.concurrency)
        self._gone = ""  # why no request can succeed any more
        self._given_up: set[str] = set()
        self._counts = dict.fromkeys(("requests", "good", "retries", "congested", "given_up"), 0)
        parsed = httpx2.URL(url)
        self._endpoint = parsed.copy_with(path=parsed.path.rstrip("/") + "/chat/completions")
        self._key = os.environ.get(config.key_env, "").strip()
        self._http = httpx2.AsyncClient(
            headers=_headers(self._key, config.key_env),
            timeout=config.timeout,
            limits=httpx2.Limits(max_connections=config.concurrency),
            follow_redirects=False,
        )

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Return the outcome of one request; lower `priority` goes first when requests queue.

        Raises EngineError once the endpoint is unusable for good, then and ever after.
        """
        started = time.perf_counter()
        self._counts["requests"] += 1
        completion = await self._persist(request, priority)
        return replace(completion, seconds=time.perf_counter() - started)

    def describe(self) -> JsonObject:
        """Return what a run records of its engine."""
        return {
            "kind": "openai",
            "url": self._url,
            "model": self.model,
            "max_num_seqs": self.max_num_seqs,
            "timeout": self._config.timeout,
        }

    def stats(self) -> dict[str, float]:
        """Return counts since the start, and the state of the queue now."""
        state = {"running": self._limit.running, "waiting": self._limit.waiting}
        return {**self._counts, **state, "limit": self._limit.limit}

    async def close(self) -> None:
        """Close the connections; requests in flight fail."""
        await self._http.aclose()

    async def _persist(self, request: Request, priority: int) -> Completion:
        strict, cause = True, ""
        for attempt in range(ATTEMPTS):
            try:
                completion = await self._attempt(request, strict, priority)
            except _Passing as passing:
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
            completion = self._judge(await self._post(self._body(request, strict)))
            if completion.finish in ("stop", "length"):
                outcome = "good"
                self._counts["good"] += 1
                self._given_up.clear()
            return completion
        except _Passing as passing:
            if passing.congested:
                outcome = "congested"
                self._counts["congested"] += 1
            raise
        finally:
            self.last_progress = time.monotonic()
            self._limit.release(ticket, outcome)

    def _body(self, request: Request, strict: bool) -> bytes:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
        }
        if request.schema is not None:
            schema = {"name": request.kind, "strict": strict, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        body |= self._config.args
        return json.dumps({key: v for key, v in body.items() if v is not None}).encode()

    async def _post(self, body: bytes) -> _Reply:
        timeout = self._config.timeout
        try:
            # httpx2's own timeout is per read, so an endpoint that drips would never reach it.
            async with (
                asyncio.timeout(timeout),
                self._http.stream("POST", self._endpoint, content=body) as response,
            ):
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > LARGEST_BODY:
                        raise _Passing(f"an answer of more than {LARGEST_BODY} bytes")
                retry_after = response.headers.get("retry-after")
                return _Reply(response.status_code, bytes(received), retry_after)
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise _Passing(f"no answer within {timeout:g} s", congested=True) from error
        except httpx2.HTTPError as error:
            cause = self._excerpt(str(error)) or "no answer"
            raise _Passing(f"{type(error).__name__}: {cause}") from error

    def _judge(self, reply: _Reply) -> Completion:
        status, text = reply.status, reply.body[:10_000].decode("utf-8", "replace")
        said = f"HTTP {status}: {self._excerpt(text) or 'empty body'}"
        if status == 200:
            return self._read(reply.body, said)
        unpaid = status == 429 and "insufficient_quota" in text
        if status in (401, 402) or unpaid or (status == 403 and not self._counts["good"]):
            self._end(f"{said}; {self._about_key()}")
        if status == 404 or 300 <= status < 400:
            self._end(f"{said}; check engine.model ({self.model}) and engine.urls")
        if status in _PASSING:
            wait = _seconds(reply.retry_after, self._clock())
            raise _Passing(said, wait, congested=status in _CONGESTED)
        if status == 413 or (status in (400, 422) and _TOO_LONG.search(text)):
            return Completion(said, "too_long")
        if status in (400, 422) and _SCHEMA.search(text):
            return Completion(said, "refused")
        return Completion(said, "failed")

    def _read(self, body: bytes, said: str) -> Completion:
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError as error:
            raise _Passing(f"not a chat completion: {said}") from error
        choice, usage = answer.choices[0], answer.usage
        details = usage.prompt_tokens_details or _Details()
        completion = Completion(
            text=choice.message.content or "",
            finish="stop",
            prompt_tokens=max(0, usage.prompt_tokens or 0),
            cached_tokens=max(0, details.cached_tokens or 0),
            output_tokens=max(0, usage.completion_tokens or 0),
        )
        match choice.finish_reason:
            case "stop" if choice.message.content is not None:
                return completion
            case "length":
                return replace(completion, finish="length")
            case "abort":
                return replace(completion, finish="abort")
        cause = self._excerpt(f"{choice.finish_reason}: {choice.message.refusal or 'no text'}")
        return replace(completion, finish="failed", text=f"finish_reason {cause}")

    def _give_up(self, request: Request, completion: Completion) -> Completion:
        self._counts["given_up"] += 1
        self._given_up.add(request.dialogue)
        if len(self._given_up) >= GIVEN_UP:
            self._end(
                f"no usable answer for {GIVEN_UP} dialogues in a row, last: {completion.text}"
            )
        return completion

    def _end(self, cause: str) -> NoReturn:
        self._gone = f"{self._url}: {cause}; mend that and run the same command again"
        raise EngineError(self._gone)

    def _about_key(self) -> str:
        held = "is not set" if not self._key else "holds a key that it does not take"
        return f"environment variable {self._config.key_env} {held}"

    def _excerpt(self, text: str) -> str:
        hidden = text.replace(self._key, "***") if self._key else text
        return " ".join(hidden.split())[:300]


def _headers(key: str, key_env: str) -> dict[str, str]:
    """Return the headers of every request; raises EngineError for a key that no header can hold."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    if not (key.isascii() and key.isprintable()):
        raise EngineError(f"environment variable {key_env}: holds characters that no key has")
    return headers | ({"Authorization": f"Bearer {key}"} if key else {})


def _seconds(retry_after: str | None, now: float) -> float:
    """Return how long a Retry-After header asks to wait, in [0, LONGEST_WAIT]; 0 if unreadable."""
    if retry_after is None:
        return 0.0
    wait = 0.0
    with suppress(ValueError, OverflowError):
        if re.fullmatch(r"\d{1,9}(\.\d*)?", retry_after.strip()):
            wait = float(retry_after)
        else:
            wait = parsedate_to_datetime(retry_after).timestamp() - now
    return min(max(0.0, wait), LONGEST_WAIT)
