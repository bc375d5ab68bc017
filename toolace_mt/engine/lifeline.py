"""vLLM's processes end when the process that started them does, however that ends.

On its own, vLLM's engine process does not notice a kill -9 of the one it works for: it stays for
good, with the model in memory. (Under Ray, the raylet kills what a dead worker leaves.)
"""

import os
import select
import signal
from threading import Thread

_OWNER = "TOOLACE_MT_ENGINE_OWNER"


def own_engines() -> None:
    """Be the process that engines end with, of those that are started from now on."""
    os.environ[_OWNER] = str(os.getpid())


def end_with_owner() -> None:
    """Watch the owner and be killed when it is gone; does nothing in a process that has none.

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
    except OSError:  # a kernel, or a sandbox, that does not know the call
        return
    Thread(target=_end_when_readable, args=(watched,), name="lifeline", daemon=True).start()


def _end_when_readable(watched: int) -> None:
    ended = select.poll()
    ended.register(watched, select.POLLIN)
    ended.poll()
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
