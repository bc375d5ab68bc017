"""The user message and the reply around calls that are there already, as slots or as free text."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from toolace_mt.engine.answers import Unreadable, closed, read_object, read_words
from toolace_mt.engine.base import Request
from toolace_mt.initialization.grounding import Grounding, ground
from toolace_mt.prompts import layout, render
from toolace_mt.slots import fill_slots, slots_in, spoken, text_schema, tidy
from toolace_mt.trajectory import JsonObject, SubTask, Tool, Trajectory, Turn


@dataclass(frozen=True, slots=True)
class Texts:
    """The two texts of a sub-trajectory."""

    user: str
    reply: str


def texts_call(
    base: Request,
    trajectory: Trajectory,
    subtask: SubTask,
    steps: tuple[Turn, ...],
    tools: dict[str, Tool],
    delexicalized: bool,
    rng: random.Random,
) -> tuple[Request, Callable[[str], Texts]]:
    """Return the request for both texts, and the parser of its answer."""
    grounding = ground(trajectory.turns, steps, tools, rng)
    calls = [call for turn in steps for call in turn.calls]
    instruction = render(
        "initialization/slotted_texts" if delexicalized else "initialization/texts",
        goal=subtask.goal,
        names=[call.name for call in calls],
        calls=[f"{call.name}({layout.compact(call.arguments)})" for call in calls],
        outputs=[layout.compact(output.content) for turn in steps for output in turn.outputs],
        grounding=grounding,
        said=[spoken(grounding.values[slot]) for slot in dict.fromkeys(grounding.user)],
    )
    context = layout.slotted_context(trajectory) if delexicalized else base.user
    request = replace(
        base,
        kind="texts",
        user=f"{context}\n\n{instruction}",
        schema=_schema(grounding if delexicalized else None),
    )
    return request, lambda text: _parse(text, grounding if delexicalized else None)


def _schema(grounding: Grounding | None) -> JsonObject:
    user = text_schema(grounding.user if grounding else None)
    reply = text_schema(grounding.reply if grounding else None, longest=800)
    return closed({"user": user, "reply": reply})


def _parse(text: str, grounding: Grounding | None) -> Texts:
    answer = read_object(text)
    user, reply = read_words(answer, "user"), read_words(answer, "reply")
    if grounding is None:
        return Texts(user, reply)
    for name, template, slots in (
        ("user", user, grounding.user),
        ("reply", reply, grounding.reply),
    ):
        if set(slots_in(template)) != set(slots):
            raise Unreadable(f"{name}: slots {slots_in(template)}, expected {slots}")
    values = grounding.values
    return Texts(fill_slots(tidy(user), values), fill_slots(tidy(reply), values))
