"""A kind of injection: whose turns it extends, in which ways, and what stays as it wrote it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from toolace_mt.refinement.injections.extension import Extension
from toolace_mt.trajectory import Trajectory

Part = Literal["texts", "values"]
"""What a turn holds: a text, or the values of calls and outputs."""

Extend = Callable[[Trajectory, int, random.Random], Extension | None]
"""Works out one extension of the turn at an index; None if that turn cannot take it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make an injection, with its task examples: each has all texts, by name.

    In examples `{about}` and `{missing}` stand for words of this dialogue, and other slots for
    values that are drawn where the model is shown values. `made` says where it can be made: only
    where calls are simulated, only where they are made for real, or in both.
    """

    name: str
    extend: Extend
    examples: tuple[dict[str, str], ...]
    made: Literal["both", "simulated", "live"] = "both"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of injection.

    `role`: whose turns it extends. `variants`: the ways to make it, with names that no other kind
    has. `fixed`: what refinement must not rewrite in the turns it wrote.
    """

    role: Literal["user", "assistant"]
    variants: tuple[Variant, ...]
    fixed: frozenset[Part] = frozenset()
