"""Ray around a run: the cluster that is already there, or one of our own on this machine."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from toolace_mt.errors import RunError

logger = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 512 << 20  # what passes through it are lists of requests and completions

# Ray's own default is 15: beside anything else that is busy, an engine then stands still.
NICENESS = 0
STARTS = 3  # Ray gives itself 30 s to start, which a machine under heavy load may miss


@contextmanager
def cluster() -> Iterator[None]:
    """Be connected to Ray for the block.

    Whoever is connected already stays so. Otherwise joins the cluster of RAY_ADDRESS, or starts
    one on this machine that ends with this process. Ray's own lines stay in its log files.
    """
    if ray.is_initialized():
        yield
        return
    _silence()
    for attempt in range(1, STARTS + 1):
        try:
            _connect()
            break
        except Exception as error:  # whatever Ray raises: without it nothing can be done
            reason = " ".join(str(error).split())
            ray.shutdown()
            if attempt == STARTS:
                raise RunError(f"Ray cannot be started or joined: {reason}") from error
            logger.warning("Ray did not start (%s); once more", reason)
    try:
        yield
    finally:
        ray.shutdown()


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
