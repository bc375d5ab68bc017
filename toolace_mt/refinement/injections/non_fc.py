"""Non-function-calling exchanges: chit-chat, or a question that needs no tool."""

import random

from toolace_mt.refinement.injections.extension import Extension, Text, user_extension
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import said_in
from toolace_mt.trajectory import Trajectory

_EXAMPLES = (
    {
        "user": "It has been such a busy week for me.",
        "assistant": "That sounds tiring. I hope I can take something off your list.",
        "next_user": "You can! Please book a table at {restaurant}.",
    },
    {
        "user": "Before we start, how do you prefer to be asked things?",
        "assistant": "Just tell me what you need in your own words, and I will do my best.",
        "next_user": "Good to know. Then find me a train to {destination_city}.",
    },
    {
        "user": "What is the difference between a debit and a credit card?",
        "assistant": "A debit card takes money from your account at once, a credit card lends it to"
        " you until the bill comes.",
        "next_user": "Thanks, that helps. Now show me the balance of account {account_id}.",
    },
    {
        "user": "You have been really helpful so far, thank you.",
        "assistant": "You're very welcome. Is there anything else I can do for you?",
        "next_user": "Yes, please check the status of order {order_id}.",
    },
)


def _extend(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:  # noqa: ARG001
    """Insert an exchange without a tool before the request."""
    texts = {
        "user": Text("the user chats, or asks something that needs no tool"),
        "assistant": Text("the assistant answers in a sentence or two, without a tool"),
        "next_user": Text(
            "the user comes to the request",
            said_in(trajectory.turns, index, trajectory.derivations),
        ),
    }
    return user_extension("non_fc", "non_fc", trajectory, index, texts)


KIND = Kind("user", (Variant("non_fc", _extend, _EXAMPLES),))
