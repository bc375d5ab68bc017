"""Stable seeds: every random choice of a run follows from its seed and from where it is made."""

import hashlib
import random


def derive_seed(*parts: str | int) -> int:
    """Return a seed in [0, 2**63) that depends on every part and on their order.

    Parts name the place of the choice, from coarse to fine: run seed, dialogue, stage, round, slot.
    Unlike the built-in `hash`, the value is the same in every process and on every machine.
    """
    digest = hashlib.blake2b(b"".join(map(_framed, parts)), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _framed(part: str | int) -> bytes:
    data = str(part).encode()
    return len(data).to_bytes(4, "big") + data


def derive_random(*parts: str | int) -> random.Random:
    """Return a random generator seeded by `derive_seed(*parts)`."""
    return random.Random(derive_seed(*parts))
