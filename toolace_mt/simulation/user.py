"""The user's role: one message for each beat.

The user never ends the dialogue: it is over once the assistant has reported on the last sub-task. A
user can therefore not stop too early, stop before confirming, or say nothing.
"""

import random

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.seeds import derive_random
from toolace_mt.simulation.beats import Beat
from toolace_mt.simulation.scene import Scene, Setting, reject_repeated
from toolace_mt.texts.constrained import held, read_text, text_schema, worded
from toolace_mt.texts.examples import spoken_text, spoken_usages
from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.slots import in_words, spoken
from toolace_mt.trajectory import JsonObject, Trajectory, Turn

_EXAMPLE_OF = {
    "leave_out": ("clarification", "user"),
    "chat": ("non_fc", "user"),
    "unsupported": ("unsupported", "user"),
    "add_tool": ("late_tool", "next_user"),
}


async def speak(
    trajectory: Trajectory, scene: Scene, beat: Beat, setting: Setting
) -> Turn | Unusable:
    """Return the user's next turn, or Unusable if no answer was readable."""
    rng = derive_random(trajectory.seed, "simulation", "examples", len(trajectory.turns))
    slots = None
    if setting.constrained and not beat.need.names:
        slots = tuple(beat.need.values)
    holds = None if slots is None else held(slots, beat.need.values)
    examples = _examples(scene, beat, setting, holds is not None, rng)
    instruction = render(
        "simulation/user",
        does=beat.does,
        goal=scene.subtask.goal,
        about=beat.about,
        holds=holds,
        said=[spoken(value) for value in beat.need.values.values()],
        names=[in_words(name) for name in beat.need.names],
        examples=examples,
    )
    schema = closed({"message": text_schema(holds, like=" ".join(examples[-1:]))})

    def parse(answer: JsonObject) -> str:
        text = read_text(answer, "message", slots, beat.need.values)
        if reason := reject_repeated(trajectory, "user", text):
            raise Unreadable(reason)
        return text

    text = await setting.ask(trajectory, "user", Question(instruction, schema, parse))
    if isinstance(text, Unusable):
        return text
    return Turn("user", text, subtask=scene.index, injection=beat.injection, adds=beat.adds)


def _examples(
    scene: Scene, beat: Beat, setting: Setting, around: bool, rng: random.Random
) -> list[str]:
    """Return example messages, with this message's values or with those of other dialogues."""
    own = scene.grounding.example.user if around and scene.grounding else ""
    said = (*beat.need.values, *beat.need.names)
    texts: list[str] = []
    if beat.like:
        texts = [beat.like]
    elif beat.does == "request":
        texts = [own] if own else _usual_requests(scene, rng)
    elif beat.does == "leave_out" and own and scene.grounding:
        left_out = next(slot for slot in scene.grounding.user if slot not in said)
        texts = [without_slot(own, left_out)]
    elif beat.does == "supply":
        texts = setting.usual_texts("clarification", "next_user", missing=said[0])
    elif beat.does in _EXAMPLE_OF:
        texts = setting.usual_texts(*_EXAMPLE_OF[beat.does])
    if around:
        return [worded(text, beat.need.values) for text in texts]
    return [spoken_text(text, beat.need.values, rng) for text in texts]


def _usual_requests(scene: Scene, rng: random.Random) -> list[str]:
    names = dict.fromkeys(name for step in scene.subtask.steps for name in step)
    return [usage.user for usage in spoken_usages((scene.tools[name] for name in names), rng)]
