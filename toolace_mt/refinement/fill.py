"""Mask-and-fill: masked turns are written anew, in one call or in several."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import one_line, render
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import RefinementConfig
from toolace_mt.refinement.hints import Hint
from toolace_mt.refinement.mask import as_shown
from toolace_mt.refinement.said import Said, in_other_words, stating
from toolace_mt.schemas.narrow import decodable
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.texts.constrained import held, read_text, text_schema, worded
from toolace_mt.texts.examples import spoken_usages
from toolace_mt.texts.requests import about
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import JsonObject, Trajectory, Turn

_ANY_OUTPUT: JsonObject = {"type": "string", "maxLength": 300}


@dataclass(frozen=True, slots=True)
class Mask:
    """A masked turn: its name in the answer, its index, its present content, and what is wrong.

    `said` are the values that its text states. `around` means that the grammar holds these values.
    """

    name: str
    index: int
    turn: Turn
    said: Said
    hints: tuple[Hint, ...]
    around: bool


Fills = dict[int, Turn]


async def fill(
    trajectory: Trajectory,
    masked: tuple[int, ...],
    round: int,
    generate: Generate,
    config: RefinementConfig,
    hints: Mapping[int, tuple[Hint, ...]],
    *,
    constrained: bool,
) -> tuple[Fills, tuple[Unusable, ...]]:
    """Return the new turns by index, and the reasons of calls that gave no usable answer.

    `hints` say what is wrong with some of the masked turns. The grammar then makes their texts
    contain the values they have to state, and no other number: a weak model that is merely told so
    copies the numbers of its examples.

    `config.context` decides how much of the dialogue every call is shown. `config.fill` decides
    which turns are written in one call. All calls run concurrently.
    """
    rng = derive_random(trajectory.seed, "refinement", round, "words")
    masks = [_mask(trajectory, i, rng, hints.get(i, ()), constrained, config) for i in masked]
    answers = await asyncio.gather(
        *(
            _fill_group(trajectory, masked, group, round, generate, config)
            for group in _groups(masks, config.fill)
        )
    )
    fills: Fills = {}
    for answer in answers:
        if not isinstance(answer, Unusable):
            fills |= answer
    return fills, tuple(answer for answer in answers if isinstance(answer, Unusable))


def _mask(
    trajectory: Trajectory,
    index: int,
    rng: random.Random,
    hints: tuple[Hint, ...],
    constrained: bool,
    config: RefinementConfig,
) -> Mask:
    turn, said = trajectory.turns[index], in_other_words(trajectory, index, rng)
    text = not turn.calls and not turn.outputs
    if constrained:  # the grammar and the example already hold the right values
        # An example alone does not tell who speaks: the name does.
        name = f"{turn.role if text and config.context == 'examples' else 'turn'}_{index}"
        return Mask(name, index, turn, said, () if text else hints, around=text)
    states = tuple(value for hint in hints for value in hint.states)
    held = stating(said, states)
    return Mask(f"turn_{index}", index, turn, held, hints, around=text and bool(hints))


def _groups(masks: list[Mask], fill: str) -> list[list[Mask]]:
    """Return the masks in groups, one for each call."""
    if fill == "together":
        return [masks] if masks else []
    key = attrgetter("turn.subtask" if fill == "by_subtask" else "index")
    return [list(group) for _, group in groupby(masks, key)]


async def _fill_group(
    trajectory: Trajectory,
    masked: tuple[int, ...],
    group: list[Mask],
    round: int,
    generate: Generate,
    config: RefinementConfig,
) -> Fills | Unusable:
    # Where the grammar holds the values, the example is the turns' present texts, unless they are
    # wrong: the dialogue need not be shown.
    shows_all = all(mask.around and not mask.hints for mask in group)
    bare = config.context in ("turns", "examples") and shows_all
    around = "fill_examples" if config.context == "examples" else "fill_around"
    question = Question(
        _instruction(trajectory, group, around if shows_all else "fill"),
        closed({mask.name: _turn_schema(trajectory, mask) for mask in group}),
        lambda answer: {mask.index: _filled(mask, answer) for mask in group},
        _said_now(group) if shows_all else None,
    )
    return await ask(
        question,
        *(trajectory, generate, config.sampling),
        stage="refinement",
        kind="fill",
        round=round,
        slot="-".join(str(mask.index) for mask in group),
        seed=derive_seed(trajectory.seed, "refinement", round, "fill"),
        shown="" if bare else as_shown(trajectory, masked, config),
        tools=not bare,
        answers=len({mask.turn.subtask for mask in group}),
    )


def _said_now(group: list[Mask]) -> JsonObject:
    return {mask.name: worded(mask.said.template, mask.said.values) for mask in group}


def _instruction(trajectory: Trajectory, group: list[Mask], template: str) -> str:
    unused, goals = _unknown(trajectory, group) if template != "fill" else ([], [])
    return render(
        f"refinement/{template}",
        about=unused,
        goals=goals,
        masks=[
            {
                "name": mask.name,
                "index": mask.index,
                "turn": mask.turn,
                "around": mask.around,
                "holds": held(mask.said.slots, mask.said.values),
                "said": [spoken(value) for value in mask.said.values.values()],
                "hints": mask.hints,
                "usual": "" if mask.around else _usual(trajectory, mask),
            }
            for mask in group
        ],
    )


def _unknown(trajectory: Trajectory, group: list[Mask]) -> tuple[list[str], list[str]]:
    """Return lines about tools without usage examples, and the goals that they serve.

    They are of the masked turns' sub-tasks. Without them, a prompt that shows neither tools nor
    dialogue would not say what the texts are about.
    """
    places = dict.fromkeys(m.turn.subtask for m in group if m.turn.subtask >= 0)
    called = {
        place: [
            trajectory.tool(c.name) for t in trajectory.turns if t.subtask == place for c in t.calls
        ]
        for place in places
    }
    lines = {place: about(filter(None, tools)) for place, tools in called.items()}
    task = trajectory.task.subtasks if trajectory.task else ()
    goals = [task[place].goal for place in places if lines[place] and place < len(task)]
    return list(dict.fromkeys(chain(*lines.values()))), [one_line(goal) for goal in goals]


def _usual(trajectory: Trajectory, mask: Mask) -> str:
    """Return the text of a usage example of a tool in the turn's sub-task, "" if there is none."""
    turn = mask.turn
    if turn.calls or turn.outputs or turn.injection or turn.subtask < 0:
        return ""
    made = (t for t in trajectory.turns if t.subtask == turn.subtask)
    names = dict.fromkeys(call.name for t in made for call in t.calls)
    rng = derive_random(trajectory.seed, "refinement", len(trajectory.edits), "examples")
    usages = spoken_usages(filter(None, map(trajectory.tool, names)), rng)
    return " ".join(u.user if turn.role == "user" else u.reply for u in usages)


