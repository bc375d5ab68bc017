"""Assistant turns with one error planted: a known difference from what the dialogue says.

A planter takes a turn, its dialogue and a random source. It returns where the error is and the
spoiled turn, or None where the turn has no place for it.
"""

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from toolace_mt.schemas.paths import steps
from toolace_mt.trajectory import JsonObject, ToolCall, Trajectory, Turn
from toolace_mt.verification.provenance.parameters import Leaf, argument_leaves

_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d,]{2,}(?:\.\d+)?(?![\w:/-])")
_CODE = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+")
_OTHER_TYPE: dict[type, Any] = {str: {"value": 1}, int: "a few", float: "plenty", bool: "perhaps"}


class Spoiled(NamedTuple):
    """A turn with an error: its kind, where in the turn it is, and the change in words."""

    kind: str
    path: str
    change: str
    turn: Turn


Place = tuple[str, str, Turn]
"""Path, change in words, spoiled turn."""
Planter = Callable[[Turn, Trajectory, random.Random], Place | None]


def _with_call(turn: Turn, at: int, **changes: Any) -> Turn:
    calls = list(turn.calls)
    calls[at] = replace(calls[at], **changes)
    return replace(turn, calls=tuple(calls))


def _with_value(call: ToolCall, path: str, value: Any) -> JsonObject:
    arguments: JsonObject = json.loads(json.dumps(call.arguments))
    inner: Any = arguments
    *before, last = steps(path)
    for step in before:
        inner = inner[step]
    inner[last] = value
    return arguments


def _leaf(
    turn: Turn, t: Trajectory, rng: random.Random, fits: Callable[[Leaf], bool]
) -> tuple[int, Leaf] | None:
    found = []
    for at, call in enumerate(turn.calls):
        tool = t.tool(call.name)
        leaves = argument_leaves(call.arguments, tool.parameters if tool else {})
        found += [(at, leaf) for leaf, _ in leaves if leaf.path and fits(leaf)]
    return rng.choice(found) if found else None


def _spoil_leaf(turn: Turn, chosen: tuple[int, Leaf], value: Any) -> Place:
    at, leaf = chosen
    arguments = _with_value(turn.calls[at], leaf.path, value)
    path = f"calls[{at}].arguments.{leaf.path}"
    return path, f"{leaf.value!r} -> {value!r}", _with_call(turn, at, arguments=arguments)


def _other_digit(text: str, rng: random.Random) -> str:
    at = rng.choice([match.start() for match in re.finditer(r"\d", text)])
    return text[:at] + rng.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]


def _number(turn: Turn, t: Trajectory, rng: random.Random) -> Place | None:
    def large(leaf: Leaf) -> bool:
        number = type(leaf.value) in (int, float) and abs(leaf.value) >= 10
        return number and re.fullmatch(r"-?\d+(\.\d+)?", str(leaf.value)) is not None

    chosen = _leaf(turn, t, rng, large)
    if chosen is None:
        return None
    value = chosen[1].value
    return _spoil_leaf(turn, chosen, type(value)(_other_digit(str(value), rng)))


def _identifier(turn: Turn, t: Trajectory, rng: random.Random) -> Place | None:
    def code(leaf: Leaf) -> bool:
        return isinstance(leaf.value, str) and _CODE.fullmatch(leaf.value) is not None

    chosen = _leaf(turn, t, rng, code)
    if chosen is None:
        return None
    return _spoil_leaf(turn, chosen, _other_digit(chosen[1].value, rng))


def _name(turn: Turn, t: Trajectory, rng: random.Random) -> Place | None:
    chosen = _leaf(
        turn, t, rng, lambda leaf: leaf.judged_as == "value" and leaf.value[:1].isupper()
    )
    names = ("Ouagadougou", "Quetzaltenango", "Thorvald Ekström", "Wilhelmina Zabriskie")
    return _spoil_leaf(turn, chosen, rng.choice(names)) if chosen else None


