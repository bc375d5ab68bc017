"""The rules of stage 3 by name, and one function that applies them.

A rule is a pure function from the facts of a dialogue to findings. Its name is stable: it stands
in findings, in the settings (`verification.off`) and in reports.
"""

from collections.abc import Collection

from toolace_mt.trajectory import Finding, Trajectory
from toolace_mt.verification.facts import Facts, Rule
from toolace_mt.verification.rules_calls import call_loop, error_answered, redundant_call
from toolace_mt.verification.rules_form import (
    alternation,
    call_format,
    call_ids,
    empty_turn,
    output_schema,
    outputs_match,
    schema,
    turn_shape,
    unavailable_tool,
    unknown_tool,
)
from toolace_mt.verification.rules_language import language_mix
from toolace_mt.verification.rules_leftover import leftover
from toolace_mt.verification.rules_origin import argument_origin, reply_origin
from toolace_mt.verification.rules_plan import injection, plan
from toolace_mt.verification.rules_text import long_turn, repetition, truncated

RULES: dict[str, Rule] = {
    "alternation": alternation,
    "turn_shape": turn_shape,
    "empty_turn": empty_turn,
    "call_format": call_format,
    "call_ids": call_ids,
    "outputs_match": outputs_match,
    "unknown_tool": unknown_tool,
    "unavailable_tool": unavailable_tool,
    "schema": schema,
    "output_schema": output_schema,
    "argument_origin": argument_origin,
    "reply_origin": reply_origin,
    "redundant_call": redundant_call,
    "call_loop": call_loop,
    "error_answered": error_answered,
    "repetition": repetition,
    "leftover": leftover,
    "truncated": truncated,
    "long_turn": long_turn,
    "language_mix": language_mix,
    "plan": plan,
    "injection": injection,
}


def check(trajectory: Trajectory, off: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what the rules have to say about a dialogue; those named in `off` are not asked.

    Pure and without a model. A finding of severity "error" rejects the dialogue.
    """
    return apply_rules(Facts(trajectory), off)


def apply_rules(facts: Facts, off: Collection[str] = ()) -> tuple[Finding, ...]:
    """Do the same with facts at hand, so that what is computed from them can be used again."""
    return tuple(found for name, rule in RULES.items() if name not in off for found in rule(facts))
