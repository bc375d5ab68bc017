"""Defects of meaning: values that occur in the dialogue and are wrong in their place.

Currency and unit signs, dates a week off, an identifier in place of a date, the number of another
field, two values exchanged, a value that has changed since. The kinds come from reports about
tool-calling models; nothing here depends on how the rules judge.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from toolace_mt.schemas.paths import leaf_steps
from toolace_mt.trajectory import ToolCall, Trajectory, Turn

_SIGNS = "$€£"
_UNITS = {
    **{"km": "miles", "kilometers": "miles", "miles": "km", "minutes": "hours", "hours": "days"},
    **{"kg": "lb", "°C": "°F", "℃": "℉", "GB": "MB", "MB": "GB", "days": "weeks"},
}
_MONEY = re.compile(r"([$€£])(\d[\d,.]*\d)|(\d[\d,.]*\d) ?€")
_MEASURE = re.compile(rf"(\d) ?({'|'.join(map(re.escape, _UNITS))})(?![A-Za-z])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(r"(?=[\w#-]*\d)(?=[\w#-]*[A-Za-z])[\w#-]{4,24}")
_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d,]*(?:\.\d+)?(?![\w:/-])(?!\.\d)")
_ENDS = (("from", "to"), ("origin", "destination"), ("start", "end"), ("check_in", "check_out"))


def other_currency(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A reply gives an amount in another currency."""
    places = [(i, m) for i in _replies(t) for m in _MONEY.finditer(t.turns[i].content)]
    if not places:
        return None
    index, match = rng.choice(places)
    sign = rng.choice([s for s in _SIGNS if s != (match[1] or "€")])
    return _rewritten(t, index, match, f"{sign}{match[2] or match[3]}")


