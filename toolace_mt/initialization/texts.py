"""The user message and the reply of a sub-trajectory whose calls exist, constrained or free."""

import random
from dataclasses import dataclass

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.texts.constrained import held, read_text, text_schema, worded
from toolace_mt.texts.constraints import Selected
from toolace_mt.texts.grounding import Grounding, ground
from toolace_mt.texts.requests import about
from toolace_mt.texts.slots import fill_slots, spoken
from toolace_mt.trajectory import JsonObject, SubTask, Tool, Turn


@dataclass(frozen=True, slots=True)
class Texts:
    """The two texts of a sub-trajectory: the user message and the reply."""

    user: str
    reply: str


def drafted_texts(
    before: tuple[Turn, ...],
    steps: tuple[Turn, ...],
    tools: dict[str, Tool],
    rng: random.Random,
    selected: Selected | None = None,
) -> Texts:
    """Return both texts of a sub-trajectory as its tools' usage examples phrase them."""
    grounding = ground(before, steps, tools, rng, selected)
    example = grounding.example
    return Texts(*(fill_slots(text, grounding.values) for text in (example.user, example.reply)))


def texts_question(
    before: tuple[Turn, ...],
    subtask: SubTask,
    steps: tuple[Turn, ...],
    tools: dict[str, Tool],
    constrained: bool,
    rng: random.Random,
    selected: Selected | None = None,
    language: str = "",
) -> Question[Texts]:
    """Return the question for both texts of a sub-trajectory.

    `before` are the turns before it, `steps` its calls and outputs. With `constrained`, the grammar
    holds the values that the texts must contain; in place of a `selected` argument, it holds the
    phrase that asks for it.
    """
    grounding = ground(before, steps, tools, rng, selected)
    calls = [call for turn in steps for call in turn.calls]
    example = {"user": grounding.example.user, "reply": grounding.example.reply}
    put = worded if constrained else fill_slots
    shown = {name: put(text, grounding.values) for name, text in example.items()}
    instruction = render(
        "initialization/texts_around" if constrained else "initialization/texts",
        goal=subtask.goal,
        about=about(tools[call.name] for call in calls),
        names=[call.name for call in calls],
        calls=[f"{call.name}({layout.compact(call.arguments)})" for call in calls],
        outputs=[layout.compact(output.content) for turn in steps for output in turn.outputs],
        user_holds=held(grounding.user, grounding.values),
        reply_holds=held(grounding.reply, grounding.values),
        example=shown,
        said=[spoken(grounding.values[slot]) for slot in dict.fromkeys(grounding.user)],
    )
    return Question(
        instruction,
        _schema(grounding if constrained else None, shown, language),
        lambda answer: _parse(answer, grounding if constrained else None),
        shown if constrained else None,
    )


def _schema(grounding: Grounding | None, like: dict[str, str], language: str) -> JsonObject:
    if grounding is None:
        return closed({"user": text_schema(None), "reply": text_schema(None, longest=800)})
    holds = {"user": grounding.user, "reply": grounding.reply}
    return closed(
        {
            name: text_schema(held(slots, grounding.values), like=like[name], language=language)
            for name, slots in holds.items()
        }
    )


def _parse(answer: JsonObject, grounding: Grounding | None) -> Texts:
    values = grounding.values if grounding else {}
    return Texts(
        read_text(answer, "user", grounding.user if grounding else None, values),
        read_text(answer, "reply", grounding.reply if grounding else None, values),
    )
