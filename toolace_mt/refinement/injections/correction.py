"""Correction: the user changes a value that was told before, ahead of the call or after it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from toolace_mt.refinement.injections.extension import (
    Extension,
    Text,
    free_id,
    in_speech,
    single_call,
    user_extension,
)
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.schemas.check import check_arguments
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import get
from toolace_mt.texts.days import fits_today
from toolace_mt.texts.drawn_calls import draw_output
from toolace_mt.texts.grounding import ground
from toolace_mt.texts.slots import SlotNames, spoken
from toolace_mt.tools.effects import writes
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, Trajectory, Turn

_BEFORE = (
    {
        "user": "Book a table for {people} people tonight.",
        "assistant": "Let me check that I got it right, the {about} is as you said?",
        "next_user": "Actually, please make it {missing} instead.",
    },
    {
        "user": "I need a train to {city} on Thursday.",
        "assistant": "Just to be sure about the {about} before I go on, is that right?",
        "next_user": "No, wait, I meant {missing}.",
    },
)
_AFTER = (
    {
        "user": "Find me a hotel in {city}.",
        "assistant": "I found a few hotels there. Does one of them suit you?",
        "next_user": "Sorry, I changed my mind. Please look again with {missing}.",
    },
    {
        "user": "Show me the trains of Thursday.",
        "assistant": "There are three trains that day.",
        "next_user": "Hmm, make it {missing} instead, please.",
    },
)
_CHECKING = (
    "Let me check the {about} before I go on: {value}, is that right?",
    "So the {about} would be {value}, correct?",
    "Just to be sure, did you say {value}?",
    "So that is with {value}. Did I get that right?",
    "You said {value}, is that correct?",
)
_OPEN_ENDED = ("on", "by", "at", "in", "after", "before", "for")  # "the measured on" is no English
_CHANGING = (
    "Actually, please make it {value} instead.",
    "No, sorry, I meant {value}.",
    "I changed my mind, please take {value}.",
    "Hmm, make that {value} instead, please.",
)
_CHANGING_AFTER = (
    "Sorry, I changed my mind. Please do it again with {value}.",
    "Actually, make it {value} instead.",
    "Hmm, could you try {value} instead?",
    "I should have said {value}. Once more with that, please.",
)
_DRAWS = 8


def _before(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user tell another value first, and change it when the assistant repeats it."""
    said = said_in(trajectory.turns, index, trajectory.derivations)
    changed = _change(trajectory, index, said, rng)
    if changed is None:
        return None
    slot, old, _ = changed
    words = in_speech(slot)
    named = words.rpartition(" ")[2] not in _OPEN_ENDED
    checking = rng.choice([each for each in _CHECKING if named or "{about}" not in each])
    checking = checking.replace("{about}", words).replace("{value}", f"{{{slot}}}")
    texts = {
        "user": Text("the user asks for it", _with(said, slot, old)),
        "assistant": Text(
            f"the assistant repeats the {words} and asks whether it is right",
            Said(checking, (slot,), {slot: old}),
        ),
        "next_user": _changing(said, slot, _CHANGING, rng),
    }
    return user_extension(
        *("correction", "changed_before", trajectory, index, texts),
        situation=f". The user changes the {words} half-way",
        about=words,
    )


def _after(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user change a value once a look-up with another one was made and reported."""
    said, call = (
        said_in(trajectory.turns, index, trajectory.derivations),
        single_call(trajectory, index + 1),
    )
    tool = trajectory.tool(call.name) if call else None
    if call is None or tool is None or writes(tool) or not tool.returns:
        return None
    subtask = trajectory.turns[index].subtask
    if sum(len(turn.calls) for turn in trajectory.turns if turn.subtask == subtask) > 1:
        return None  # the report in between would leave the rest of the request open
    changed = _change(trajectory, index, said, rng, call)
    if changed is None:
        return None
    slot, old, arguments = changed
    first = ToolCall(free_id(trajectory, index + 1), call.name, arguments)
    asked = (tool, arguments, trajectory.turns, rng, trajectory.scenario.date)
    output = ToolOutput(first.id, draw_output(*asked))
    steps = (Turn("assistant", calls=(first,)), Turn("tool", outputs=(output,)))
    told = ground(trajectory.turns[:index], steps, {tool.name: tool}, rng)
    words = in_speech(slot)
    texts = {
        "user": Text("the user asks for it", _with(said, slot, old)),
        "assistant": Text(
            "the assistant reports what the tool returned",
            Said(told.example.reply, told.reply, {s: told.values[s] for s in told.reply}),
        ),
        "next_user": _changing(said, slot, _CHANGING_AFTER, rng),
    }

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        reply = Turn("assistant", written["assistant"])
        return Turn("user", written["user"]), *steps, reply, Turn("user", written["next_user"])

    situation = f". The user changes the {words} after the assistant has looked it up:"
    return Extension(
        *("correction", "changed_after", index, situation, texts, build, trajectory.tools, words)
    )


def _changing(said: Said, slot: str, wordings: tuple[str, ...], rng: random.Random) -> Text:
    template = rng.choice(wordings).replace("{value}", f"{{{slot}}}")
    wanted = f"the user changes the {in_speech(slot)}"
    return Text(wanted, Said(template, (slot,), {slot: said.values[slot]}))


def _with(said: Said, slot: str, value: Any) -> Said:
    return replace(said, values={**said.values, slot: value})


def _change(
    trajectory: Trajectory, index: int, said: Said, rng: random.Random, only: ToolCall | None = None
) -> tuple[str, Any, JsonObject] | None:
    """Draw a value that the user states, another one in its place, and the call with that one.

    The value is an argument of a call of the next turn, or of the call `only`.
    """
    calls = (only,) if only else trajectory.turns[index + 1].calls
    told = {slot for slot in said.slots if not slot.startswith("outputs[")}
    places = [place for call in calls for place in _stated(call, said, told)]
    for slot, path, call in rng.sample(places, len(places)):
        tool = trajectory.tool(call.name)
        for _ in range(_DRAWS if tool else 0):
            assert tool is not None
            arguments = _replaced(tool, call, path, rng)
            old = arguments.get(path, said.values[slot])
            timely = fits_today({path: old}, trajectory.scenario.date)
            fits = timely and not check_arguments(tool, arguments)
            if fits and _differ(old, said.values[slot]):
                return slot, old, arguments
    return None


def _stated(call: ToolCall, said: Said, told: set[str]) -> Iterator[tuple[str, str, ToolCall]]:
    """Yield slot and path of each argument at the top of a call that the user states once."""
    for path in SlotNames().of_arguments(call):
        if path in told and said.slots.count(path) == 1 and path in call.arguments:
            value = call.arguments[path]
            if said.values.get(path) == value and isinstance(value, str | int | float):
                yield path, path, call


def _replaced(tool: Tool, call: ToolCall, path: str, rng: random.Random) -> JsonObject:
    try:
        return {**call.arguments, path: get(draw(tool.parameters, rng), path)}
    except KeyError:  # an optional argument that was not drawn
        return call.arguments


def _differ(one: Any, other: Any) -> bool:
    """Tell whether two values differ, and none is told along with the other."""
    first, second = spoken(one).casefold(), spoken(other).casefold()
    return first not in second and second not in first


KIND = Kind(
    "user",
    (
        Variant("changed_before", _before, _BEFORE),
        Variant("changed_after", _after, _AFTER, made="simulated"),
    ),
    fixed=frozenset({"texts", "values"}),
)