def other_unit(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A reply gives a measure in another unit, unconverted."""
    places = [(i, m) for i in _replies(t) for m in _MEASURE.finditer(t.turns[i].content)]
    if not places:
        return None
    index, match = rng.choice(places)
    return _rewritten(t, index, match, f"{match[1]} {_UNITS[match[2]]}")


def week_later(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A date in a call is a week later than it was told."""
    places = [
        (i, p, steps, value)
        for i, p, steps, value in _values(t)
        if isinstance(value, str) and _DAY.match(value)
    ]
    if not places:
        return None
    index, position, steps, value = rng.choice(places)
    later = date.fromisoformat(value[:10]) + timedelta(7)
    said = f"{t.system} {' '.join(turn.content for turn in t.turns[:index])}"
    if str(later) in said or re.search(rf"\b{later.day}(?:st|nd|rd|th)?\b", said):
        return None
    return _with(t, index, position, steps, f"{later}{value[10:]}")


def identifier_as_date(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A date and an identifier of one call stand in each other's place."""
    for index, position, call in _shuffled(t, rng):
        leaves = [(s, v) for s, v in leaf_steps(call.arguments) if isinstance(v, str)]
        days = [(s, v) for s, v in leaves if _DAY.fullmatch(v)]
        codes = [(s, v) for s, v in leaves if _CODE.fullmatch(v) and not _DAY.match(v)]
        if days and codes:
            (at, day), (there, code) = rng.choice(days), rng.choice(codes)
            return _with(_with(t, index, position, at, code), index, position, there, day)
    return None


def swapped(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """Where something begins and where it ends stand in each other's place."""
    for index, position, call in _shuffled(t, rng):
        given = call.arguments if isinstance(call.arguments, dict) else {}
        for first, second in _ENDS:
            one = [key for key in given if first in key and isinstance(given[key], str)]
            two = [key for key in given if second in key and isinstance(given[key], str)]
            if len(one) == len(two) == 1 and one != two and given[one[0]] != given[two[0]]:
                changed = given | {one[0]: given[two[0]], two[0]: given[one[0]]}
                return _with_call(t, index, position, replace(call, arguments=changed))
    return None


def other_field(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A reply gives the number of one field where that of another was told."""
    places = []
    for index in _replies(t):
        told = {v: s for s, v in _outputs(t, index) if type(v) in (int, float) and abs(v) > 9}
        for match in _NUMBER.finditer(t.turns[index].content):
            value = _value(match)
            if value in told:
                others = [v for v, s in told.items() if v != value and s[-1:] != told[value][-1:]]
                others = [v for v in others if str(v) not in t.turns[index].content]
                places += [(index, match, other) for other in others]
    if not places:
        return None
    index, match, other = rng.choice(places)
    return _rewritten(t, index, match, f"{other:,}" if "," in match[0] else str(other))


def overtaken(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A reply gives the number that a field had in an earlier output and has no more."""
    places = []
    for index in _replies(t):
        seen: dict[Any, Any] = {}
        for steps, value in _outputs(t, index, all_before=True):
            if type(value) not in (int, float) or not steps or isinstance(steps[-1], int):
                continue
            before = seen.get(steps)
            seen[steps] = value
            if before is not None and before != value:
                found = _NUMBER.finditer(t.turns[index].content)
                places += [(index, m, before) for m in found if _value(m) == value]
    if not places:
        return None
    index, match, before = rng.choice(places)
    digits = len(match[0].partition(".")[2])
    return _rewritten(t, index, match, f"{before:.{digits}f}" if digits else str(before))


def _value(match: re.Match[str]) -> float:
    return float(match[0].replace(",", ""))


def _replies(t: Trajectory) -> list[int]:
    first = min((i for i, turn in enumerate(t.turns) if turn.outputs), default=len(t.turns))
    said = [i for i, turn in enumerate(t.turns) if turn.role == "assistant" and not turn.calls]
    return [i for i in said if i > first]


def _outputs(t: Trajectory, index: int, *, all_before: bool = False) -> Iterator[tuple[Any, Any]]:
    """Yield the scalars of the outputs since the user last spoke, or of all before a reply."""
    begin = 0
    if not all_before:
        begin = max((i for i in range(index) if t.turns[i].role == "user"), default=0)
    for turn in t.turns[begin:index]:
        for output in turn.outputs:
            yield from leaf_steps(output.content)


def _shuffled(t: Trajectory, rng: random.Random) -> list[tuple[int, int, ToolCall]]:
    places = [(i, p, call) for i, turn in enumerate(t.turns) for p, call in enumerate(turn.calls)]
    rng.shuffle(places)
    return places


def _values(t: Trajectory) -> Iterator[tuple[int, int, Any, Any]]:
    for index, turn in enumerate(t.turns):
        for position, call in enumerate(turn.calls):
            for steps, value in leaf_steps(call.arguments):
                yield index, position, steps, value


def _with(t: Trajectory, index: int, position: int, steps: Any, value: Any) -> Trajectory:
    call = t.turns[index].calls[position]
    changed = _set(call.arguments, steps, value)
    return _with_call(t, index, position, replace(call, arguments=changed))


def _set(inside: Any, steps: Any, value: Any) -> Any:
    if not steps:
        return value
    if isinstance(inside, list):
        return [
            _set(item, steps[1:], value) if place == steps[0] else item
            for place, item in enumerate(inside)
        ]
    return inside | {steps[0]: _set(inside[steps[0]], steps[1:], value)}


def _with_call(t: Trajectory, index: int, position: int, call: ToolCall) -> Trajectory:
    calls = list(t.turns[index].calls)
    calls[position] = call
    return _with_turn(t, index, replace(t.turns[index], calls=tuple(calls)))


def _rewritten(t: Trajectory, index: int, match: re.Match[str], text: str) -> Trajectory:
    content = t.turns[index].content
    changed = content[: match.start()] + text + content[match.end() :]
    return _with_turn(t, index, replace(t.turns[index], content=changed))


def _with_turn(t: Trajectory, index: int, turn: Turn) -> Trajectory:
    return replace(t, turns=(*t.turns[:index], turn, *t.turns[index + 1 :]))


MEANING = {
    "meaning": {
        "amount in another currency": other_currency,
        "measure in another unit": other_unit,
        "date a week later": week_later,
        "identifier and date swapped": identifier_as_date,
        "begin and end swapped": swapped,
        "number of another field": other_field,
        "number that has changed since": overtaken,
    }
}
