"""Scores what a model answers to a task, with nothing but the standard library.

The key of a task is a JSON object, or the text of one:

- `expects`: "calls" or "reply".
- `calls`: the calls to be made, in any order, each with `name`, `arguments`, and
  `rules`: by path of a value what counts as right there (see `values`); exact without a rule;
  `optional`: by path of an argument that may be left out, the list of values it then stands for.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolace_mt.schemas.paths import child
from toolace_mt.tasks.values import right, same

_DEEPEST = 64
_SHOWN = 60
_Call = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """Whether an answer is right: `reward` is 1.0 or 0.0, `reasons` say what is wrong with it."""

    reward: float
    reasons: tuple[str, ...] = ()


def score(task: Mapping[str, Any] | str, message: Any) -> Score:
    """Score an assistant's message by the key of a task.

    `message` is an OpenAI message (arguments as objects or as JSON text), or a text, which calls
    nothing. Whatever a model has written there is scored; nothing of it raises.
    Raises ValueError for a key that is none.
    """
    key = _read_key(task)
    content, calls = _read_message(message)
    if isinstance(calls, str):
        return Score(0.0, (calls,))
    if key["expects"] == "reply":
        if calls:
            return Score(0.0, (f"a reply was expected, {_shown(calls[0][0])} was called",))
        return Score(1.0) if content.strip() else Score(0.0, ("the reply is empty",))
    reasons = tuple(_compare_calls(key["calls"], calls))
    return Score(0.0 if reasons else 1.0, reasons)


def _read_key(task: Mapping[str, Any] | str) -> Mapping[str, Any]:
    key = json.loads(task) if isinstance(task, str) else task
    if not isinstance(key, Mapping) or key.get("expects") not in ("calls", "reply"):
        raise ValueError("a key of a task is an object whose `expects` is 'calls' or 'reply'")
    return key


def _read_message(message: Any) -> tuple[str, list[_Call] | str]:
    """Return a message's text and its calls, or in words why these cannot be read."""
    if isinstance(message, str):
        return message, []
    if not isinstance(message, Mapping):
        return "", f"a message is an object or a text, not {type(message).__name__}"
    content, made = message.get("content"), message.get("tool_calls") or ()
    text = content if isinstance(content, str) else ""
    if not isinstance(made, Sequence) or isinstance(made, str):
        return text, "`tool_calls` is no list"
    calls: list[_Call] = []
    for number, call in enumerate(made):
        read = _read_call(call)
        if isinstance(read, str):
            return text, f"call {number}: {read}"
        calls.append(read)
    return text, calls


def _read_call(call: Any) -> _Call | str:
    function = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return "it has no name"
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return "its arguments are no JSON"
    if not isinstance(arguments, dict):
        return "its arguments are no object"
    return function["name"], arguments


def _compare_calls(wanted: Sequence[Mapping[str, Any]], given: Sequence[_Call]) -> Iterator[str]:
    if len(given) != len(wanted):
        yield f"{len(wanted)} calls were expected, {len(given)} were made"
    faults = [[_faults(want, call) for call in given] for want in wanted]
    matched = _match([[not found for found in row] for row in faults])
    for number, want in enumerate(wanted):
        if number not in matched.values():
            free = [row for at, row in enumerate(faults[number]) if at not in matched]
            yield min(free, key=len)[0] if free else f"{want['name']} was not called"
    if len(given) == len(wanted):
        return
    for at, (name, _) in enumerate(given):
        if at not in matched:
            yield f"{_shown(name)}: this call was not expected"


def _match(fits: list[list[bool]]) -> dict[int, int]:
    """Return a largest matching of calls made (keys) with calls expected, by augmenting paths."""
    matched: dict[int, int] = {}

    def place(want: int, tried: set[int]) -> bool:
        for at, fit in enumerate(fits[want]):
            if fit and at not in tried:
                tried.add(at)
                if at not in matched or place(matched[at], tried):
                    matched[at] = want
                    return True
        return False

    for want in range(len(fits)):
        place(want, set())
    return matched


def _faults(want: Mapping[str, Any], call: _Call) -> list[str]:
    name, arguments = call
    if name != want["name"]:
        return [f"{want['name']} was expected, {_shown(name)} was called"]
    found = _differences("", arguments, want["arguments"], want)
    return [f"{name}: {fault}" for fault in found]


def _differences(
    path: str, given: Any, wanted: Any, want: Mapping[str, Any], depth: int = 0
) -> Iterator[str]:
    """Yield what is wrong with a value, place by place."""
    rule = want.get("rules", {}).get(path, {})
    if depth > _DEEPEST or not isinstance(wanted, dict | list) or rule:
        if not right(given, wanted, rule):
            yield f"{path}: {_shown(given)} in place of {_shown(wanted)}"
    elif isinstance(wanted, list):
        if not isinstance(given, list) or len(given) != len(wanted):
            yield f"{path}: not a list of {len(wanted)}"
            return
        for number, pair in enumerate(zip(given, wanted, strict=True)):
            yield from _differences(f"{path}[{number}]", *pair, want, depth + 1)
    elif not isinstance(given, dict):
        yield f"{path}: no object"
    else:
        yield from _members(path, given, wanted, want, depth)


def _members(
    path: str, given: dict[str, Any], wanted: dict[str, Any], want: Mapping[str, Any], depth: int
) -> Iterator[str]:
    optional = want.get("optional", {})
    for name, value in wanted.items():
        at = child(path, name)
        if name in given:
            yield from _differences(at, given[name], value, want, depth + 1)
        elif not any(same(value, default) for default in optional.get(at, ())):
            yield f"{at}: missing"
    for name, value in given.items():
        at = child(path, name)
        if name not in wanted and not any(same(value, v) for v in optional.get(at, ())):
            yield f"{_shown(at)}: not expected"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
