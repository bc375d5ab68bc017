"""Ray around a run: the cluster that is already there, or one of our own on this machine.

Without the raylet of its machine a driver can do nothing any more, and neither without the GCS of a
cluster of its own. Ray does not say so: calls fail or hang, and a minute later, or in
`ray.shutdown`, it ends the process, before anything could be told.
"""

import asyncio
import logging
import os
import re
import socket
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

import psutil  # type: ignore[import-untyped]  # comes with ray
import ray

from toolace_mt.errors import RunError, one_line

logger = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 512 << 20  # what passes through it are lists of requests and completions

# Ray's own default is 15: beside anything else that is busy, an engine then stands still.
NICENESS = 0
STARTS = 3  # Ray gives itself 30 s to start, which a machine under heavy load may miss
LOOK_SECONDS = 1.0
REACH_SECONDS = 5.0

T = TypeVar("T")


class Cluster:
    """The processes of Ray that a driver cannot do without, and those that it `started`."""

    def __init__(self, started: Sequence[psutil.Process] = ()) -> None:
        self._started = started
        here = ray.get_runtime_context().get_node_id()
        sockets = [node["RayletSocketName"] for node in ray.nodes() if node["NodeID"] == here]
        options = {f"--raylet_socket_name={socket}" for socket in sockets}
        self._vital = [("raylet", p) for p in psutil.process_iter() if options & _arguments(p)]
        for process in started:
            if any(argument.endswith("/gcs_server") for argument in _arguments(process)):
                self._vital.append(("gcs_server", process))

    def lost(self) -> str:
        """Return the name of a process that is gone, "" as long as there is none."""
        return next((name for name, process in self._vital if not _alive(process)), "")

    async def outlive(self, work: Coroutine[None, None, T]) -> T:
        """Do the work; raises RunError, and ends it, as soon as Ray is lost."""
        task = asyncio.create_task(work)
        try:
            while not task.done() and not self.lost():
                await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            return task.result()
        except (Exception, asyncio.CancelledError) as error:
            if lost := self.lost():
                text = f"Ray's {lost} on this machine has ended; run the same command to continue"
                raise RunError(text) from error
            raise

    def leave(self) -> None:
        """Disconnect, and end what was started here.

        If Ray is lost, disconnecting ends this process with status 1: so it is left to Ray, which
        does it when Python ends.
        """
        if not self.lost():
            ray.shutdown()
            return
        for process in self._started:
            with suppress(psutil.Error):
                process.kill()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Be connected to Ray for the block.

    Whoever is connected already stays so. Otherwise joins the cluster of RAY_ADDRESS, or starts
    one on this machine that ends with this process. Ray's own lines stay in its log files.
    """
    if ray.is_initialized():
        yield Cluster()
        return
    _silence()
    others = _children()
    joins = os.environ.get("RAY_ADDRESS", "")
    _check_listening(joins)
    starts = 1 if joins else STARTS
    for attempt in range(1, starts + 1):
        try:
            _connect()
            break
        except Exception as error:  # whatever Ray raises: without it nothing can be done
            reason = " ".join(str(error).split())
            ray.shutdown()
            if attempt == starts:
                raise RunError(f"Ray cannot be started or joined: {reason}") from error
            logger.warning("Ray did not start (%s); once more", reason)
    joined = Cluster([process for process in _children() if process not in others])
    try:
        yield joined
    finally:
        joined.leave()


def _check_listening(address: str) -> None:
    """Raise RunError if nobody listens at an address such as `host:6379`.

    Ray would try for minutes, without a word, to join a cluster that is gone.
    """
    found = re.fullmatch(r"(?:ray://)?\[?([^/\[\]]+?)\]?:(\d{1,5})", address)
    if not found:
        return
    try:
        socket.create_connection((found[1], int(found[2])), REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise RunError(
            f"RAY_ADDRESS {address}: no Ray cluster is there ({one_line(error)});"
            " correct it, or unset it to start one on this machine"
        ) from error


def _connect() -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if os.environ.get("RAY_ADDRESS"):
        ray.init(address="auto", **quiet)
        return
    ray.init(
        address="local",
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        _system_config={"worker_niceness": NICENESS},
        **quiet,
    )


def _silence() -> None:
    """Keep Ray's paragraph about every process that dies out of the terminal.

    `log_to_driver=False` leaves it in; the driver says the same in one line of its own.
    """
    from ray._private import worker

    worker.print_to_stdstream = lambda data, *_, **__: logger.debug("%s", data)


def _children() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


def _arguments(process: psutil.Process) -> set[str]:
    with suppress(psutil.Error):
        return set(process.cmdline())
    return set()


def _alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
