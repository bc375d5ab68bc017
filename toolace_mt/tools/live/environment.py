"""What stands behind the tools of one server or class, for one dialogue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from toolace_mt.trajectory import JsonObject

F = TypeVar("F", bound=Callable[..., Any])


class Crashed(Exception):
    """An environment is gone, or its state is unknown: it ended, or gave no readable answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool returned: a JSON value. `error` says that the call failed.

    `otherwise` is what it said beside that, for whom the value is not what was promised.
    """

    content: Any
    error: bool = False
    otherwise: Any = None


class Environment(Protocol):
    """Tools with the state behind them. Its calls are made one after another."""

    async def reset(self, seed: int) -> None:
        """Start anew, in the state that the seed gives; raises Crashed if it cannot."""
        ...

    async def call(self, name: str, arguments: JsonObject) -> Reply:
        """Call a tool by the name that it has there; raises Crashed if no answer can come."""
        ...

    def candidates(self, tool: str, parameter: str, chosen: JsonObject) -> Sequence[Any]:
        """Return values of a parameter that make sense now; none if it does not know."""
        ...

    async def close(self) -> None:
        """End it and what belongs to it; never raises."""
        ...


def usage(*exchanges: tuple[str, str]) -> Callable[[F], F]:
    """Give a method usage examples: what a user says and the reply, values as `{slots}`.

    `{name}` is an argument, `{outputs.path}` a value of what the method returns.
    """

    def decorate(function: F) -> F:
        said = [{"user": user, "reply": reply} for user, reply in exchanges]
        function.usage = said  # type: ignore[attr-defined]
        return function

    return decorate
