"""Defects of calls and replies: arguments that violate the schema, values without a source."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from benchmarks.detection.planting import (
    Defects,
    Place,
    calls,
    leaves,
    new_number,
    other_digit,
    pick,
    texts,
    unheard,
    with_call,
    with_text,
    with_value,
)
from toolace_mt.trajectory import JsonObject, Trajectory
from toolace_mt.verification.provenance.parameters import Leaf

_OTHER_TYPE: dict[str, Any] = {
    "string": {"value": 1},
    "integer": "a few",
    "number": "plenty",
    "boolean": "perhaps",
    "array": 7,
    "object": "none",
}
_NAMES = ("Ouagadougou", "Wilhelmina Zabriskie", "Quetzaltenango", "Thorvald Ekström", "Ulan Bator")
_NAME = re.compile(r"[A-Z][^\W\d]+(?:[ -][A-Z][^\W\d]+){0,3}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*|\d{4,}")
_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d,]*(?:\.\d+)?(?![\w:/-])(?!\.\d)")


# --- schema --------------------------------------------------------------------------------------


def _arguments(t: Trajectory, fits: Callable[[JsonObject], bool]) -> list[tuple[Place, str]]:
    """Return the places and names of arguments whose schema fits."""
    found = []
    for place in calls(t):
        tool = t.tool(place[2].name)
        declared = tool.parameters.get("properties", {}) if tool else {}
        given = place[2].arguments
        found += [(place, name) for name in given if fits(declared.get(name, {}))]
    return found


def _set(t: Trajectory, place: Place, name: str, value: Any) -> Trajectory:
    return with_call(t, place, arguments=place[2].arguments | {name: value})


def required_missing(t: Trajectory, rng: random.Random) -> Trajectory | None:
    found = [
        (place, name)
        for place in calls(t)
        if (tool := t.tool(place[2].name))
        for name in tool.parameters.get("required", ())
        if name in place[2].arguments
    ]
    chosen = pick(rng, found)
    if chosen is None:
        return None
    place, name = chosen
    left = {key: value for key, value in place[2].arguments.items() if key != name}
    return with_call(t, place, arguments=left)


def wrong_type(t: Trajectory, rng: random.Random) -> Trajectory | None:
    chosen = pick(rng, _arguments(t, lambda schema: schema.get("type") in list(_OTHER_TYPE)))
    if chosen is None:
        return None
    place, name = chosen
    tool = t.tool(place[2].name)
    assert tool is not None  # it has the schema
    return _set(t, place, name, _OTHER_TYPE[tool.parameters["properties"][name]["type"]])


def outside_enum(t: Trajectory, rng: random.Random) -> Trajectory | None:
    chosen = pick(rng, _arguments(t, lambda schema: "enum" in schema))
    return _set(t, *chosen, "none_of_these") if chosen else None


def unknown_argument(t: Trajectory, rng: random.Random) -> Trajectory | None:
    chosen = pick(rng, _arguments(t, lambda schema: True))  # noqa: ARG005
    if chosen is None:
        return None
    place, name = chosen
    extra = rng.choice((f"{name}_2", f"preferred_{name}", "verbose_mode"))
    return _set(t, place, extra, place[2].arguments[name])


def bad_format(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A string is not of the format that its schema names."""
    checked = ("date", "date-time", "time", "email", "uri", "uuid", "ipv4")
    chosen = pick(rng, _arguments(t, lambda schema: schema.get("format") in checked))
    return _set(t, *chosen, rng.choice(("sometime soon", "31/31", "a@b@c"))) if chosen else None


