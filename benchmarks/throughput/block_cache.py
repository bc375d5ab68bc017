"""A simulation of vLLM's prefix cache: which tokens of a prompt need no computing.

It follows vLLM 0.32 (`v1/core/block_pool.py`, `kv_cache_manager.py`):

- A full block is identified by its tokens and all tokens before it.
- A prompt reuses known blocks from its beginning, but never for all of its tokens.
- Its other blocks are taken from those in no use, the least recently freed first.
- A request frees its last block first. A block that is not full is the first to be taken again.
"""

import itertools
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

Block = bytes | int
"""What a block is known by; a number for one that nobody can ask for."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a request has: how many tokens were cached, its blocks, and how many get full."""

    cached: int
    blocks: tuple[Block, ...]
    full: int


@dataclass(slots=True)
class BlockCache:
    """`blocks` of `size` tokens; None: so many that none is ever taken from a prompt."""

    blocks: int | None
    size: int
    _idle: OrderedDict[Block, None] = field(default_factory=OrderedDict)
    _users: dict[Block, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        for _ in range((self.blocks or 1) - 1):  # vLLM keeps one back
            self._idle[next(self._numbers)] = None

    def begin(self, ids: Sequence[int | str], output_tokens: int = 1) -> Held:
        """Give a request all the blocks it is going to need."""
        names = list(_names(ids, self.size))
        known = 0
        while known < (len(ids) - 1) // self.size and self._knows(names[known]):
            known += 1
        held: list[Block] = list(names[:known])
        for name in held:
            self._use(name)
        computed = len(ids) + output_tokens - 1  # the last one generated is never computed on
        for place in range(known, -(-computed // self.size)):
            if self.blocks is not None and self._idle:
                self._idle.popitem(last=False)
            new = place < len(names) and not self._knows(names[place])
            held.append(names[place] if new else next(self._numbers))
            self._use(held[-1])
        return Held(known * self.size, tuple(held), computed // self.size)

    def end(self, held: Held) -> None:
        """Take a request's blocks back."""
        for place, block in reversed(list(enumerate(held.blocks))):
            self._users[block] -= 1
            if not self._users[block]:
                del self._users[block]
                self._idle[block] = None
                self._idle.move_to_end(block, last=place < held.full)

    def _use(self, block: Block) -> None:
        self._idle.pop(block, None)
        self._users[block] = self._users.get(block, 0) + 1

    def _knows(self, block: Block) -> bool:
        return block in self._users or block in self._idle


def _names(ids: Sequence[int | str], size: int) -> Iterator[bytes]:
    before = b""
    for start in range(0, len(ids) - size + 1, size):
        text = ",".join(map(str, ids[start : start + size]))
        before = blake2b(before + text.encode(), digest_size=12).digest()
        yield before
