"""OpenAI's form of a batch API over HTTP: files up and down, batches created and watched.

The provider is not trusted: replies are checked, redirects never followed, and the key, which comes
from the environment alone, is in no message.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx2

from toolace_mt.config import BatchConfig
from toolace_mt.engine.batch.lines import PATH
from toolace_mt.engine.openai.answers import quote
from toolace_mt.engine.openai.complaints import MOST_SAID, read_complaint, retry_seconds
from toolace_mt.engine.openai.engine import ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, PASSING
from toolace_mt.errors import EngineError

ENDED: Final = {"completed", "expired", "cancelled", "failed"}
LISTED: Final = 100  # batches a page
PAGES: Final = 10  # of the newest batches, in which a lost one is looked for
PIECE: Final = 1 << 16

T = TypeVar("T")


class Away(EngineError):
    """The provider does not answer, and did not for as long as requests are tried again."""


class Unclear(Exception):
    """A request may or may not have reached the provider."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a provider says of a batch; `output` and `errors` are ids of files, "" for none."""

    id: str
    status: str
    output: str = ""
    errors: str = ""
    done: int = 0
    failed: int = 0
    problem: str = ""
    too_much: bool = False

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the batch in a reply; raises EngineError if it is none."""
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise EngineError(f"the batch API: expected a batch, got {quote(value)}")
        counts = value.get("request_counts")
        counts = counts if isinstance(counts, dict) else {}
        errors = value.get("errors")
        data = errors.get("data") if isinstance(errors, dict) else None
        first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
        where = f"line {first['line']}: " if first.get("line") is not None else ""
        said = " ".join(f"{where}{first.get('message') or first.get('code') or ''}".split())
        return cls(
            id=value["id"],
            status=str(value.get("status")),
            output=value.get("output_file_id") or "",
            errors=value.get("error_file_id") or "",
            done=_count(counts.get("completed")),
            failed=_count(counts.get("failed")),
            problem=said[:MOST_SAID],
            too_much=first.get("code") == "token_limit_exceeded",
        )


class Provider:
    """A batch API behind one URL, as an async context manager.

    Temporary failures are tried again with growing waits. Every method raises EngineError for a
    failure that lasts. Tests replace `sleep`.
    """

    def __init__(
        self, config: BatchConfig, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._config = config
        self._sleep = sleep
        self._key = os.environ.get(config.key_env, "").strip()
        if not (self._key.isascii() and self._key.isprintable()):
            raise EngineError(f"environment variable {config.key_env}: holds no key")
        base = httpx2.URL(config.url)
        self.shown = str(base.copy_with(query=None))
        self._base = base.copy_with(path=base.path.rstrip("/"))
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            self._http = httpx2.AsyncClient(headers=headers, timeout=config.timeout)
        except (ImportError, ValueError, OSError, httpx2.InvalidURL) as error:
            raise EngineError(f"{self.shown}: {self._excerpt(str(error))}") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def upload(self, path: Path) -> str:
        """Upload a file of requests and return its id. An upload that is repeated costs nothing."""

        async def send() -> Any:
            with path.open("rb") as file:
                sent = {"file": (path.name, file, "application/jsonl")}
                return await self._json("POST", "files", data={"purpose": "batch"}, files=sent)

        value = await self._persist(send)
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise EngineError(f"{self.shown}/files: expected a file, got {quote(value)}")
        return str(value["id"])

    async def create(self, file: str) -> Batch:
        """Submit an uploaded file, once. Raises Unclear if nobody knows whether that worked."""
        body = {"input_file_id": file, "endpoint": PATH, "completion_window": self._config.window}

        async def submit() -> Batch:
            return Batch.read(await self._json("POST", "batches", json=body))

        return await self._persist(submit, unclear=True)

    async def find(self, file: str) -> Batch | None:
        """Return the batch of an uploaded file, None if there is none that was accepted."""
        query = {"limit": str(LISTED)}

        async def page() -> Any:
            return await self._json("GET", "batches", params=query)

        for _ in range(PAGES):
            value = await self._persist(page)
            found = value.get("data") if isinstance(value, dict) else None
            if not isinstance(found, list):
                raise EngineError(f"{self.shown}/batches: expected a list, got {quote(value)}")
            for each in found:
                made = isinstance(each, dict) and each.get("input_file_id") == file
                if made and each.get("status") != "failed":
                    return Batch.read(each)
            if not value.get("has_more") or not found:
                return None
            query["after"] = str(found[-1].get("id"))
        return None

    async def look(self, batch: str) -> Batch:
        """Return what has become of a batch."""
        return Batch.read(await self._persist(lambda: self._json("GET", f"batches/{batch}")))

    async def download(self, file: str, target: Path) -> None:
        """Write a file of the provider's to `target`, which appears whole or not at all."""
        part = target.with_suffix(".part")

        async def fetch() -> None:
            async with self._http.stream("GET", self._at(f"files/{file}/content")) as response:
                if response.status_code != 200:
                    self._refuse(response, await response.aread())
                with part.open("wb") as written:
                    async for piece in response.aiter_bytes(PIECE):
                        written.write(piece)
                    written.flush()
                    os.fsync(written.fileno())

        await self._persist(fetch)
        part.replace(target)

    def _at(self, path: str) -> httpx2.URL:
        return self._base.copy_with(path=f"{self._base.path}/{path}")

    async def _json(self, method: str, path: str, **sent: Any) -> Any:
        response = await self._http.request(method, self._at(path), **sent)
        if not 200 <= response.status_code < 300:
            self._refuse(response, response.content)
        try:
            return response.json()
        except ValueError as error:
            said = quote(response.text[:500])
            raise _Passing(f"{self.shown}/{path}: expected JSON, got {said}") from error

    def _refuse(self, response: httpx2.Response, body: bytes) -> None:
        """Raise what a reply that is no success means."""
        status, complaint = response.status_code, read_complaint(body)
        path = response.request.url.path.removeprefix(self._base.path)
        said = f"{self.shown}{path}: HTTP {status}: {self._excerpt(complaint.message)}"
        if status in PASSING and "insufficient_quota" not in complaint.names:
            wait = retry_seconds(response.headers.get("retry-after"), 0.0, LONGEST_WAIT)
            # A server that is too busy has not taken the request; one that failed may have.
            raise _Passing(said, wait, reached=status not in (425, 429))
        if status in (401, 403):
            held = "holds a key that it does not take" if self._key else "is not set"
            said += f"; environment variable {self._config.key_env} {held}"
        raise EngineError(f"{said}; mend that and run the same command again")

    async def _persist(self, work: Callable[[], Awaitable[T]], unclear: bool = False) -> T:
        """Return what `work` returns, which is called again after temporary failures.

        With `unclear`, a failure that the provider may not have noticed raises Unclear.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await work()
            except _Passing as passing:
                cause, wait, reached = str(passing), passing.wait, passing.reached
            except (TimeoutError, httpx2.HTTPError) as error:
                cause = f"{self.shown}: {type(error).__name__}: {self._excerpt(str(error))}"
                wait, reached = 0.0, not isinstance(error, httpx2.ConnectError)
            if unclear and reached:
                raise Unclear(cause)
            if attempt < ATTEMPTS:
                await self._sleep(max(wait, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))))
        raise Away(f"{cause}; run the same command to continue")

    def _excerpt(self, text: str) -> str:
        hidden = text.replace(self._key, "***") if self._key else text
        return " ".join(hidden.split())[:MOST_SAID]


class _Passing(Exception):
    """A failure that may be temporary; `reached` says that the request may have been taken."""

    def __init__(self, cause: str, wait: float = 0.0, *, reached: bool = True) -> None:
        super().__init__(cause)
        self.wait = wait
        self.reached = reached


def _count(given: Any) -> int:
    return given if isinstance(given, int) else 0
