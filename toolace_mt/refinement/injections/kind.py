"""A kind of injection: which turns it extends, how, and what refinement must not rewrite."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from toolace_mt.refinement.injections.extension import Extension
from toolace_mt.trajectory import Trajectory

Part = Literal["texts", "values"]
"""What a turn consists of: a text, or the values of calls and outputs."""

Extend = Callable[[Trajectory, int, random.Random], Extension | None]
"""Works out an extension of the turn at an index; None if that turn cannot take it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make an injection, with task examples; each example has all texts, by name.

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

    `role`: whose turns it extends. `variants`: the ways to make it; no two kinds share a variant's
    name. `fixed`: what refinement must not rewrite in the turns that the injection wrote.
    """

    role: Literal["user", "assistant"]
    variants: tuple[Variant, ...]
    fixed: frozenset[Part] = frozenset()
