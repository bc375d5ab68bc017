"""What the assistant thinks before it calls: written once the calls are there, and checked.

A text that names a tool or a value which nobody can know at that point is asked for again, and left
out if no attempt passes. The rule `reasoning` decides.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import compact, render
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import RefinementConfig
from toolace_mt.refinement.draft import with_turns
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.texts.constrained import held, read_text, text_schema, worded
from toolace_mt.texts.slots import SlotNames, in_words
from toolace_mt.trajectory import Finding, JsonObject, Trajectory, Turn

_LONGEST = 400  # characters
_RULE = "reasoning"
_WORDINGS = (
    "For this I call {tool} with {value}.",
    "The user wants an answer about {value}, so {tool} is the right tool.",
    "I have what {tool} needs, which is {value}.",
    "The next step is {tool} for {value}.",
)
_BARE = ("For this I call {tool}.", "The next step is {tool}, which needs nothing else.")


async def reason(
    trajectory: Trajectory,
    generate: Generate,
    config: RefinementConfig,
    check: Callable[[Trajectory], tuple[Finding, ...]],
    *,
    constrained: bool,
) -> Trajectory:
    """Return the dialogue with reasoning on its turns of calls, if `config` asks for it.

    Each is one model call. A turn whose calls all fail on purpose gets none. With `constrained`,
    the grammar holds the names of the tools and some of the values.
    """
    if not config.reasoning or trajectory.failure:
        return trajectory
    indexes = [index for index, turn in enumerate(trajectory.turns) if _is_meant(trajectory, index)]

    async def written(index: int) -> str:
        said = await ask(
            _question(trajectory, index, check, constrained),
            *(trajectory, generate, config.sampling),
            stage="refinement",
            kind="reasoning",
            slot=str(index),
            seed=derive_seed(trajectory.seed, "refinement", "reasoning", index),
            shown="" if constrained else layout.context(trajectory, only=range(index)),
            tools=not constrained,
        )
        return "" if isinstance(said, Unusable) else said

    texts = await asyncio.gather(*map(written, indexes))
    turns = {
        index: replace(trajectory.turns[index], reasoning=text)
        for index, text in zip(indexes, texts, strict=True)
        if text
    }
    return with_turns(trajectory, turns) if turns else trajectory


def _is_meant(trajectory: Trajectory, index: int) -> bool:
    turns = trajectory.turns
    outputs = turns[index + 1].outputs if index + 1 < len(turns) else ()
    return bool(turns[index].calls) and not all(output.error for output in outputs)


def _question(
    trajectory: Trajectory,
    index: int,
    check: Callable[[Trajectory], tuple[Finding, ...]],
    constrained: bool,
) -> Question[str]:
    turn = trajectory.turns[index]
    template, values = _example(turn, derive_random(trajectory.seed, "reasoning", index))
    slots = tuple(values)
    holds = held(slots, values) if constrained else None
    instruction = render(
        "refinement/reasoning",
        held=holds,
        calls=[f"{call.name}({compact(call.arguments)})" for call in turn.calls],
    )

    def parse(answer: JsonObject) -> str:
        text = read_text(answer, "reasoning", slots if constrained else None, values)
        thought = with_turns(trajectory, {index: replace(turn, reasoning=text)})
        wrong = [f.message for f in check(thought) if f.check == _RULE and f.turn == index]
        if wrong:
            raise Unreadable(wrong[0])
        return text

    example = worded(template, values)
    language = trajectory.scenario.language
    schema = text_schema(holds, like=example, longest=_LONGEST, language=language)
    shown = {"reasoning": example} if constrained else None
    return Question(instruction, closed({"reasoning": schema}), parse, shown)


def _example(turn: Turn, rng: random.Random) -> tuple[str, dict[str, str]]:
    """Return what could be thought before the calls of a turn, with slots, and their values."""
    said: list[str] = []
    values: dict[str, str] = {}
    for number, call in enumerate(turn.calls, 1):
        names = SlotNames()
        names.of_arguments(call)
        told = [(slot, value) for slot, value in names.values.items() if len(str(value)) <= 40]
        wording = rng.choice(_WORDINGS if told else _BARE)
        tool, value = f"tool_{number}", f"value_{number}"
        ends = {"{tool}": (tool, call.name)}
        if told:
            slot, spoken = rng.choice(told)
            ends["{value}"] = (value, spoken)
            wording = wording.replace("{value}", f"the {in_words(slot)} {{value}}")
        for mark in sorted(ends, key=wording.index):
            name, held_value = ends[mark]
            values[name] = held_value
            wording = wording.replace(mark, f"{{{name}}}")
        said.append(wording)
    return " ".join(said), values
