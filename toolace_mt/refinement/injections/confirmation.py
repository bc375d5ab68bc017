"""Confirmation: before it writes, the assistant says what it is about to do and asks."""

import random

from toolace_mt.policies.confirm import asks
from toolace_mt.refinement.injections.extension import Extension, Text, in_speech, single_call
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import Said
from toolace_mt.texts.languages import language
from toolace_mt.texts.slots import SlotNames, in_words
from toolace_mt.tools.effects import writes
from toolace_mt.trajectory import ToolCall, Trajectory, Turn

_EXAMPLES = (
    {
        "assistant": "Before I do that, let me check the details with you: {about}.",
        "user": "Yes, that is all correct.",
    },
    {
        "assistant": "I have everything I need for it: {about}.",
        "user": "Yes, please go ahead.",
    },
    {
        "assistant": "This is what I am about to do: {about}.",
        "user": "Sure, please do that.",
    },
    {
        "assistant": "Just to be on the safe side, here is what I will do: {about}.",
        "user": "Yes, thank you, do it.",
    },
)
_OPENINGS = (
    "I am about to {do}:",
    "Before I {do}, let me check with you:",
    "Just to be sure, I would {do} with these details:",
    "I can {do} now, with",
    "Let me make sure I {do} as you want it:",
)
_AGREED = (
    "{agreed}, please go ahead.",
    "{agreed}, that is right.",
    "{agreed}, all of that is correct.",
    "{agreed}, do it please.",
    "{agreed}, thank you.",
    "{agreed}, please do.",
)
_SMALL_WORDS = ("to", "for", "in", "on", "at", "with", "from")


def confirm(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user confirm the one call of a turn; None if the turn has several calls or none."""
    call = single_call(trajectory, index)
    names = SlotNames()
    if call is None or not names.of_arguments(call):
        return None
    details = ", ".join(f"{in_speech(slot) or 'it'} {{{slot}}}" for slot in names.values)
    opening = rng.choice(_OPENINGS).replace("{do}", _in_words(call))
    spoken_in = language(trajectory.scenario.language)
    agreed, yes = rng.choice(_AGREED), rng.choice(spoken_in.agreed)
    question = rng.choice(spoken_in.questions)
    texts = {
        "assistant": Text(
            "the assistant says what it is about to do, with these details, and asks",
            Said(f"{opening} {details}.", tuple(names.values), names.values),
        ),
        "user": Text("the user agrees", Said(agreed, ("agreed",), {"agreed": yes})),
    }

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        said = written["assistant"]
        asked = said if asks(said) else f"{said} {question}"
        return (
            Turn("assistant", asked),
            Turn("user", written["user"]),
            Turn("assistant", calls=(call,)),
        )

    situation = (
        f"a call of {call.name}. Before that it says what it is about to do and asks whether it is"
        " right, and the user agrees. Write two texts:"
    )
    return Extension(
        *("confirmation", "confirmation", index, situation, texts, build, trajectory.tools)
    )


def _extend(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user confirm a call that changes something."""
    call = single_call(trajectory, index)
    tool = trajectory.tool(call.name) if call else None
    return confirm(trajectory, index, rng) if tool and writes(tool) else None


def _in_words(call: ToolCall) -> str:
    """Return what a call does in words: `book_flight` gives "book the flight"."""
    verb, _, rest = in_words(call.name).partition(" ")
    small, _, thing = rest.partition(" ")
    if small in _SMALL_WORDS:
        return f"{verb} {small} the {thing}"
    return f"{verb} the {rest}" if rest else verb


KIND = Kind(
    "assistant",
    (Variant("confirmation", _extend, _EXAMPLES),),
    fixed=frozenset({"texts", "values"}),
)
