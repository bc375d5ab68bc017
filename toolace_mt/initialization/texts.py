"""The user message and the reply around calls that are there already, as slots or as free text."""

import random
from dataclasses import dataclass

from toolace_mt.engine.answers import Unreadable, closed, read_words
from toolace_mt.initialization.grounding import Grounding, ground
from toolace_mt.prompts import layout, render
from toolace_mt.prompts.part import Part
from toolace_mt.slots import fill_slots, slots_in, spoken, text_schema, tidy
from toolace_mt.trajectory import JsonObject, SubTask, Tool, Turn


@dataclass(frozen=True, slots=True)
class Texts:
    """The two texts of a sub-trajectory."""

    user: str
    reply: str


def texts_part(
    before: tuple[Turn, ...],
    subtask: SubTask,
    steps: tuple[Turn, ...],
    tools: dict[str, Tool],
    delexicalized: bool,
    rng: random.Random,
) -> Part[Texts]:
    """Return what asks for both texts of a sub-trajectory; `before` are the turns before it."""
    grounding = ground(before, steps, tools, rng)
    calls = [call for turn in steps for call in turn.calls]
    example = {"user": grounding.example.user, "reply": grounding.example.reply}
    shown = {name: fill_slots(text, grounding.values) for name, text in example.items()}
    instruction = render(
        "initialization/slotted_texts" if delexicalized else "initialization/texts",
        goal=subtask.goal,
        names=[call.name for call in calls],
        calls=[f"{call.name}({layout.compact(call.arguments)})" for call in calls],
        outputs=[layout.compact(output.content) for turn in steps for output in turn.outputs],
        grounding=grounding,
        example=shown,
        said=[spoken(grounding.values[slot]) for slot in dict.fromkeys(grounding.user)],
    )
    return Part(
        instruction,
        _schema(grounding if delexicalized else None),
        lambda answer: _parse(answer, grounding if delexicalized else None),
        example if delexicalized else None,
    )


def _schema(grounding: Grounding | None) -> JsonObject:
    user = text_schema(grounding.user if grounding else None)
    reply = text_schema(grounding.reply if grounding else None, longest=800)
    return closed({"user": user, "reply": reply})


def _parse(answer: JsonObject, grounding: Grounding | None) -> Texts:
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
