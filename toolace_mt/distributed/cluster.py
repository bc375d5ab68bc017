"""Ray for a run: the cluster that is already there, or one of our own on this machine.

A driver can do nothing without the raylet of its machine, nor without the GCS of a cluster that it
started. Ray does not report their loss: calls fail or hang, and later Ray ends the process.
`Cluster` therefore watches these processes itself.
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

OBJECT_STORE_BYTES = 512 << 20  # enough for lists of requests and completions

# Ray's own default is so high that a busy machine would starve its engines.
NICENESS = 0
STARTS = 3  # a machine under heavy load may miss Ray's own deadline
LOOK_SECONDS = 1.0
REACH_SECONDS = 5.0

T = TypeVar("T")


class Cluster:
    """The Ray processes that a driver depends on; `started` are those that it started itself."""

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
        """Return the name of a process that has died, "" while all are alive."""
        return next((name for name, process in self._vital if not _alive(process)), "")

    async def outlive(self, work: Coroutine[None, None, T]) -> T:
        """Await the work; if Ray is lost, cancel the work and raise RunError."""
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

        If Ray is lost, disconnecting would end this process with status 1. Then it is left to Ray,
        which disconnects when Python ends.
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

    An existing connection is used as it is. Otherwise this joins the cluster of RAY_ADDRESS, or
    starts one on this machine that ends with this process. Ray's own lines stay in its log files.
    Raises RunError if there is no cluster at the address, or none can be started.
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
        except Exception as error:  # Ray raises many types
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
    """Raise RunError if nothing listens at an address such as `host:6379`.

    Ray itself would try for minutes, without a message.
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
    """Keep Ray's report on every dead process out of the terminal.

    `log_to_driver=False` does not stop it; the driver reports each death in one line of its own.
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
