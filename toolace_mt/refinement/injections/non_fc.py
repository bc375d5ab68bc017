"""Injections that extend a user turn into (user, assistant, user): o becomes o', a', o''."""

import random

from toolace_mt.refinement.injections.extension import NOTHING_SAID, Extension, Text, user_extension
from toolace_mt.refinement.said import said_in
from toolace_mt.trajectory import Trajectory


def non_fc(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:  # noqa: ARG001
    """The user chats or asks something that needs no tool, then comes to the request."""
    texts = {
        "user": Text(NOTHING_SAID),
        "assistant": Text(NOTHING_SAID),
        "next_user": Text(said_in(trajectory.turns, index)),
    }
    return user_extension("non_fc", "non_fc", trajectory, index, texts)
