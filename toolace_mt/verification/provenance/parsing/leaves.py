"""The scalars of an output or of arguments, sorted out in one walk by what look-ups ask for."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.parsing.numbers import Number, is_amount

_CONTAINERS = (dict, list, tuple)
_DEEPEST = 64
_MOST = 5_000


class Leaves(NamedTuple):
    """The scalars with their places, in document order; texts and amounts by themselves, too.

    `names` are the steps that lead to scalars, `inner` those of them that lead to the containers
    around; `ends` has the number of entries of every list, as far as its entries hold scalars.
    """

    every: list[tuple[Steps, Any]]
    texts: list[tuple[Steps, str]]
    amounts: list[tuple[Steps, Number]]
    names: set[str | int]
    inner: set[str | int]
    ends: dict[Steps, int]

    def _place(self, steps: Steps, value: Any) -> None:
        leaf = (steps, value)
        self.every.append(leaf)
        if isinstance(value, str):
            self.texts.append(leaf)
        elif is_amount(value):
            self.amounts.append(leaf)

    def _walk(self, steps: Steps, value: Any) -> bool:
        """Take in a container; tell whether it holds any scalar."""
        every = self.every
        if len(steps) >= _DEEPEST or len(every) >= _MOST:
            return False
        before, last = len(every), -1
        names = self.names
        listed = not isinstance(value, dict)
        for key, item in enumerate(value[:_MOST]) if listed else value.items():
            if item.__class__ is str:  # most are, and a call costs more than the rest
                leaf = ((*steps, key), item)
                every.append(leaf)
                self.texts.append(leaf)
            elif isinstance(item, _CONTAINERS):
                if not self._walk((*steps, key), item):
                    continue
                self.inner.add(key)
            else:
                self._place((*steps, key), item)
            names.add(key)
            last = key
        if listed and last >= 0:
            self.ends[steps] = last + 1
        return len(every) > before


NO_LEAVES = Leaves([], [], [], set(), set(), {})
"""No scalars at all, as of a text. Not to be changed."""


def read_leaves(value: Any) -> Leaves:
    """Return the scalars of a value: at most 5,000, at most 64 levels deep (`paths.leaf_steps`)."""
    leaves = Leaves([], [], [], set(), set(), {})
    if not isinstance(value, _CONTAINERS):
        leaves._place((), value)
    else:
        leaves._walk((), value)
    return leaves if len(leaves.every) <= _MOST else sorted_out(leaves.every[:_MOST])


def sorted_out(every: Iterable[tuple[Steps, Any]]) -> Leaves:
    """Return some scalars with their places as `read_leaves` does."""
    leaves = Leaves([], [], [], set(), set(), {})
    for steps, value in every:
        leaves._place(steps, value)
        leaves.names.update(steps)
        leaves.inner.update(steps[:-1])
        for depth, step in enumerate(steps):
            if isinstance(step, int):
                leaves.ends[steps[:depth]] = max(leaves.ends.get(steps[:depth], 0), step + 1)
    return leaves
