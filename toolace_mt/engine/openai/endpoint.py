"""HTTP to one URL with a key: POST with time and size limits; the key is removed from texts.

The key comes from the environment and is in no message, repr or log. Redirects are not followed, so
it is sent to no other host.
"""

import asyncio
import os
from dataclasses import dataclass
from typing import Final

import httpx2

from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.openai.complaints import MOST_SAID
from toolace_mt.errors import EngineError

LARGEST_BODY: Final = 8 * 2**20  # bytes; far beyond any real answer


class Passing(Exception):
    """A failure that may be temporary; `wait` is the delay that the endpoint asked for, in seconds.

    `congested`: the endpoint is overloaded, which a `timeout` also indicates. `unreachable`: no
    server answered the connection.
    """

    def __init__(
        self,
        cause: str,
        wait: float = 0.0,
        *,
        congested: bool = False,
        timeout: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(cause)
        self.wait = wait
        self.congested = congested
        self.timeout = timeout
        self.unreachable = unreachable


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply, with its whole body decompressed."""

    status: int
    body: bytes
    retry_after: str | None


class Endpoint:
    """The chat-completions address under a base URL."""

    def __init__(self, config: OpenAIConfig, url: str) -> None:
        base = httpx2.URL(url)
        self.shown = str(base.copy_with(query=None))
        self._url = base.copy_with(path=base.path.rstrip("/") + "/chat/completions")
        self._key_env = config.key_env
        self._key = os.environ.get(config.key_env, "").strip()
        self._timeout = config.timeout
        headers = self._headers()
        try:
            self._http = httpx2.AsyncClient(
                headers=headers,
                timeout=config.timeout,
                limits=httpx2.Limits(max_connections=config.concurrency),
                follow_redirects=False,
            )
        except (ImportError, ValueError, OSError, httpx2.InvalidURL) as error:
            raise EngineError(f"{self.shown}: {_unusable(error)}") from error

    async def post(self, body: bytes) -> Reply:
        """Send JSON and return the reply, whatever its status; raises Passing if none is usable."""
        try:
            # httpx2's timeout is per read: an endpoint that drips bytes would never reach it.
            async with (
                asyncio.timeout(self._timeout),
                self._http.stream("POST", self._url, content=body) as response,
            ):
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > LARGEST_BODY:
                        raise Passing(f"an answer of more than {LARGEST_BODY} bytes")
                retry_after = response.headers.get("retry-after")
                return Reply(response.status_code, bytes(received), retry_after)
        except (TimeoutError, httpx2.TimeoutException) as error:
            cause = f"no answer within {self._timeout:g} s (engine.timeout)"
            raise Passing(cause, congested=True, timeout=True) from error
        except httpx2.HTTPError as error:
            cause = f"{type(error).__name__}: {self.excerpt(str(error)) or 'no answer'}"
            unreachable = isinstance(error, httpx2.ConnectError | httpx2.ProxyError)
            through = f" (through {_proxies()})" if unreachable and _proxies() else ""
            raise Passing(cause + through, unreachable=unreachable) from error

    async def close(self) -> None:
        """Close the connections; requests in flight fail."""
        await self._http.aclose()

    def about_key(self) -> str:
        """Return advice about a key that is not accepted."""
        held = "is not set" if not self._key else "holds a key that it does not take"
        return f"environment variable {self._key_env} {held}"

    def excerpt(self, text: str) -> str:
        """Return the beginning of a text from the endpoint, on one line, without the key."""
        hidden = text.replace(self._key, "***") if self._key else text
        return " ".join(hidden.split())[:MOST_SAID]

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if not (self._key.isascii() and self._key.isprintable()):
            raise EngineError(
                f"environment variable {self._key_env}: holds characters that no key has"
            )
        return headers | ({"Authorization": f"Bearer {self._key}"} if self._key else {})


_PROXIES: Final = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def _set(names: tuple[str, ...]) -> str:
    """Return which environment variables are set, in upper or lower case; never values."""
    return ", ".join(n for n in names if os.environ.get(n) or os.environ.get(n.lower()))


def _proxies() -> str:
    return _set(_PROXIES)


def _unusable(error: Exception) -> str:
    """Return why the environment allows no connection at all, such as a faulty proxy."""
    if isinstance(error, ImportError):
        return f"the proxy of {_proxies()} needs a package: pip install 'httpx2[socks]'"
    if isinstance(error, OSError):
        at_fault = _set(_CERTIFICATES) or "the certificates of this machine"
        return f"{at_fault}: cannot be read: {error.strerror or error}"
    return f"{_proxies() or 'the URL'}: {' '.join(str(error).split())[:100]}"
