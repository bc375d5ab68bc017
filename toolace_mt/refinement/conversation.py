"""Injections that extend a user turn into (user, assistant, user): o becomes o', a', o''."""

import random

from toolace_mt.refinement.extension import NOTHING_SAID, Extension, Text
from toolace_mt.refinement.grounded import Said, said_in
from toolace_mt.slots import SlotNames, in_words, slots_in, without_slot
from toolace_mt.tools.values import draw
from toolace_mt.trajectory import Injection, Tool, ToolCall, Trajectory, Turn


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
    return _user_extension("clarification", "clarification", trajectory, index, texts, words=words)


def non_fc(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:  # noqa: ARG001
    """The user chats or asks something that needs no tool, then comes to the request."""
    texts = {
        "user": Text(NOTHING_SAID),
        "assistant": Text(NOTHING_SAID),
        "next_user": Text(said_in(trajectory.turns, index)),
    }
    return _user_extension("non_fc", "non_fc", trajectory, index, texts)


def unsupported(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """The user asks for something no tool does; then comes the request that the tools can serve.

    A tool that the dialogue never calls is taken off the list, and the user asks for what it does:
    so what is asked for is known, and known to be unavailable.
    """
    used = {call.name for _, call, _ in trajectory.calls()}
    used |= {name for turn in trajectory.turns for name in turn.adds}
    unused = [tool for tool in trajectory.tools if tool.name not in used]
    if not unused:
        return None
    withheld = rng.choice(unused)
    texts = {
        "user": Text(_asking_for(withheld, rng)),
        "assistant": Text(NOTHING_SAID),
        "next_user": Text(said_in(trajectory.turns, index)),
    }
    tools = tuple(tool for tool in trajectory.tools if tool is not withheld)
    return _user_extension(
        *("tool_awareness", "unsupported", trajectory, index, texts),
        tools=tools,
        wanted=f"{withheld.name} ({withheld.description})",
    )


def _asking_for(tool: Tool, rng: random.Random) -> Said:
    if not tool.usage:
        return NOTHING_SAID
    names = SlotNames()
    names.of_arguments(ToolCall("", tool.name, draw(tool.parameters, rng)))
    fitting = [u.user for u in tool.usage if set(slots_in(u.user)) <= names.values.keys()]
    if not fitting:
        return NOTHING_SAID
    template = rng.choice(fitting)
    slots = slots_in(template)
    return Said(template, slots, {slot: names.values[slot] for slot in slots})


def late_tool(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """A needed tool is not there yet: the assistant says so, the user adds it to the list."""
    turns = trajectory.turns
    subtask = turns[index].subtask
    before = {call.name for turn in turns[:index] for call in turn.calls}
    adds = {name for turn in turns for name in turn.adds}
    needed = [
        call.name
        for turn in turns[index + 1 :]
        if turn.subtask == subtask
        for call in turn.calls
        if call.name not in before | adds
    ]
    if not needed or not turns[index + 1].calls:
        return None
    name = rng.choice(needed)
    texts = {
        "user": Text(said_in(turns, index)),
        "assistant": Text(NOTHING_SAID),
        "next_user": Text(NOTHING_SAID),
    }
    tool = trajectory.tool(name)
    wanted = f"{name} ({tool.description})" if tool else name
    return _user_extension(
        *("tool_awareness", "late_tool", trajectory, index, texts), adds=(name,), wanted=wanted
    )


def _user_extension(
    kind: Injection,
    variant: str,
    trajectory: Trajectory,
    index: int,
    texts: dict[str, Text],
    *,
    tools: tuple[Tool, ...] | None = None,
    adds: tuple[str, ...] = (),
    **notes: str,
) -> Extension:
    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return (
            Turn("user", written["user"]),
            Turn("assistant", written["assistant"]),
            Turn("user", written["next_user"], adds=adds),
        )

    kept = trajectory.tools if tools is None else tools
    return Extension(kind, variant, index, texts, build, kept, notes)
