"""vLLM's processes end when the process that started them ends, in whatever way.

vLLM's engine process does not notice that its parent was killed with SIGKILL: it would stay for
good, with the model in memory. (Under Ray, the raylet kills what a dead worker leaves.)
"""

import logging
import os
import select
import signal
import time
from contextlib import suppress
from functools import cache
from tempfile import TemporaryFile
from threading import Thread
from typing import IO

from toolace_mt.errors import EngineError, one_line

_OWNER = "TOOLACE_MT_ENGINE_OWNER"


def own_engines() -> None:
    """Become the owner of engines started from now on: they end with this process."""
    os.environ[_OWNER] = str(os.getpid())


def end_with_owner() -> None:
    """Watch the owner and be killed when it is gone; does nothing in a process without owner.

    A plugin of vLLM (entry point `vllm.general_plugins`): vLLM calls it in each of its processes,
    before a model is loaded there. Needs Linux 5.3; elsewhere nothing is watched.
    """
    owner = int(os.environ.get(_OWNER) or 0)
    if owner in (0, os.getpid()) or not hasattr(os, "pidfd_open"):
        return
    try:
        watched = os.pidfd_open(owner)
    except ProcessLookupError:
        _end()
    except OSError:  # a kernel or sandbox without this system call
        return
    Thread(target=_end_when_readable, args=(watched,), name="lifeline", daemon=True).start()


def _end_when_readable(watched: int) -> None:
    ended = select.poll()
    ended.register(watched, select.POLLIN)
    ended.poll()
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_PLACE = "TOOLACE_MT_ENGINE_LAST_WORDS"
_FRESH = 60.0  # seconds; older log entries may be unrelated to a death
_LONGEST = 500  # characters of a cause; room for vLLM's longest, which ends with advice
_POINTERS = ("root cause", "stack trace")  # in an error that only refers to another one
_SILENT = (
    "the engine's process gave no reason: it was killed, it ran out of memory, or its log says more"
)


class LastWords:
    """The last errors that engines log before they die, read by the process that starts them.

    Only engines started after this object was made are heard.
    """

    def __init__(self) -> None:
        self._file = _heard()
        self._start = self._file.seek(0, os.SEEK_END)
        os.environ[_PLACE] = f"/proc/{os.getpid()}/fd/{self._file.fileno()}"

    def cause(self, error: BaseException) -> str:
        """Return, on one line, why vLLM raised `error`: its own text, or the error it refers to."""
        said = one_line(error, _LONGEST)
        if not _points_elsewhere(said):
            return said
        self._file.seek(self._start)
        lines = self._file.read().decode("utf-8", "replace").splitlines()
        heard = [line.partition(" ") for line in lines if not _points_elsewhere(line)]
        if not heard:
            return _SILENT
        at, _, told = heard[-1]
        ago = time.monotonic() - float(at)
        return told if ago < _FRESH else f"{_SILENT}; {ago:.0f} s before it had logged: {told}"


@cache
def _heard() -> IO[bytes]:
    """Return a file without a name, which leaves nothing behind; it is found by its descriptor.

    It is never closed, since its descriptor could then become that of another file. Raises
    EngineError.
    """
    try:
        return TemporaryFile()
    except OSError as error:
        cause = one_line(error)
        raise EngineError(f"no temporary file can be made (TMPDIR says where): {cause}") from error


def _points_elsewhere(text: str) -> bool:
    return any(pointer in text for pointer in _POINTERS)


def tell_last_words() -> None:
    """Send the errors that vLLM logs in this process to its owner.

    A plugin of vLLM (entry point `vllm.general_plugins`): vLLM calls it in each of its processes.
    """
    place = os.environ.get(_PLACE, "")
    if place and not place.startswith(f"/proc/{os.getpid()}/"):
        logging.getLogger("vllm").addHandler(_Teller(place))


class _Teller(logging.Handler):
    def __init__(self, place: str) -> None:
        super().__init__(logging.ERROR)
        self._place = place

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return
        with (
            suppress(OSError),  # the owner is gone, or not accessible to this process
            open(self._place, "a", encoding="utf-8", errors="replace") as told,
        ):
            told.write(f"{time.monotonic():.3f} {one_line(error, _LONGEST)}\n")
