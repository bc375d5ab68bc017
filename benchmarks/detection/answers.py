"""Answers to a task that are known to be wrong, and variants that are known to be right.

Each is a function of the message that the dialogue has, its turn's dialogue and a random source;
it returns an answer, or None where the message has no place for it. What is right is read off the
definitions of the tools and the texts of the dialogue, not off the keys that are measured.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from toolace_mt.trajectory import JsonObject, Trajectory

Change = Callable[[JsonObject, Trajectory, random.Random], Any]
_OTHER_TYPE: dict[type, Any] = {str: 7, int: "seven", float: "some", bool: "perhaps", list: "one"}


def _functions(message: JsonObject) -> list[JsonObject]:
    return [call["function"] for call in message.get("tool_calls", ())]


def _properties(t: Trajectory, name: str) -> JsonObject:
    tool = t.tool(name)
    found = tool.parameters.get("properties", {}) if tool else {}
    return found if isinstance(found, dict) else {}


def _is_required(t: Trajectory, function: str, name: str) -> bool:
    tool = t.tool(function)
    return tool is not None and name in tool.parameters.get("required", ())


def _changed(message: JsonObject) -> JsonObject:
    return copy.deepcopy(message)


def _told(t: Trajectory, value: object) -> bool:
    """Tell whether a value stands literally in what the user says or a tool returns."""
    said = [turn.content for turn in t.turns if turn.role == "user"]
    said += [json.dumps(o.content, ensure_ascii=False) for turn in t.turns for o in turn.outputs]
    return str(value) in "\n".join(said)


def _one(rng: random.Random, found: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
    places = list(found)
    return rng.choice(places) if places else None


# --- wrong ---------------------------------------------------------------------------------------


def swapped_tool(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:
    answer = _changed(message)
    if not (functions := _functions(answer)):
        return None
    chosen = rng.choice(functions)
    others = [tool.name for tool in t.tools if tool.name != chosen["name"]]
    chosen["name"] = rng.choice(others) if others else f"{chosen['name']}_v2"
    return answer


def changed_argument(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:
    """A value that was told literally is another one."""
    answer = _changed(message)
    places = (
        (at, name)
        for at, function in enumerate(_functions(answer))
        for name, value in function["arguments"].items()
        if (isinstance(value, str) and " " not in value.strip() and len(value) > 3)
        or (isinstance(value, int | float) and not isinstance(value, bool))
        if _told(t, value) and "default" not in _properties(t, function["name"]).get(name, {})
    )
    if (place := _one(rng, places)) is None:
        return None
    arguments = _functions(answer)[place[0]]["arguments"]
    arguments[place[1]] = _other(arguments[place[1]], rng)
    return answer


def _other(value: Any, rng: random.Random) -> Any:
    if not isinstance(value, str):
        return value + rng.choice((1, -1, 10, 100))
    digits = [at for at, c in enumerate(value) if c.isdigit()]
    at = rng.choice(digits or range(len(value)))
    letter = rng.choice(
        [c for c in ("123456789" if digits else "qxzjkw") if c != value[at].lower()]
    )
    return value[:at] + letter + value[at + 1 :]


def missing_argument(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:
    answer = _changed(message)
    places = (
        (at, name)
        for at, function in enumerate(_functions(answer))
        for name in function["arguments"]
        if _is_required(t, function["name"], name)
    )
    if (place := _one(rng, places)) is None:
        return None
    del _functions(answer)[place[0]]["arguments"][place[1]]
    return answer


def invented_argument(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    if not (functions := _functions(answer)):
        return None
    extra = rng.choice(("verbose_mode", "preferred_option", "notes_2"))
    rng.choice(functions)["arguments"][extra] = rng.choice((True, "yes", 3))
    return answer


def wrong_type(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    places = (
        (at, name)
        for at, function in enumerate(_functions(answer))
        for name, value in function["arguments"].items()
        if type(value) in _OTHER_TYPE
    )
    if (place := _one(rng, places)) is None:
        return None
    arguments = _functions(answer)[place[0]]["arguments"]
    arguments[place[1]] = _OTHER_TYPE[type(arguments[place[1]])]
    return answer


def number_as_text(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    places = (
        (at, name)
        for at, function in enumerate(_functions(answer))
        for name, value in function["arguments"].items()
        if type(value) in (int, float, bool)
    )
    if (place := _one(rng, places)) is None:
        return None
    arguments = _functions(answer)[place[0]]["arguments"]
    arguments[place[1]] = json.dumps(arguments[place[1]])
    return answer


def extra_call(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    if not (calls := answer.get("tool_calls")):
        return None
    calls.append(copy.deepcopy(rng.choice(calls)))
    return answer


def missing_call(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    if len(answer.get("tool_calls", ())) < 2:
        return None
    answer["tool_calls"].pop(rng.randrange(len(answer["tool_calls"])))
    return answer


def text_for_call(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    if "tool_calls" not in message:
        return None
    text = rng.choice(("Done, it is all taken care of.", json.dumps(message["tool_calls"])))
    return {"role": "assistant", "content": text}


def call_for_text(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:
    if "tool_calls" in message or not t.tools:
        return None
    function = {"name": rng.choice(t.tools).name, "arguments": "{}"}
    return {**message, "tool_calls": [{"type": "function", "function": function}]}


def broken_arguments(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    if not (functions := _functions(answer)):
        return None
    chosen = rng.choice(functions)
    chosen["arguments"] = json.dumps(chosen["arguments"])[:-1]
    return answer


# --- right ---------------------------------------------------------------------------------------


def as_it_is(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    return _changed(message)


def reordered_calls(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    if len(answer.get("tool_calls", ())) < 2:
        return None
    answer["tool_calls"].reverse()
    return answer


def as_text(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    """Arguments are JSON text with blanks and line breaks, other ids."""
    answer = _changed(message)
    for number, call in enumerate(answer.get("tool_calls", ())):
        call["id"] = f"functions.{number}"
        call["function"]["arguments"] = json.dumps(call["function"]["arguments"], indent=3)
    return answer if "tool_calls" in answer else None


def other_key_order(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer = _changed(message)
    functions = [f for f in _functions(answer) if len(f["arguments"]) > 1]
    for function in functions:
        function["arguments"] = dict(reversed(function["arguments"].items()))
    return answer if functions else None


def other_number_form(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    """20 is 20.0, and the other way round."""
    answer, found = _changed(message), False
    for function in _functions(answer):
        for name, value in function["arguments"].items():
            if type(value) is int and abs(value) < 2**50:
                function["arguments"][name], found = float(value), True
            elif type(value) is float and value.is_integer():
                function["arguments"][name], found = int(value), True
    return answer if found else None


def default_spelt_out(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer, found = _changed(message), False
    for function in _functions(answer):
        for name, schema in _properties(t, function["name"]).items():
            if name not in function["arguments"] and "default" in schema:
                function["arguments"][name], found = schema["default"], True
    return answer if found else None


def default_left_out(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer, found = _changed(message), False
    for function in _functions(answer):
        for name, schema in _properties(t, function["name"]).items():
            given = function["arguments"].get(name)
            if given is None or _is_required(t, function["name"], name):
                continue
            default = schema.get("default")
            if type(given) is type(default) and given == default:
                del function["arguments"][name]
                found = True
    return answer if found else None


def other_prose(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    """Free texts, by the names of their parameters, are worded otherwise."""
    answer, found = _changed(message), False
    free = ("message", "body", "note", "notes", "description", "requests", "reason", "comment")
    for function in _functions(answer):
        for name, value in function["arguments"].items():
            schema = _properties(t, function["name"]).get(name, {})
            if name in free and isinstance(value, str) and "enum" not in schema:
                function["arguments"][name], found = f"In other words: {value.lower()}", True
    return answer if found else None


def spaces(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer, found = _changed(message), False
    for function in _functions(answer):
        for name, value in function["arguments"].items():
            schema = _properties(t, function["name"]).get(name, {})
            if isinstance(value, str) and value and "enum" not in schema:
                function["arguments"][name], found = f" {value}\n", True
    return answer if found else None


def time_without_seconds(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    answer, found = _changed(message), False
    for function in _functions(answer):
        for name, value in function["arguments"].items():
            if isinstance(value, str) and value[10:11] == "T" and value.endswith(":00"):
                date.fromisoformat(value[:10])
                function["arguments"][name], found = value[:-3], True
    return answer if found else None


def text_beside_calls(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    return {**message, "content": "Let me see."} if "tool_calls" in message else None


def other_reply(message: JsonObject, t: Trajectory, rng: random.Random) -> Any:  # noqa: ARG001
    if "tool_calls" in message:
        return None
    return {"role": "assistant", "content": f"Well: {message['content']}", "tool_calls": None}


WRONG: dict[str, Change] = {
    "swapped tool": swapped_tool,
    "changed argument": changed_argument,
    "missing argument": missing_argument,
    "invented argument": invented_argument,
    "wrong type": wrong_type,
    "number or boolean as text": number_as_text,
    "extra call": extra_call,
    "missing call": missing_call,
    "text instead of a call": text_for_call,
    "call instead of text": call_for_text,
    "arguments cut off": broken_arguments,
}
RIGHT: dict[str, Change] = {
    "as it is": as_it_is,
    "parallel calls in another order": reordered_calls,
    "arguments as text, other ids": as_text,
    "another order of keys": other_key_order,
    "20 for 20.0 and the reverse": other_number_form,
    "default spelt out": default_spelt_out,
    "default left out": default_left_out,
    "other free prose": other_prose,
    "blanks around texts": spaces,
    "time without seconds": time_without_seconds,
    "text beside the calls": text_beside_calls,
    "another wording of a reply": other_reply,
}
