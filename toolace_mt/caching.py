"""Results of pure functions of frozen records, kept for as long as a dialogue is in a stage.

Every prompt and every check reads the whole dialogue, so one dialogue asks for the same result many
times. Records hold dicts and are not hashable, which rules out `functools.lru_cache`; the key is
their identity.

- Results never depend on what is cached (rule 12 of ARCHITECTURE.md).
- A cache belongs to one dialogue and ends with it. Dialogues run concurrently, and in one shared
  cache of bounded size they would evict each other's entries.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import count
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

P = ParamSpec("P")
T = TypeVar("T")

_NUMBERS = count()
_cache: ContextVar[dict[tuple[object, ...], tuple[Any, object]] | None] = ContextVar(
    "cache", default=None
)


@contextmanager
def dialogue_cache() -> Iterator[None]:
    """Open a cache for one dialogue, for this coroutine and those it starts; drop it at the end.

    Outside of any block, `cached` functions are computed on every call.
    """
    token = _cache.set({})
    try:
        yield
    finally:
        _cache.reset(token)


def cached(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function of positional arguments returns until the dialogue's cache ends.

    Strings are compared by value, all other arguments by identity. The cache keeps the arguments
    alive, so that no id is reused. Neither arguments nor results may be changed in place.
    """
    number = next(_NUMBERS)

    @wraps(function)
    def computed_once(*args: Any) -> T:
        cache = _cache.get()
        if cache is None:
            return function(*args)  # type: ignore[call-arg]
        # Nearly all calls have one or two arguments, and this is the hot path: no list is built.
        key: tuple[object, ...]
        if len(args) == 1:
            one = args[0]
            key = (number, one if type(one) is str else id(one))
        elif len(args) == 2:
            one, two = args
            one = one if type(one) is str else id(one)
            key = (number, one, two if type(two) is str else id(two))
        else:
            key = (number, *[each if type(each) is str else id(each) for each in args])
        known = cache.get(key)
        if known is None:
            known = cache[key] = (function(*args), args)  # type: ignore[call-arg]
        result: T = known[0]
        return result

    return cast(Callable[P, T], computed_once)


class Same(Generic[T]):
    """A hashable reference to an object, compared by identity: a key for process-wide caches.

    It keeps the object alive, so that its id is not reused. The object may not be changed in place.
    """

    __slots__ = ("it",)

    def __init__(self, it: T) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it


class lazy(Generic[T]):
    """An attribute computed when it is first read: `functools.cached_property` without its lock."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> "lazy[T]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: object | None, kind: type) -> "lazy[T] | T":
        if owner is None:
            return self
        value = owner.__dict__[self._name] = self._compute(owner)
        return value
