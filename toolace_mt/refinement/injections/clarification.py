"""Clarification: the user leaves a value out, the assistant asks, the user supplies it."""

import random

from toolace_mt.refinement.injections.extension import NOTHING_SAID, Extension, Text, user_extension
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.texts.slots import in_words, without_slot
from toolace_mt.trajectory import Trajectory


def clarification(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """The user leaves a value out, the assistant asks for it, the user supplies it."""
    said = said_in(trajectory.turns, index)
    missing = [slot for slot in dict.fromkeys(said.slots) if not slot.startswith("outputs[")]
    if not missing or not trajectory.turns[index + 1].calls:
        return None
    slot = rng.choice(missing)
    words = in_words(slot)
    left = tuple(other for other in said.slots if other != slot)
    kept = {other: value for other, value in said.values.items() if other != slot}
    texts = {
        "user": Text(Said(without_slot(said.template, slot), left, kept)),
        "assistant": Text(NOTHING_SAID, question=True, about=words),
        "next_user": Text(Said("", (slot,), {slot: said.values[slot]})),
    }
    return user_extension("clarification", "clarification", trajectory, index, texts, words=words)
