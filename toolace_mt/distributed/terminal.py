"""Where a run speaks. A terminal is closed, a log's disk runs full: the run goes on, unheard."""

import sys
from contextlib import suppress
from typing import IO, Any, cast

from rich.console import Console


class _Unheard:
    """A stream that takes what it can and drops the rest."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def terminal() -> Console:
    """Return a console on stderr that never fails."""
    return Console(file=cast(IO[str], _Unheard(sys.stderr)))
