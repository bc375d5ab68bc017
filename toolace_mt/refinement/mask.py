"""Which turns are masked, and how prompts show the dialogue then.

Masks are drawn at random and are not adjacent. Turns masked less often are more likely.
"""

import random
from collections.abc import Collection, Sequence

from toolace_mt.calls import prompt as layout
from toolace_mt.config import RefinementConfig
from toolace_mt.refinement.injections import KINDS
from toolace_mt.refinement.injections.kind import Part
from toolace_mt.trajectory import Trajectory, Turn


def maskable(turns: Sequence[Turn], *, values: bool) -> tuple[int, ...]:
    """Return the indexes of the turns that a model wrote and can write anew.

    `values`: the model wrote calls and outputs, not only texts. Turns that an injection has `fixed`
    (calls made to fail, and their errors) are never masked.
    """
    return tuple(index for index, turn in enumerate(turns) if _is_maskable(turn, values))


def _is_maskable(turn: Turn, values: bool) -> bool:
    if any(output.status == "executed" for output in turn.outputs):
        return False  # what a tool really returned
    part: Part = "values" if turn.calls or turn.outputs else "texts"
    if turn.injection and part in KINDS[turn.injection].fixed:
        return False
    return values if part == "values" else bool(turn.content)


def as_shown(trajectory: Trajectory, masked: Collection[int], config: RefinementConfig) -> str:
    """Return the dialogue as the prompt for new versions of the masked turns shows it."""
    if config.context in ("turns", "examples"):
        return layout.context(trajectory, only=masked)
    return layout.context(trajectory, masked if config.context == "masked" else ())


def choose_masks(
    turns: Sequence[Turn],
    candidates: Sequence[int],
    most: int,
    decay: float,
    rng: random.Random,
    first: Collection[int] = (),
) -> tuple[int, ...]:
    """Draw up to `most` non-adjacent turns among `candidates`; returns their indexes, ascending.

    A turn's weight is `decay` to the power of how often it was selected, so all start equal and the
    whole dialogue gets covered (the paper leaves the factor open). Turns in `first` are drawn
    before any others.
    """
    chosen: list[int] = []
    left = list(candidates)
    while left and len(chosen) < most:
        preferred = [index for index in left if index in first] or left
        weights = [max(decay ** turns[index].selected, 1e-9) for index in preferred]
        pick = rng.choices(preferred, weights)[0]
        chosen.append(pick)
        left = [index for index in left if abs(index - pick) > 1]
    return tuple(sorted(chosen))
