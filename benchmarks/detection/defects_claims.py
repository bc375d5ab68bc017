"""Defects that models are known for: calls written as text, and false claims about actions.

Model cards, chat templates and bug reports describe them; `wordings.json` has their wordings. They
are planted without any knowledge of the rules. Every second wording is held out: what is found of
those is one number for all kinds, so that nobody adapts rules to them.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.detection.planting import Defects, pick, with_outputs, with_text, with_turns
from toolace_mt.trajectory import JsonObject, ToolCall, Trajectory

_WORDINGS: JsonObject = json.loads(Path(__file__).with_name("wordings.json").read_text("utf-8"))
_LOOKS = ("get", "list", "search", "find", "check", "track", "view", "query", "read", "lookup")
Exchange = tuple[int, int]
"""The index of a turn of calls whose outputs are followed by a reply, and that of the reply."""


def wordings(kind: str, *, held: bool) -> list[Any]:
    """Return the wordings of a kind: the first, third, ... or, held out, the others."""
    return list(_WORDINGS[kind][int(held) :: 2])


def _exchanges(t: Trajectory, fits: Callable[[ToolCall], bool]) -> list[Exchange]:
    """Return exchanges of one call that fits, asked for in the turn before it."""
    return [
        (i, i + 2)
        for i, turn in enumerate(t.turns[:-2])
        if i
        and len(turn.calls) == 1
        and fits(turn.calls[0])
        and t.turns[i - 1].role == "user"
        and t.turns[i + 1].outputs
        and not t.turns[i + 1].outputs[0].error
        and t.turns[i + 2].role == "assistant"
        and not t.turns[i + 2].calls
    ]


def _looks(call: ToolCall) -> bool:
    return call.name.lower().startswith(_LOOKS)


def _participle(call: ToolCall) -> str:
    words = call.name.lower().replace("-", "_").split("_")
    return next((_WORDINGS["done"][word] for word in words if word in _WORDINGS["done"]), "")


def _acts(call: ToolCall) -> bool:
    return bool(_participle(call)) and not _looks(call)


def _free(t: Trajectory) -> Trajectory:
    """Return a dialogue without its plan, which would tell of a missing call by itself."""
    return replace(t, task=None, turns=tuple(replace(turn, injection=None) for turn in t.turns))


def written(form: str) -> Callable[[Trajectory, random.Random], Trajectory | None]:
    """Return the defect that a reply is a call written as text."""

    def plant(t: Trajectory, rng: random.Random) -> Trajectory | None:
        place = pick(rng, _exchanges(t, lambda call: bool(call.arguments)))
        if place is None:
            return None
        call = t.turns[place[0]].calls[0]
        keywords = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        text = form.format(name=call.name, arguments=arguments, keywords=keywords)
        return with_text(_free(t), place[1], text)

    return plant


def _spoken(
    kind: str, fits: Callable[[ToolCall], bool], outputs: Sequence[Any] = (), *, held: bool
) -> Callable[[Trajectory, random.Random], Trajectory | None]:
    """Return the defect that a reply says one of some wordings, after certain outputs if given."""
    said = wordings(kind, held=held)

    def plant(t: Trajectory, rng: random.Random) -> Trajectory | None:
        place = pick(rng, _exchanges(t, fits))
        if place is None:
            return None
        at, index = place
        done = _participle(t.turns[at].calls[0])
        made = with_text(_free(t), index, rng.choice(said).format(done=done))
        if not outputs:
            return made
        content = rng.choice(outputs)
        answered = [replace(output, content=content) for output in t.turns[at + 1].outputs]
        return with_outputs(made, at + 1, answered)

    return plant


def _without_call(*, held: bool) -> Callable[[Trajectory, random.Random], Trajectory | None]:
    """Return the defect that the call and its output are gone, and the reply claims it was made."""
    said = wordings("successes", held=held)

    def plant(t: Trajectory, rng: random.Random) -> Trajectory | None:
        once = [
            place
            for place in _exchanges(t, _acts)
            if sum(c.name == t.turns[place[0]].calls[0].name for u in t.turns for c in u.calls) == 1
        ]
        place = pick(rng, once)
        if place is None:
            return None
        text = rng.choice(said).format(done=_participle(t.turns[place[0]].calls[0]))
        spoken = with_text(_free(t), place[1], text)
        return with_turns(spoken, place[0], place[0] + 2)

    return plant


def _early(*, held: bool) -> Callable[[Trajectory, random.Random], Trajectory | None]:
    """Return the defect that success is claimed beside the call, before its output is there."""
    said = [text for text in wordings("successes", held=held) if text.startswith("I")]

    def plant(t: Trajectory, rng: random.Random) -> Trajectory | None:
        place = pick(rng, _exchanges(t, _acts))
        if place is None:
            return None
        done = _participle(t.turns[place[0]].calls[0])
        return with_text(_free(t), place[0], rng.choice(said).format(done=done))

    return plant


def _some(call: ToolCall) -> bool:
    return call.name.lower().startswith(("search", "find", "list"))


def _kinds(*, held: bool) -> Defects:
    errors = wordings("errors", held=held)
    return {
        "calls as text": {
            f"call as text, spelling {number}": written(form)
            for number, form in enumerate(wordings("calls", held=held), 1)
        },
        "claims": {
            "success after an error": _spoken("successes", _acts, errors, held=held),
            "success without a call": _without_call(held=held),
            "success before the output": _early(held=held),
            "nothing found over results": _spoken("nothing", _some, held=held),
            "found over an empty result": _spoken(
                "something", _some, ([], {"results": []}), held=held
            ),
            "cannot look, having looked": _spoken("refusals", _looks, held=held),
        },
    }


CLAIMS: Defects = _kinds(held=False)
HELD_OUT: Defects = _kinds(held=True)