def _type(turn: Turn, t: Trajectory, rng: random.Random) -> Place | None:
    chosen = _leaf(turn, t, rng, lambda leaf: type(leaf.value) in _OTHER_TYPE)
    return _spoil_leaf(turn, chosen, _OTHER_TYPE[type(chosen[1].value)]) if chosen else None


def _renamed(turn: Turn, _: Trajectory, rng: random.Random) -> Place | None:
    at = _some_call(turn, rng)
    if at is None or not turn.calls[at].arguments:
        return None
    arguments = dict(turn.calls[at].arguments)
    name = rng.choice(list(arguments))
    wrong = f"{name}_value"
    renamed = {wrong if key == name else key: value for key, value in arguments.items()}
    path = f"calls[{at}].arguments.{wrong}"
    return path, f"{name} -> {wrong}", _with_call(turn, at, arguments=renamed)


def _missing(turn: Turn, t: Trajectory, rng: random.Random) -> Place | None:
    at = _some_call(turn, rng)
    tool = t.tool(turn.calls[at].name) if at is not None else None
    if at is None or tool is None:
        return None
    given = turn.calls[at].arguments
    required = [name for name in tool.parameters.get("required", ()) if name in given]
    if not required:
        return None
    name = rng.choice(required)
    left = {key: value for key, value in given.items() if key != name}
    path = f"calls[{at}].arguments.{name}"
    return path, f"{name} left out", _with_call(turn, at, arguments=left)


def _tool(turn: Turn, t: Trajectory, rng: random.Random) -> Place | None:
    at = _some_call(turn, rng)
    others = [tool.name for tool in t.tools if at is not None and tool.name != turn.calls[at].name]
    if at is None or not others:
        return None
    name = rng.choice(others)
    change = f"{turn.calls[at].name} -> {name}"
    return f"calls[{at}].name", change, _with_call(turn, at, name=name)


def _left_out(turn: Turn, _: Trajectory, rng: random.Random) -> Place | None:
    if len(turn.calls) < 2:
        return None
    at = rng.randrange(len(turn.calls))
    calls = turn.calls[:at] + turn.calls[at + 1 :]
    return f"calls[{at}]", f"{turn.calls[at].name} not called", replace(turn, calls=calls)


def _some_call(turn: Turn, rng: random.Random) -> int | None:
    return rng.randrange(len(turn.calls)) if turn.calls else None


def _said(pattern: re.Pattern[str]) -> Planter:
    """Return the planter that changes a digit of something in a reply."""

    def planted(turn: Turn, _: Trajectory, rng: random.Random) -> Place | None:
        found = [] if turn.calls else list(pattern.finditer(turn.content))
        if not found:
            return None
        match = rng.choice(found)
        wrong = _other_digit(match.group(), rng)
        content = turn.content[: match.start()] + wrong + turn.content[match.end() :]
        path = f"content[{match.start()}:{match.end()}]"
        return path, f"{match.group()!r} -> {wrong!r}", replace(turn, content=content)

    return planted


def _invented(turn: Turn, _: Trajectory, rng: random.Random) -> Place | None:
    if turn.calls or not turn.content:
        return None
    start = len(turn.content)
    added = f" Your reference is QX-{rng.randrange(20000, 90000)}."
    path = f"content[{start}:{start + len(added)}]"
    return path, f"added{added}", replace(turn, content=turn.content + added)


PLANTERS: dict[str, Planter] = {
    "wrong number": _number,
    "wrong identifier": _identifier,
    "wrong name": _name,
    "wrong type": _type,
    "argument renamed": _renamed,
    "argument left out": _missing,
    "wrong tool": _tool,
    "call left out": _left_out,
    "wrong number in a reply": _said(_NUMBER),
    "wrong identifier in a reply": _said(_CODE),
    "invented identifier in a reply": _invented,
}


def spoil(kind: str, turn: Turn, t: Trajectory, rng: random.Random) -> Spoiled | None:
    """Return a turn of a dialogue with an error of that kind, None where it has no place."""
    place = PLANTERS[kind](turn, t, rng)
    return Spoiled(kind, *place) if place and place[2] != turn else None
