"""An environment in Python: an object of a class, whose public methods are tools."""

import asyncio
import inspect
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pydantic import validate_call
from pydantic_core import PydanticSerializationError, to_jsonable_python

from toolace_mt.errors import one_line
from toolace_mt.tools.live.environment import Crashed, Reply
from toolace_mt.tools.sources.python import located
from toolace_mt.trajectory import JsonObject


class PythonEnvironment:
    """A new object of the class at `MODULE:CLASS`; or the functions of a module, without state.

    `reset(seed)` and `candidates(tool, parameter, chosen)` of the class are used if it has them.
    What a method raises is the error that its tool returns. Methods run beside the event loop; one
    that does not come back is left to itself, with the object that it works on.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._owner: Any = None

    async def reset(self, seed: int) -> None:
        """Make the object, and give it its seed."""
        found, module = located(self._place)
        try:
            self._owner = found() if inspect.isclass(found) else module
            if inspect.isclass(found) and hasattr(found, "reset"):
                await _made(self._owner.reset, seed)
        except Exception as error:
            raise Crashed(f"python:{self._place}: reset fails: {one_line(error)}") from error

    async def call(self, name: str, arguments: JsonObject) -> Reply:
        """Call the method of that name."""
        method = getattr(self._owner, name)
        own = inspect.ismethod(method)
        checked = _checked(method.__func__ if own else method)
        given = (method.__self__,) if own else ()
        try:
            content = to_jsonable_python(await _made(checked, *given, **arguments))
        except PydanticSerializationError as error:
            raise Crashed(f"{name} returns what is no JSON: {one_line(error)}") from error
        except Exception as error:  # the tool's own error, whatever it is
            return Reply({"error": one_line(error.args[0] if error.args else error)}, error=True)
        return Reply(content)

    def candidates(self, tool: str, parameter: str, chosen: JsonObject) -> Sequence[Any]:
        """Ask the object, if its class can say."""
        ask = getattr(self._owner, "candidates", None)
        return list(ask(tool, parameter, chosen)) if ask else ()

    async def close(self) -> None:
        """Let the object go; its own `close`, if it has one, is called."""
        owner, self._owner = self._owner, None
        if owner is not None and not inspect.ismodule(owner) and hasattr(owner, "close"):
            with suppress(Exception):
                owner.close()


@lru_cache(maxsize=1024)
def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes JSON values for what its hints name (dates, models)."""
    return validate_call(function)


async def _made(function: Callable[..., Any], *given: Any, **arguments: Any) -> Any:
    """Return what a function returns, run in a thread of its own that nobody has to wait for."""
    plain = inspect.unwrap(function)
    if inspect.iscoroutinefunction(plain):
        return await function(*given, **arguments)
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def tell(set_it: Callable[[Any], None], value: Any) -> None:
        if not result.done():
            set_it(value)

    def work() -> None:
        try:
            outcome: tuple[Callable[[Any], None], Any] = (
                result.set_result,
                function(*given, **arguments),
            )
        except BaseException as error:
            wrapped = error if isinstance(error, Exception) else RuntimeError(repr(error))
            outcome = (result.set_exception, wrapped)
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, *outcome)

    threading.Thread(target=work, name="tool", daemon=True).start()
    return await result
