"""Tool awareness: no tool serves the request, or the user adds the tool that does."""

import random

from toolace_mt.refinement.injections.extension import NOTHING_SAID, Extension, Text, user_extension
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.schemas.draw import draw
from toolace_mt.texts.slots import SlotNames, slots_in
from toolace_mt.trajectory import Tool, ToolCall, Trajectory


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
    return user_extension(
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
    return user_extension(
        *("tool_awareness", "late_tool", trajectory, index, texts), adds=(name,), wanted=wanted
    )
