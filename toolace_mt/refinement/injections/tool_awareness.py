"""Tool awareness: no tool can serve the request, or the user adds the tool that can."""

import random

from toolace_mt.refinement.injections.extension import (
    NOTHING_SAID,
    Extension,
    Text,
    user_extension,
)
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.schemas.draw import draw
from toolace_mt.texts.slots import SlotNames, slots_in
from toolace_mt.trajectory import Tool, ToolCall, Trajectory

_UNSUPPORTED = (
    {
        "user": "Could you also translate my notes?",
        "assistant": "I'm sorry, I don't have a tool for that.",
        "next_user": "That's fine. Then please find a hotel in {city}.",
    },
    {
        "user": "Can you pay the electricity bill for me?",
        "assistant": "I'm afraid none of my tools can do that.",
        "next_user": "All right, I'll do that myself. What's the weather in {city}?",
    },
    {
        "user": "Please print the boarding pass.",
        "assistant": "At the moment I have no tool that does this.",
        "next_user": "Okay. Then just tell me the gate of flight {flight_id}.",
    },
    {
        "user": "Could you also order flowers for my mother?",
        "assistant": "That is not something my tools can do, sorry.",
        "next_user": "All right. Then show me the next train to {destination_city}.",
    },
)
_LATE_TOOL = (
    {
        "user": "Could you also translate my notes?",
        "assistant": "I'm sorry, I don't have a tool for that yet.",
        "next_user": "I have given you one now, so please try again.",
    },
    {
        "user": "Can you pay the electricity bill for me?",
        "assistant": "I'm afraid none of my tools can do that.",
        "next_user": "No problem, I've just added one for that. Please go ahead.",
    },
    {
        "user": "Please print the boarding pass.",
        "assistant": "At the moment I have no tool that does this.",
        "next_user": "There should be a new tool for it now. Could you try once more?",
    },
    {
        "user": "Could you book the court for tonight?",
        "assistant": "That is not something my tools can do yet.",
        "next_user": "I see. I have added the missing tool, so please do it now.",
    },
)


def _unsupported(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the user ask for something that no tool does, before the request that tools can serve.

    A tool that the dialogue never calls is removed from the list, and the user asks for its
    service: the request is realistic, and known to be out of reach.
    """
    used = {call.name for _, call, _ in trajectory.calls()}
    used |= {name for turn in trajectory.turns for name in turn.adds}
    unused = [tool for tool in trajectory.tools if tool.name not in used]
    if not unused:
        return None
    withheld = rng.choice(unused)
    texts = {
        "user": Text(
            "the user asks for something that only this tool could do:"
            f" {withheld.name} ({withheld.description}). The assistant does not have it",
            _asking_for(withheld, rng),
        ),
        "assistant": Text("the assistant says that none of its tools can do that"),
        "next_user": Text(
            "the user accepts that and comes to another request, which the tools can serve",
            said_in(trajectory.turns, index, trajectory.derivations),
        ),
    }
    tools = tuple(tool for tool in trajectory.tools if tool is not withheld)
    return user_extension(*("tool_awareness", "unsupported", trajectory, index, texts), tools=tools)


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


def _late_tool(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let a needed tool be missing: the assistant says so, and the user adds it."""
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
        "user": Text("the user makes the request", said_in(turns, index, trajectory.derivations)),
        "assistant": Text("the assistant says that it has no tool for that"),
        "next_user": Text("the user says that the tool is there now and asks to try again"),
    }
    tool = trajectory.tool(name)
    wanted = f"{name} ({tool.description})" if tool else name
    return user_extension(
        *("tool_awareness", "late_tool", trajectory, index, texts),
        situation=f". It needs the tool {wanted}, which the assistant does not have yet",
        adds=(name,),
    )


KIND = Kind(
    "user",
    (
        Variant("unsupported", _unsupported, _UNSUPPORTED),
        Variant("late_tool", _late_tool, _LATE_TOOL),
    ),
)
