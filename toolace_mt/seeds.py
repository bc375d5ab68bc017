"""Stable seeds: every random choice of a run follows from its seed and from where it is made."""

import hashlib
import random
from collections.abc import Iterable, Iterator


def derive_seed(*parts: str | int) -> int:
    """Return a seed in [0, 2**63) that depends on every part and on their order.

    Parts name the place of the choice, from coarse to fine: run seed, dialogue, stage, round, slot.
    Unlike the built-in `hash`, the value is the same in every process and on every machine.
    """
    return _seed(hashlib.blake2b(b"".join(map(_framed, parts)), digest_size=8))


def derive_seeds(place: tuple[str | int, ...], last: Iterable[str | int]) -> Iterator[int]:
    """Yield `derive_seed(*place, part)` for each last part, in half the time."""
    begun = hashlib.blake2b(b"".join(map(_framed, place)), digest_size=8)
    for part in last:
        digest = begun.copy()
        digest.update(_framed(part))
        yield _seed(digest)


def _framed(part: str | int) -> bytes:
    data = str(part).encode()
    return len(data).to_bytes(4, "big") + data


def _seed(digest: "hashlib.blake2b") -> int:
    return int.from_bytes(digest.digest(), "big") >> 1


def derive_random(*parts: str | int) -> random.Random:
    """Return a random generator seeded by `derive_seed(*parts)`."""
    return random.Random(derive_seed(*parts))