def unknown_tool(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    if place is None:
        return None
    name = place[2].name
    wrong = rng.choice((f"{name}_v2", name[:-1], f"functions.{name}", name.upper()))
    return with_call(t, place, name=wrong) if t.tool(wrong) is None else None


def impossible_name(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return with_call(t, place, name=f"{place[2].name}(city)") if place else None


def not_yet_available(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The user makes a tool available only after it was called."""
    late = [
        (place, index)
        for place in calls(t)
        for index in texts(t, "user")
        if index > place[0] and t.tool(place[2].name)
    ]
    chosen = pick(rng, late)
    if chosen is None:
        return None
    place, index = chosen
    name = place[2].name
    turns = [replace(turn, adds=tuple(a for a in turn.adds if a != name)) for turn in t.turns]
    turns[index] = replace(turns[index], adds=(*turns[index].adds, name))
    return replace(t, turns=tuple(turns))


def no_object(t: Trajectory, rng: random.Random) -> Trajectory | None:
    place = pick(rng, calls(t))
    return with_call(t, place, arguments=rng.choice(([], "{", None))) if place else None


# --- provenance of arguments ---------------------------------------------------------------------


def _leaf(
    t: Trajectory, rng: random.Random, fits: Callable[[Leaf], bool]
) -> tuple[Place, Leaf] | None:
    """Choose a scalar argument; choices, booleans and free texts are judged by other means."""
    literal = ("identifier", "date", "number", "value")
    return pick(rng, [(p, at) for p, at in leaves(t) if at.judged_as in literal and fits(at)])


def id_digit(t: Trajectory, rng: random.Random) -> Trajectory | None:
    chosen = _leaf(t, rng, lambda leaf: _is_code(leaf.value))
    if chosen is None:
        return None
    changed = other_digit(chosen[1].value, rng)
    return with_value(t, *chosen, changed) if unheard(t, changed) else None


def _is_code(value: object) -> bool:
    return isinstance(value, str) and len(value) > 3 and _CODE.fullmatch(value) is not None


def invented_id(t: Trajectory, rng: random.Random) -> Trajectory | None:
    chosen = _leaf(t, rng, lambda leaf: _is_code(leaf.value) or leaf.judged_as == "identifier")
    if chosen is None or not isinstance(chosen[1].value, str):
        return None
    invented = rng.choice((f"ZQ-{rng.randrange(10000, 99999)}", f"q{rng.getrandbits(40):010x}"))
    return with_value(t, *chosen, invented) if unheard(t, invented) else None


def other_date(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A date moves by more than six weeks."""
    chosen = _leaf(t, rng, lambda leaf: isinstance(leaf.value, str) and _day(leaf.value) != "")
    if chosen is None:
        return None
    told = _day(chosen[1].value)
    moved = date.fromisoformat(told) + timedelta(rng.randrange(43, 320))
    spellings = (str(moved), f"{moved:%B} {moved.day}", f"{moved.day} {moved:%B}")
    if not all(unheard(t, spelling) for spelling in spellings):
        return None
    return with_value(t, *chosen, chosen[1].value.replace(told, str(moved)))


def _day(value: str) -> str:
    found = _DAY.match(value)
    try:
        return str(date.fromisoformat(found.group())) if found else ""
    except ValueError:
        return ""


def other_name(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """Another city or person stands where a name was told."""
    chosen = _leaf(
        t, rng, lambda leaf: isinstance(leaf.value, str) and _NAME.fullmatch(leaf.value) is not None
    )
    name = rng.choice(_NAMES)
    return with_value(t, *chosen, name) if chosen and unheard(t, name) else None


def other_amount(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """One digit of a number of two digits or more changes."""
    chosen = _leaf(t, rng, lambda leaf: leaf.judged_as == "number" and abs(leaf.value) >= 10)
    if chosen is None:
        return None
    value = chosen[1].value
    changed = type(value)(other_digit(str(value), rng)) if _plain(value) else value
    return with_value(t, *chosen, changed) if new_number(t, abs(changed)) else None


def _plain(value: float) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", str(value)) is not None


# --- faithfulness of replies ---------------------------------------------------------------------


def _replies(t: Trajectory) -> list[int]:
    """Return the replies after the first output, without chit-chat."""
    first = min((i for i, turn in enumerate(t.turns) if turn.outputs), default=len(t.turns))
    return [i for i in texts(t, "assistant") if i > first and t.turns[i].injection is None]


def _found(t: Trajectory, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    for index in _replies(t):
        for match in pattern.finditer(t.turns[index].content):
            yield index, match


def _rewritten(t: Trajectory, index: int, match: re.Match[str], text: str) -> Trajectory:
    content = t.turns[index].content
    return with_text(t, index, content[: match.start()] + text + content[match.end() :])


def reply_number(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """One digit of a number of three digits or more in a reply changes."""
    long = [(i, m) for i, m in _found(t, _NUMBER) if sum(map(str.isdigit, m.group())) >= 3]
    chosen = pick(rng, long)
    if chosen is None:
        return None
    changed = other_digit(chosen[1].group(), rng)
    number = float(changed.rstrip(",").replace(",", ""))
    return _rewritten(t, *chosen, changed) if new_number(t, number) else None


def reply_id(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """One digit of an identifier in a reply changes."""
    codes = [(i, m) for i, m in _found(t, _CODE) if len(m.group()) >= 5 and not m.group().isdigit()]
    chosen = pick(rng, codes)
    if chosen is None:
        return None
    changed = other_digit(chosen[1].group(), rng)
    return _rewritten(t, *chosen, changed) if unheard(t, changed) else None


def _adding(*sentences: str) -> Callable[[Trajectory, random.Random], Trajectory | None]:
    """Return the defect that a reply ends with one of some sentences about something invented."""

    def added(t: Trajectory, rng: random.Random) -> Trajectory | None:
        index = pick(rng, _replies(t))
        sentence = rng.choice(sentences).format(number=rng.randrange(20000, 90000))
        if index is None or not unheard(t, sentence):
            return None
        return with_text(t, index, f"{t.turns[index].content} {sentence}")

    return added


def reply_name(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A name of several words in a reply is replaced by another one."""
    chosen = pick(rng, list(_found(t, re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+"))))
    if chosen is None:
        return None
    return _rewritten(t, *chosen, "Wilhelmina Zabriskie") if unheard(t, "Zabriskie") else None


def untold(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The only message that tells a value which a call uses no longer does."""
    told = []
    for at, leaf in leaves(t):
        text = str(leaf.value)
        literal = leaf.judged_as in ("identifier", "value", "number")
        if literal and len(text) >= 4 and "default" not in leaf.schema:
            where = [i for i in texts(t, "user") if i < at[0] and text in t.turns[i].content]
            if len(where) == 1:
                told.append((where[0], at[0], text))
    chosen = pick(rng, told)
    if chosen is None:
        return None
    index, place, text = chosen
    silent = with_text(t, index, t.turns[index].content.replace(text, "something"))
    before = replace(silent, turns=silent.turns[:place], tools=())  # examples vouch for nothing
    return silent if unheard(before, text) else None


CALLS: Defects = {
    "schema": {
        "required argument missing": required_missing,
        "wrong type": wrong_type,
        "value outside the enum": outside_enum,
        "unknown argument": unknown_argument,
        "bad format": bad_format,
        "unknown tool": unknown_tool,
        "impossible tool name": impossible_name,
        "tool not available yet": not_yet_available,
        "arguments are no object": no_object,
    },
    "provenance": {
        "digit of an id changed": id_digit,
        "id that occurs nowhere": invented_id,
        "another date": other_date,
        "another city or name": other_name,
        "changed amount": other_amount,
        "value that the user no longer tells": untold,
        "changed number in a reply": reply_number,
        "changed id in a reply": reply_id,
        "invented reference in a reply": _adding(
            "Your reference is QX-{number}.", "Keep ticket #{number}-B at hand."
        ),
        "invented amount in a reply": _adding(
            "A fee of ${number} applies.", "It also costs {number} points."
        ),
        "invented address in a reply": _adding(
            "Write to desk{number}@nowhere.example.", "See https://nowhere.example/{number}."
        ),
    },
    "names": {
        "another name in a reply": reply_name,
        "invented name in a reply": _adding(
            "For more, ask for Wilhelmina Zabriskie.", "It is run by Thorvald Ekwall."
        ),
    },
}
