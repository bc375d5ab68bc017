"""Clarification: the user omits a value, the assistant asks, the user supplies it."""

import random

from toolace_mt.refinement.injections.extension import Extension, Text, user_extension
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.slots import in_words
from toolace_mt.trajectory import Trajectory

_SHORTEST = 4  # words of a request that is left without any value
_EXAMPLES = (
    {
        "user": "I'd like to book a table for dinner.",
        "assistant": "Of course, what is the {about}?",
        "next_user": "It is {missing}.",
    },
    {
        "user": "Please send the parcel by courier.",
        "assistant": "Happy to help, could you tell me the {about}?",
        "next_user": "Sure, {missing}.",
    },
    {
        "user": "Could you set up the meeting for me?",
        "assistant": "Gladly, which {about} should I use?",
        "next_user": "Please use {missing}.",
    },
    {
        "user": "Can you look up how my order is doing?",
        "assistant": "I can do that, what {about} do you have in mind?",
        "next_user": "{missing}, please.",
    },
)


def _extend(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Omit one value that the user states; the answer to the question has it."""
    said = said_in(trajectory.turns, index, trajectory.derivations)
    missing = [slot for slot in dict.fromkeys(said.slots) if not slot.startswith("outputs[")]
    if not missing or not trajectory.turns[index + 1].calls:
        return None
    slot = rng.choice(missing)
    words = in_words(slot)
    left = tuple(other for other in said.slots if other != slot)
    kept = {other: value for other, value in said.values.items() if other != slot}
    rest = without_slot(said.template, slot)
    if not left and len(rest.split()) < _SHORTEST:
        return None
    texts = {
        "user": Text(
            f"the user asks for it, and leaves out the {words}",
            Said(rest, left, kept),
        ),
        "assistant": Text(
            f"the assistant asks for the {words}, which is missing", question=True, about=words
        ),
        "next_user": Text("the user supplies it", Said("", (slot,), {slot: said.values[slot]})),
    }
    return user_extension("clarification", "clarification", trajectory, index, texts, about=words)


KIND = Kind("user", (Variant("clarification", _extend, _EXAMPLES),))
