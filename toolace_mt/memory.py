"""Pure functions of frozen records, worked out once for the same records.

The same turns, tools and values come by many times in one dialogue, since the prompt of every call
and every check look at all of it. They hold dicts, so `lru_cache` cannot take them; identity can.
Results never depend on what is remembered (rule 12 of ARCHITECTURE.md).

Who goes through dialogues once each, however large, calls `forget` after each of them.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

_CLEAR: list[Callable[[], None]] = []


def forget() -> None:
    """Let go of all that is remembered, and so of the records that it belongs to."""
    for clear in _CLEAR:
        clear()


def by_identity(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Remember what a function made of the `most` latest tuples of positional arguments.

    Arguments are compared by identity and kept alive, so an id stays theirs. Neither they nor what
    comes back may ever be changed in place.

    What is asked for goes from the old half to the young one, which becomes the old one when it is
    full: nearly the latest, and what is asked for again (50 times a model call) costs one look-up.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        young: dict[tuple[int, ...], tuple[object, T]] = {}
        old: dict[tuple[int, ...], tuple[object, T]] = {}

        @wraps(function)
        def remembered(*records: P.args, **_: P.kwargs) -> T:
            nonlocal young, old
            key = tuple(map(id, records))
            entry = young.get(key)
            if entry is None:
                entry = old.pop(key, None) or (records, function(*records))  # type: ignore[call-arg]
                if len(young) >= most // 2:
                    young, old = {}, young
                young[key] = entry
            return entry[1]

        def clear() -> None:
            young.clear()
            old.clear()

        _CLEAR.append(clear)
        return cast(Callable[P, T], remembered)

    return decorate


def by_value(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Remember the same for texts, which are compared by what they say."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        remembered = lru_cache(maxsize=most)(function)
        _CLEAR.append(remembered.cache_clear)
        return cast(Callable[P, T], remembered)

    return decorate
