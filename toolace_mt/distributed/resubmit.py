"""Ray tasks that are run again when their worker or node is lost."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ray.exceptions import RayError, RayTaskError

from toolace_mt.errors import RunError, ToolaceError, one_line
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def resubmitted(start: Callable[[], Awaitable[T]], name: str, policy: FaultPolicy) -> T:
    """Return the result of the task that `start` starts, again if its worker or node is lost.

    `name` is what errors call it. Raises the task's own error, or RunError.
    """
    for failures in itertools.count(1):
        try:
            return await start()
        except RayTaskError as error:
            if isinstance(error.cause, ToolaceError):
                raise error.cause from None
            raise RunError(f"{name}: {one_line(repr(error.cause))}") from error
        except RayError as error:
            reason = one_line(error)
            if failures >= policy.shard_attempts:
                raise RunError(
                    f"{name}: lost {failures} times, at last: {reason};"
                    " run the same command to continue"
                ) from error
            logger.warning("%s: lost (%s); run again", name, reason)
            await asyncio.sleep(policy.backoff(failures))
    raise AssertionError("unreachable")
