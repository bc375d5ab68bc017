"""What all defects share: places in a dialogue, and dialogues with one place changed.

A defect is a function of a good dialogue and a random source. It returns the dialogue with that one
defect, or None if the dialogue has no place for it.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from toolace_mt.trajectory import ToolCall, ToolOutput, Trajectory, Turn
from toolace_mt.verification.provenance.parameters import Leaf, argument_leaves
from toolace_mt.verification.provenance.parsing.words import flat

Defect = Callable[[Trajectory, random.Random], Trajectory | None]
Defects = dict[str, dict[str, Defect]]
"""Defects by group and name."""
Place = tuple[int, int, ToolCall]
"""A call: the index of its turn, its position there, itself."""
T = TypeVar("T")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def pick(rng: random.Random, places: Sequence[T]) -> T | None:
    """Return one of some places, None if there are none."""
    return rng.choice(places) if places else None


def texts(t: Trajectory, *roles: str) -> list[int]:
    """Return the indexes of messages: turns of these roles that only say something."""
    return [i for i, turn in enumerate(t.turns) if turn.role in roles and not turn.calls]


def calls(t: Trajectory) -> list[Place]:
    """Return the calls that did not fail (a failed one is meant to have something wrong)."""
    failed = {output.call_id for turn in t.turns for output in turn.outputs if output.error}
    return [
        (index, position, call)
        for index, turn in enumerate(t.turns)
        for position, call in enumerate(turn.calls)
        if call.id not in failed
    ]


def leaves(t: Trajectory) -> list[tuple[Place, Leaf]]:
    """Return every scalar argument of the calls that did not fail, with its schema."""
    found = []
    for place in calls(t):
        tool = t.tool(place[2].name)
        schema = tool.parameters if tool else {}
        found += [(place, leaf) for leaf, _ in argument_leaves(place[2].arguments, schema)]
    return found


def with_turns(t: Trajectory, start: int, stop: int, *turns: Turn) -> Trajectory:
    """Return the dialogue with other turns in place of those from `start` up to `stop`."""
    return replace(t, turns=t.turns[:start] + turns + t.turns[stop:])


def with_text(t: Trajectory, index: int, text: str) -> Trajectory:
    """Return the dialogue with another text in one turn."""
    return with_turns(t, index, index + 1, replace(t.turns[index], content=text))


def with_call(t: Trajectory, place: Place, **changes: Any) -> Trajectory:
    """Return the dialogue with fields of one call changed."""
    index, position, call = place
    made = list(t.turns[index].calls)
    made[position] = replace(call, **changes)
    return with_turns(t, index, index + 1, replace(t.turns[index], calls=tuple(made)))


def with_outputs(t: Trajectory, index: int, outputs: Sequence[ToolOutput]) -> Trajectory:
    """Return the dialogue with other outputs in one turn."""
    return with_turns(t, index, index + 1, replace(t.turns[index], outputs=tuple(outputs)))


def with_value(t: Trajectory, place: Place, leaf: Leaf, value: Any) -> Trajectory:
    """Return the dialogue with one scalar argument changed."""
    arguments = json.loads(json.dumps(place[2].arguments))
    steps = [int(number) if number else key for number, key in _STEP.findall(leaf.path)]
    inner = arguments
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    return with_call(t, place, arguments=arguments)


def again(t: Trajectory, index: int, times: int = 1) -> tuple[Turn, ...]:
    """Return the calls of a turn and their outputs as new turns, `times` over, with fresh ids."""
    made: list[Turn] = []
    for round_ in range(times):
        turn, outputs = t.turns[index], t.turns[index + 1].outputs
        ids = {call.id: f"again{round_}{position:03d}" for position, call in enumerate(turn.calls)}
        repeated = tuple(replace(call, id=ids[call.id]) for call in turn.calls)
        answers = tuple(replace(o, call_id=ids.get(o.call_id, o.call_id)) for o in outputs)
        made += [replace(turn, calls=repeated), replace(t.turns[index + 1], outputs=answers)]
    return tuple(made)


def everything(t: Trajectory) -> str:
    """Return all that the dialogue says, with its tools: what is not in here is invented."""
    parts = [t.system, *(turn.content for turn in t.turns)]
    parts += [json.dumps(o.content, ensure_ascii=False) for turn in t.turns for o in turn.outputs]
    parts += [
        json.dumps(call.arguments, ensure_ascii=False) for turn in t.turns for call in turn.calls
    ]
    parts += [f"{tool.name} {tool.description} {json.dumps(tool.parameters)}" for tool in t.tools]
    return "\n".join(parts)


def unheard(t: Trajectory, value: str) -> bool:
    """Tell whether a text stands nowhere in a dialogue, not even inside another word."""
    return flat(value).strip() not in flat(everything(t))


def new_number(t: Trajectory, value: float) -> bool:
    """Tell whether a number stands nowhere in a dialogue."""
    known = {float(found.replace(",", "")) for found in _NUMBER.findall(everything(t))}
    return all(abs(float(value) - number) > 0.005 for number in known)


def other_digit(text: str, rng: random.Random) -> str:
    """Return a text with one of its digits changed (never to or from a leading zero)."""
    at = rng.choice([match.start() for match in re.finditer(r"\d", text)])
    return text[:at] + rng.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]
