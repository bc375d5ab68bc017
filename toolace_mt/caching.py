"""Pure functions of frozen records, worked out once in each dialogue.

The same turns, tools and values come by many times in one dialogue, since the prompt of every call
and every check look at all of it. They hold dicts, so `lru_cache` cannot take them; identity can.
Results never depend on what is remembered (rule 12 of ARCHITECTURE.md).

What is remembered belongs to one dialogue and goes with it. One memory of bounded size for all of
them would do for few: with 500 side by side each pushed out what the others were to ask for next
(of the lines that prompts show for turns, 100,000 in 126,000 had been worked out before).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import Parameter, signature
from itertools import count
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

P = ParamSpec("P")
T = TypeVar("T")


class Same(Generic[T]):
    """A key for caches of a whole process that stands for one very object, whatever it holds.

    Holding the object keeps its id from being used again. It may never be changed in place.
    """

    __slots__ = ("it",)

    def __init__(self, it: T) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it


_NUMBERS = count()
_MISSING: Any = object()
_memory: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember within the block, in this coroutine and in those that it starts; then forget.

    One block for one dialogue. Outside of any, everything is worked out each time.
    """
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def by_identity(function: Callable[P, T]) -> Callable[P, T]:
    """Remember what a function made of positional arguments, which are compared by identity.

    They are kept alive, so an id stays theirs. Neither they nor what comes back may ever be changed
    in place.
    """
    number = next(_NUMBERS)

    @wraps(function)
    def of_one(record: Any) -> T:
        memory = _memory.get()
        if memory is None:
            return function(record)  # type: ignore[call-arg]
        key = (number, id(record))
        known = memory.get(key)
        if known is None:
            known = memory[key] = (function(record), record)  # type: ignore[call-arg]
        made: T = known[0]
        return made

    @wraps(function)
    def of_several(*records: Any) -> T:
        memory = _memory.get()
        if memory is None:
            return function(*records)  # type: ignore[call-arg]
        key = (number, *map(id, records))
        known = memory.get(key)
        if known is None:
            known = memory[key] = (function(*records), records)  # type: ignore[call-arg]
        made: T = known[0]
        return made

    parameters = signature(function).parameters.values()
    alone = [parameter.kind for parameter in parameters] == [Parameter.POSITIONAL_OR_KEYWORD]
    return cast(Callable[P, T], of_one if alone else of_several)


def by_value(function: Callable[[str], T]) -> Callable[[str], T]:
    """Remember the same for a text, which is compared by what it says.

    All three are written out, since they are called some 55 times for each model call: one for any
    number of arguments takes twice as long for one (290 ns to 145), and so does one for both texts
    and other records.
    """
    number = next(_NUMBERS)

    @wraps(function)
    def remembered(text: str) -> T:
        memory = _memory.get()
        if memory is None:
            return function(text)
        key = (number, text)
        made: T = memory.get(key, _MISSING)
        if made is _MISSING:
            made = memory[key] = function(text)
        return made

    return remembered


Value = TypeVar("Value")


class lazy(Generic[Value]):
    """`functools.cached_property` without its lock, which costs 1 us in Python 3.11."""

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> "lazy[Value]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> Value: ...
    def __get__(self, owner: object | None, kind: type) -> "lazy[Value] | Value":
        if owner is None:
            return self
        value = owner.__dict__[self._name] = self._compute(owner)
        return value
