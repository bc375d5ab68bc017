"""The rules of stage 3 by name, and one function that applies them.

A rule is a pure function from the facts of a dialogue to findings. Its name is stable: it stands
in findings, in the settings (`verification.off`) and in reports.
"""

from collections.abc import Collection
from difflib import get_close_matches

from toolace_mt.errors import ConfigError
from toolace_mt.trajectory import Finding, Trajectory
from toolace_mt.verification.facts import Facts, Rule
from toolace_mt.verification.rules import (
    calls,
    claims,
    form,
    held_in,
    language,
    leftover,
    origin,
    plan,
    policy,
    promise,
    reasoning,
    results,
    selection,
    template,
    text,
    written_call,
)

RULES: dict[str, Rule] = {
    "alternation": form.alternation,
    "turn_shape": form.turn_shape,
    "empty_turn": form.empty_turn,
    "call_format": form.call_format,
    "call_ids": form.call_ids,
    "outputs_match": form.outputs_match,
    "unknown_tool": form.unknown_tool,
    "unavailable_tool": form.unavailable_tool,
    "schema": form.schema,
    "output_schema": form.output_schema,
    "argument_origin": origin.argument_origin,
    "reply_origin": origin.reply_origin,
    "selection": selection.selection,
    "redundant_call": calls.redundant_call,
    "call_loop": calls.call_loop,
    "error_answered": calls.error_answered,
    "written_call": written_call.written_call,
    "claimed_success": claims.claimed_success,
    "claimed_result": results.claimed_result,
    "promise": promise.promise,
    "repetition": text.repetition,
    "leftover": leftover.leftover,
    "truncated": text.truncated,
    "long_turn": text.long_turn,
    "language_mix": language.language_mix,
    "held_in": held_in.held_in,
    "template": template.template,
    "plan": plan.plan,
    "injection": plan.injection,
    "policy": policy.policy,
    "reasoning": reasoning.reasoning,
}


def check_off(off: Collection[str]) -> None:
    """Raise ConfigError if a name in `verification.off` is no rule's; says which rule may be meant.

    The settings cannot check this themselves, since they do not know the rules.
    """
    for name in off:
        if name not in RULES:
            likely = get_close_matches(name, RULES)
            advice = f"did you mean {likely[0]}?" if likely else f"there are {', '.join(RULES)}"
            raise ConfigError(f"verification.off: no rule {name!r}; {advice}")


def check(trajectory: Trajectory, off: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what the rules have to say about a dialogue; those named in `off` are not asked.

    Pure and without a model. A finding of severity "error" rejects the dialogue.
    """
    return apply_rules(Facts(trajectory), off)


def apply_rules(facts: Facts, off: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return the findings of the rules on facts whose computed parts shall be used again."""
    return tuple(found for name, rule in RULES.items() if name not in off for found in rule(facts))
