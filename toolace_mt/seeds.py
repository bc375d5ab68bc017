"""Stable seeds: every random choice of a run follows from its seed and from where it is made."""

import hashlib
import random


def derive_seed(*parts: str | int) -> int:
    """Return a seed in [0, 2**63) that depends on every part and on their order.

    Parts name the place of the choice, from coarse to fine: run seed, dialogue, stage, round, slot.
    Unlike the built-in `hash`, the value is the same in every process and on every machine.
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = str(part).encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return int.from_bytes(digest.digest(), "big") >> 1


def derive_random(*parts: str | int) -> random.Random:
    """Return a random generator seeded by `derive_seed(*parts)`."""
    return random.Random(derive_seed(*parts))
