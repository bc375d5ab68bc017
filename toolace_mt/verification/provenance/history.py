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

    def having(self, view: View, keys: frozenset[Any]) -> Iterator[Passage]:
        """Yield the passages of which a view holds all keys, the latest first.

        Of full blocks that hold all keys, only the latest 16 are looked into.
        """
        every = self.every
        full = len(every) // _BLOCK
        for passage in reversed(every[full * _BLOCK :]):
            if keys <= getattr(passage, view):
                yield passage
        looked = 0
        for number in range(full - 1, -1, -1):
            if keys <= self._block(view, number):
                looked += 1
                for passage in reversed(every[number * _BLOCK : (number + 1) * _BLOCK]):
                    if keys <= getattr(passage, view):
                        yield passage
                if looked == _MOST_BLOCKS:
                    return

    def _block(self, view: View, number: int) -> set[Any]:
        """Return what the passages of a full block hold; all older blocks are read first."""
        blocks = self._blocks.setdefault(view, [])
        while len(blocks) <= number:
            start = len(blocks) * _BLOCK
            held = [getattr(passage, view) for passage in self.every[start : start + _BLOCK]]
            blocks.append(set().union(*held))
        return blocks[number]
