"""Policy: the user asks for what the policy forbids, and the assistant declines or hands over."""

import random

from toolace_mt.policies.apply import forbidden_call
from toolace_mt.refinement.injections.extension import Extension, Text, user_extension
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.scenario import PolicyRule
from toolace_mt.texts.days import fits_today
from toolace_mt.texts.grounding import ground
from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn

_REFUSED = (
    {
        "user": "Please also cancel my last order.",
        "assistant": "I'm sorry, but I can't do that. {about}.",
        "next_user": "I see. Then please tell me where order {order_id} is.",
    },
    {
        "user": "Could you put all of it on the company's account?",
        "assistant": "I'm afraid our policy does not allow that. {about}.",
        "next_user": "All right, never mind. Find me a hotel in {city}.",
    },
    {
        "user": "Then do the same for the other account, please.",
        "assistant": "That is not possible here, sorry. {about}.",
        "next_user": "Okay, I understand. Please book table {table_id} then.",
    },
)
_HANDED_OVER = (
    {
        "user": "Please also cancel the whole contract.",
        "assistant": "I can't do that myself, so I am passing it on. {about}.",
        "next_user": "Thanks, I will wait for them. Then show me order {order_id}.",
    },
    {
        "user": "I need that for two hundred people.",
        "assistant": "That has to go to a colleague, whom I am telling now. {about}.",
        "next_user": "Good, thank you. In the meantime find a hotel in {city}.",
    },
)
_DECLINING = (
    "I'm sorry, but I can't do that. {rule}.",
    "I'm afraid our policy does not allow that. {rule}.",
    "Unfortunately that is not possible here. {rule}.",
    "I can't help with that, sorry. Our policy says: {rule}.",
)
_HANDING_OVER = (
    "I can't do that myself, so I am passing it on to a colleague. {rule}.",
    "That is not something I can do, so I will hand you over. {rule}.",
    "I'm afraid I can't do that, but a colleague will get back to you. {rule}.",
)
_DRAWS = 6


def _refused(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user ask for something that a rule forbids, before the request that it allows."""
    return _declined(trajectory, index, rng, "refuse")


def _handed_over(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user ask for something that a rule leaves to a human."""
    return _declined(trajectory, index, rng, "hand_over")


def _declined(
    trajectory: Trajectory, index: int, rng: random.Random, then: str
) -> Extension | None:
    found = _forbidden(trajectory, index, rng, then)
    if found is None:
        return None
    rule, tool, call = found
    ends = "declines" if then == "refuse" else "declines and hands over to a human colleague"
    declining = rng.choice(_DECLINING if then == "refuse" else _HANDING_OVER)
    texts = {
        "user": Text(
            f"the user asks for something that the policy does not allow: {rule.text}",
            _asked(tool, call, rng),
        ),
        "assistant": Text(
            f"the assistant {ends}, and gives the rule as the reason",
            Said(declining, ("rule",), {"rule": rule.text}),
        ),
        "next_user": Text(
            "the user accepts that and comes to another request",
            said_in(trajectory.turns, index, trajectory.derivations),
        ),
    }
    variant = "refused" if then == "refuse" else "handed_over"
    return user_extension("policy", variant, trajectory, index, texts, about=rule.text)


def _forbidden(
    trajectory: Trajectory, index: int, rng: random.Random, then: str
) -> tuple[PolicyRule, Tool, ToolCall] | None:
    """Draw a rule and a call that it forbids at this point."""
    policy = [rule for rule in trajectory.scenario.policy if rule.then == then]
    for rule in rng.sample(policy, len(policy)):
        tools = [tool for tool in trajectory.available(index) if tool.name in rule.tools]
        for tool in tools * _DRAWS:
            arguments = forbidden_call(rule, tool, trajectory.turns[:index], rng)
            if arguments is not None and fits_today(arguments, trajectory.scenario.date):
                return rule, tool, ToolCall("", tool.name, arguments)
    return None


def _asked(tool: Tool, call: ToolCall, rng: random.Random) -> Said:
    """Return what the user says to ask for a call that is never made, with all its values."""
    steps = (Turn("assistant", calls=(call,)), Turn("tool", outputs=(ToolOutput("", {}),)))
    asked = ground((), steps, {tool.name: tool}, rng)
    return Said(asked.example.user, asked.user, {slot: asked.values[slot] for slot in asked.user})


KIND = Kind(
    "user",
    (
        Variant("refused", _refused, _REFUSED),
        Variant("handed_over", _handed_over, _HANDED_OVER),
    ),
    fixed=frozenset({"texts"}),
)
