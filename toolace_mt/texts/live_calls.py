"""Calls from the seed that are made where they are drawn, in the world of the dialogue.

Values come from what the dialogue knows, from what the world says of itself, or from the schema.
"""

import random
from collections.abc import Sequence

from toolace_mt.schemas.check import check_arguments
from toolace_mt.schemas.draw import draw
from toolace_mt.texts.choices import Choice
from toolace_mt.texts.choosing import Chooser
from toolace_mt.texts.drawn_calls import Drawing, drawings
from toolace_mt.tools.execute import World
from toolace_mt.trajectory import JsonObject, SubTask, Tool, ToolCall, ToolOutput, Turn

_REDRAWS = 8
_TRIES = 4  # calls drawn before one that fails stands


async def draw_live_steps(
    subtask: SubTask,
    index: int,
    tools: dict[str, Tool],
    before: Sequence[Turn],
    rng: random.Random,
    world: World,
    chooser: Chooser | None = None,
) -> tuple[Turn, ...]:
    """Return the calls and real outputs of a sub-task: an assistant and a tool turn for each step.

    `before` are the turns of the dialogue so far. The arguments of later calls come from what
    earlier ones returned; a `chooser` selects them by constraints. Outputs of tools that nothing
    real stands behind are drawn.
    """
    steps = drawings(subtask, index, tools, before, rng, chooser)
    drawing = next(steps)
    while True:
        made = await _draw_in(world, drawing) or drawing.simulated()
        try:
            drawing = steps.send(made)
        except StopIteration as drawn:
            turns: tuple[Turn, ...] = drawn.value
            return turns


async def _draw_in(world: World, drawing: Drawing) -> tuple[ToolCall, ToolOutput] | None:
    """Draw a call and make it; None if no real tool stands behind it.

    What a dialogue asks for usually works: a call that fails is taken back and drawn again. The
    last attempt stands as it comes.
    """
    for attempt in range(_TRIES):
        arguments = await _new(world, drawing, known=attempt < _TRIES // 2)
        choice = await _chosen(world, drawing, arguments)
        call = drawing.call(choice.arguments)
        output = await world.execute(call)
        if output is None:
            return None
        if not output.error or attempt == _TRIES - 1:
            if drawing.chooser:
                drawing.chooser.note(call.id, choice)
            return call, output
        await world.take_back(call)
    return None


async def _chosen(world: World, drawing: Drawing, arguments: JsonObject) -> Choice:
    """Select arguments from what was returned, as far as they make sense in the world."""
    if drawing.chooser is None:
        return Choice(arguments)
    possible = {
        name: await world.candidates(drawing.tool.name, name, _without(arguments, name))
        for name in arguments
    }
    choice = drawing.chooser.choose(drawing.moment(possible), arguments, drawing.rng)
    repeats = (drawing.tool.name, choice.arguments) in drawing.made
    return Choice(arguments) if repeats else choice


def _without(arguments: JsonObject, name: str) -> JsonObject:
    """Return the arguments before `name`."""
    names = list(arguments)
    return {other: arguments[other] for other in names[: names.index(name)]}


async def _new(world: World, drawing: Drawing, *, known: bool) -> JsonObject:
    """Draw arguments for a call that repeats none made before, if there are any."""
    arguments = await _fitting(world, drawing, known=known)
    for _ in range(_REDRAWS):
        if (drawing.tool.name, arguments) not in drawing.made:
            break
        arguments = await _fitting(world, drawing, known=False)
    return arguments


async def _fitting(world: World, drawing: Drawing, *, known: bool) -> JsonObject:
    """Draw arguments, with values that the dialogue or the world knows where there are any."""
    tool, rng = drawing.tool, drawing.rng
    drawn = draw(tool.parameters, rng)
    chosen: JsonObject = {}
    for name, value in drawn.items():
        possible = await world.candidates(tool.name, name, chosen)
        told = drawing.known.get(name)
        fits = told in possible if possible else drawing.goes_on(name)
        if known and told is not None and fits:
            chosen[name] = told
        else:
            chosen[name] = rng.choice(possible) if possible else value
    return drawn if check_arguments(tool, chosen) else chosen
