"""The passages of one speaker, found by what they hold: latest first, and no further than needed.

Most values stand in the latest passages, so these are asked one by one, and older ones never look
at their words or numbers for them. Full blocks of older passages are asked by one set each, and few
of them are looked into, so that long dialogues take linear work.
"""

from collections.abc import Iterator
from typing import Any, Literal

from toolace_mt.verification.provenance.passage import Passage

View = Literal["words", "numbers", "days", "minutes"]
"""What a passage is found by: attributes of `Passage` that are sets."""

_BLOCK = 32
_MOST_BLOCKS = 16  # blocks that hold all keys, perhaps no passage of theirs all of them


class History:
    """The passages of one speaker in order."""

    def __init__(self) -> None:
        self.every: list[Passage] = []
        self._blocks: dict[View, list[set[Any]]] = {}
        self._old: dict[View, set[Any]] = {}

    def having(self, view: View, keys: frozenset[Any]) -> Iterator[Passage]:
        """Yield the passages of which a view holds all keys, the latest first.

        Of full blocks that hold all keys, only the latest 16 are looked into.
        """
        every = self.every
        full = len(every) // _BLOCK
        for passage in reversed(every[full * _BLOCK :]):
            if keys <= getattr(passage, view):
                yield passage
        if not full or not keys <= self._in_blocks(view, full):
            return
        looked = 0
        for number in range(full - 1, -1, -1):
            if keys <= self._blocks[view][number]:
                looked += 1
                for passage in reversed(every[number * _BLOCK : (number + 1) * _BLOCK]):
                    if keys <= getattr(passage, view):
                        yield passage
                if looked == _MOST_BLOCKS:
                    return

    def _in_blocks(self, view: View, full: int) -> set[Any]:
        """Return what the passages of so many full blocks hold; each is read once."""
        blocks, held = self._blocks.setdefault(view, []), self._old.setdefault(view, set())
        while len(blocks) < full:
            start = len(blocks) * _BLOCK
            passages = self.every[start : start + _BLOCK]
            blocks.append(set().union(*[getattr(passage, view) for passage in passages]))
            held |= blocks[-1]
        return held
