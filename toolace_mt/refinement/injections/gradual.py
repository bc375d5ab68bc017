"""Gradual requests: the user tells several values one by one, each only when asked for it."""

import random
import re

from toolace_mt.refinement.injections.extension import Extension, Text, in_speech
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import Said, said_in
from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import Trajectory, Turn

_EXAMPLES = (
    {
        "user": "I'd like to book a table.",
        "assistant": "Of course. For what day would that be?",
        "next_user": "For {date}.",
        "assistant_2": "And for how many people?",
        "next_user_2": "We are {people}.",
    },
    {
        "user": "Please look for a train for me.",
        "assistant": "Gladly. Where do you want to go?",
        "next_user": "To {city}, please.",
        "assistant_2": "Thank you. What is the day of departure?",
        "next_user_2": "It is {date}.",
    },
)
_THIRD = (
    {"assistant_3": "Under which name shall I do it?", "next_user_3": "Under {name}."},
    {"assistant_3": "What time suits you best?", "next_user_3": "At {time}."},
)
_ASKING = (
    "Of course, what is the {about}?",
    "Could you tell me the {about}?",
    "Thank you. Which {about} do you have in mind?",
    "And what {about} should I use?",
    "I also need the {about}, could you give it to me?",
    "What about the {about}?",
)
_TELLING = (
    "It is {value}.",
    "{value}, please.",
    "Please use {value}.",
    "Sure, {value}.",
    "{value}.",
)


def _withholding(count: int, variant: str) -> Variant:
    """Return the variant in which `count` values are told when asked for."""

    def extend(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
        said = said_in(trajectory.turns, index, trajectory.derivations)
        before = " ".join(turn.content for turn in trajectory.turns[:index]).casefold()
        told = [
            slot
            for slot in dict.fromkeys(said.slots)
            if not slot.startswith("outputs[")
            and spoken(said.values[slot]).casefold() not in before
        ]
        if len(told) < count or not trajectory.turns[index + 1].calls:
            return None
        chosen = set(rng.sample(told, count))
        missing = [slot for slot in told if slot in chosen]
        texts = {"user": Text("the user asks for it, without saying more", _without(said, missing))}
        asking, telling = rng.sample(_ASKING, count), rng.sample(_TELLING, count)
        for number, slot in enumerate(missing):
            words, end = in_speech(slot), f"_{number + 1}" if number else ""
            question = asking[number].replace("{about}", words)
            texts[f"assistant{end}"] = Text(
                f"the assistant asks for the {words}",
                Said(question, (), {}),
                question=True,
                about=words,
            )
            answer = telling[number].replace("{value}", f"{{{slot}}}")
            texts[f"next_user{end}"] = Text(
                "the user tells it, and nothing else",
                Said(answer, (slot,), {slot: said.values[slot]}),
            )
        situation = f". The user tells {count} values only when asked, one after the other:"
        return Extension(
            *("gradual", variant, index, situation, texts, _turns, trajectory.tools),
            in_speech(missing[0]),
        )

    examples: tuple[dict[str, str], ...] = _EXAMPLES
    if count == 3:
        examples = tuple(one | more for one, more in zip(_EXAMPLES, _THIRD, strict=True))
    return Variant(variant, extend, examples)


def _without(said: Said, missing: list[str]) -> Said:
    template = said.template
    for slot in missing:
        alone = re.compile(rf"(?:^| )The [\w ]+ is \{{{re.escape(slot)}\}}\.")
        shorter = alone.sub("", template).strip()
        if shorter in ("", template):
            bare = template.replace(f"'{{{slot}}}'", f"{{{slot}}}")
            shorter = without_slot(bare, slot)
        template = shorter
    slots = tuple(slot for slot in said.slots if slot not in missing)
    kept = {slot: value for slot, value in said.values.items() if slot not in missing}
    return Said(template, slots, kept)


def _turns(written: dict[str, str]) -> tuple[Turn, ...]:
    """Return the written texts as turns; user and assistant take turns."""
    return tuple(
        Turn("assistant" if name.startswith("assistant") else "user", text)
        for name, text in written.items()
    )


KIND = Kind("user", (_withholding(2, "two_values"), _withholding(3, "three_values")))