def _turn_schema(trajectory: Trajectory, mask: Mask) -> JsonObject:
    if mask.turn.calls:
        names = [call.name for call in mask.turn.calls]
        wanted: list[Any] = [_of_tool(trajectory, name, "parameters") for name in names]
    elif mask.turn.outputs:
        names = [call.name for call in trajectory.turns[mask.index - 1].calls]
        wanted = [_of_tool(trajectory, name, "returns") for name in names]
    else:
        said = mask.said
        if not mask.around:
            return text_schema(None)
        return text_schema(
            held(said.slots, said.values),
            like=worded(said.template, said.values),
            language=trajectory.scenario.language,
        )
    return closed(
        {
            f"{place}_{name}": schema
            for place, (name, schema) in enumerate(zip(names, wanted, strict=True), 1)
        }
    )


def _of_tool(trajectory: Trajectory, name: str, which: str) -> JsonObject:
    tool = trajectory.tool(name)
    schema = getattr(tool, which, None)
    return decodable(schema) if schema else _ANY_OUTPUT


def _filled(mask: Mask, answer: JsonObject) -> Turn:
    name, turn = mask.name, mask.turn
    if not turn.calls and not turn.outputs:
        slots = mask.said.slots if mask.around else None
        return replace(turn, content=read_text(answer, name, slots, mask.said.values))
    entry = answer.get(name)
    entries = list(entry.values()) if isinstance(entry, dict) else []
    if len(entries) != len(turn.calls or turn.outputs):
        raise Unreadable(f"{name}: {len(entries)} entries")
    if turn.outputs:
        pairs = zip(turn.outputs, entries, strict=True)
        return replace(turn, outputs=tuple(replace(o, content=value) for o, value in pairs))
    if not all(isinstance(value, dict) for value in entries):
        raise Unreadable(f"{name}: arguments are no object")
    calls = zip(turn.calls, entries, strict=True)
    return replace(turn, calls=tuple(replace(call, arguments=value) for call, value in calls))
