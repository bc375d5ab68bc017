"""The passages of one speaker, found by what they hold: latest first, and no further than needed.

Most values stand in the latest passages, so these are asked one by one, and older ones never look
at their words or numbers for them. Full blocks of older passages are asked by one set each.
"""

from collections.abc import Iterator
from typing import Any, Literal

from toolace_mt.verification.provenance.passage import Passage

View = Literal["words", "numbers", "days", "minutes"]
"""What a passage is found by: attributes of `Passage` that are sets."""

_BLOCK = 32


class History:
    """The passages of one speaker in order."""

    def __init__(self) -> None:
        self.every: list[Passage] = []
        self._blocks: dict[View, list[set[Any]]] = {}

    def having(self, view: View, key: Any) -> Iterator[Passage]:
        """Yield the passages of which a view holds a key, the latest first."""
        every = self.every
        full = len(every) // _BLOCK
        for passage in reversed(every[full * _BLOCK :]):
            if key in getattr(passage, view):
                yield passage
        for number in range(full - 1, -1, -1):
            if key in self._block(view, number):
                for passage in reversed(every[number * _BLOCK : (number + 1) * _BLOCK]):
                    if key in getattr(passage, view):
                        yield passage

    def has(self, view: View, key: Any) -> bool:
        """Tell whether a view of any passage holds a key."""
        return next(self.having(view, key), None) is not None

    def _block(self, view: View, number: int) -> set[Any]:
        """Return what the passages of a full block hold; all older blocks are read first."""
        blocks = self._blocks.setdefault(view, [])
        while len(blocks) <= number:
            start = len(blocks) * _BLOCK
            held = [getattr(passage, view) for passage in self.every[start : start + _BLOCK]]
            blocks.append(set().union(*held))
        return blocks[number]
