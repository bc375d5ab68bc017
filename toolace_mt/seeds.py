"""Stable seeds: every random choice of a run follows from its seed and from where it is made."""

import hashlib
import random


def derive_seed(*parts: str | int) -> int:
    """Return a seed in [0, 2**63) that depends on every part and on their order.

    Parts name the place of the choice, from coarse to fine: run seed, dialogue, stage, round, slot.
    Unlike the built-in `hash`, the value is the same in every process and on every machine.
    """
    encoded = [str(part).encode() for part in parts]
    whole = b"".join([len(data).to_bytes(4, "big") + data for data in encoded])
    return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "big") >> 1


def derive_random(*parts: str | int) -> random.Random:
    """Return a random generator seeded by `derive_seed(*parts)`."""
    return random.Random(derive_seed(*parts))
