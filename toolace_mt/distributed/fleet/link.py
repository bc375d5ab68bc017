"""The connection to an actor over Ray, and the meaning of Ray's exceptions."""

from collections.abc import Mapping, Sequence
from typing import Any

from ray.exceptions import ActorDiedError, RayActorError

from toolace_mt.distributed.fleet.protocol import EngineGone, Hellos, Order, Poll
from toolace_mt.errors import EngineError

_OURS = f"{EngineError.__module__}.{EngineError.__name__}: "


class RayEngineLink:
    """An `EngineLink` to one Ray actor."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def hello(self) -> Hellos:
        """Wait until the actor is up and return its engines."""
        return await self._call("hello")  # type: ignore[no-any-return]

    async def submit(self, client: str, orders: Mapping[str, Sequence[Order]]) -> None:
        """Send requests."""
        await self._call("submit", client, orders)

    async def drain(
        self, client: str, orders: Mapping[str, Sequence[Order]], at_least: float = 0.0
    ) -> Poll:
        """Send requests and wait for results."""
        answer: Poll = await self._call("drain", client, orders, at_least)
        return answer

    async def go(self, client: str, incarnation: str) -> None:
        """Start the request that was granted to this client."""
        await self._call("go", client, incarnation)

    async def leave(self, client: str) -> None:
        """Tell the actor that this client is done."""
        await self._call("leave", client)

    async def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return await getattr(self._handle, method).remote(*arguments)
        except ActorDiedError as error:
            raise EngineGone(cause_of_death(error), final=True) from error
        except RayActorError as error:
            raise EngineGone("the process of the engine ended", final=False) from error


def cause_of_death(error: Exception) -> str:
    """Return why an actor is gone, in one line: the last of Ray's message, without class names."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix(_OURS) if lines else type(error).__name__
