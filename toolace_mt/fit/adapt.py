"""Rows changed so that a family keeps them; every change has a name, and must help to be made."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from toolace_mt.fit.check import losses
from toolace_mt.fit.families import Family
from toolace_mt.fit.losses import Limit, Loss
from toolace_mt.trajectory import JsonObject

Messages = list[JsonObject]


@dataclass(frozen=True, slots=True)
class Adapted:
    """A row as the family keeps it, the changes made to it, and what is lost all the same."""

    row: JsonObject
    changes: tuple[str, ...]
    left: list[Loss]


def adapt(family: Family, row: JsonObject, limit: Limit | None = None) -> Adapted:
    """Return the row with the changes that each left fewer losses; the given row stays as it is.

    Changes are tried in the order of ADAPTATIONS, those that lose nothing first.
    """
    left, changes = losses(family, row, limit), []
    for name, change in ADAPTATIONS.items():
        if not left:
            break
        tried = {**row, "messages": change(row["messages"])}
        still = losses(family, tried, limit)
        if _weight(still, tried) < _weight(left, row):
            row, left = tried, still
            changes.append(name)
    return Adapted(row, tuple(changes), left)


def _weight(left: list[Loss], row: JsonObject) -> tuple[int, int]:
    """Order losses: a refused row loses all that follows, so how far it got counts first."""
    refused = [loss.message for loss in left if loss.aspect == "template"]
    return (len(row["messages"]) - refused[0] if refused else 0, len(left))


def arguments_as_text(messages: Messages) -> Messages:
    """Write arguments as strings of JSON, for templates that add them to text."""

    def written(call: JsonObject) -> JsonObject:
        given = call["function"]["arguments"]
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        return {**call, "function": {**call["function"], "arguments": text}}

    return _with_calls(messages, lambda calls: [written(call) for call in calls])


def ids_with_names(messages: Messages) -> Messages:
    """Make ids `functions.NAME:i`, counted through the dialogue, as Kimi K2 writes calls."""
    return _renamed(messages, lambda name, number: f"functions.{name}:{number}")


def ids_of_nine(messages: Messages) -> Messages:
    """Make ids of nine letters and digits, as Mistral's templates demand."""
    return _renamed(messages, lambda _, number: f"call{number:05d}")


def outputs_in_order(messages: Messages) -> Messages:
    """Put the outputs of parallel calls into the order of the calls that their ids name."""
    made: Messages = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            continue
        outputs = _outputs_after(messages, index)
        places = {call.get("id"): at for at, call in enumerate(message.get("tool_calls") or ())}
        if all(output.get("tool_call_id") in places for output in outputs):
            outputs = sorted(outputs, key=lambda output: places[output["tool_call_id"]])
        made += [message, *outputs]
    return made


def null_for_no_text(messages: Messages) -> Messages:
    """Write null, not an empty string, where the assistant says nothing beside calls."""
    return [
        {**m, "content": None} if m.get("tool_calls") and not m.get("content") else m
        for m in messages
    ]


def one_call_a_turn(messages: Messages) -> Messages:
    """Make of parallel calls one turn each, every one followed by its own output.

    Outputs belong to the call of their id, else to the next in order.
    """
    made: Messages = []
    for index, message in enumerate(messages):
        calls = message.get("tool_calls") or []
        if len(calls) > 1:
            outputs = _outputs_after(messages, index)
            for number, call in enumerate(calls):
                text = message.get("content") if number == 0 else ""
                made.append({**message, "content": text or "", "tool_calls": [call]})
                made += _answers(outputs, call, number)
        elif message["role"] != "tool" or not _answers_parallel(messages, index):
            made.append(message)
    return made


def no_text_beside_calls(messages: Messages) -> Messages:
    """Leave out what the assistant says beside calls."""
    return [{**m, "content": ""} if m.get("tool_calls") else m for m in messages]


ADAPTATIONS: dict[str, Callable[[Messages], Messages]] = {
    "outputs_in_order": outputs_in_order,
    "arguments_as_text": arguments_as_text,
    "null_for_no_text": null_for_no_text,
    "ids_with_names": ids_with_names,
    "ids_of_nine": ids_of_nine,
    "one_call_a_turn": one_call_a_turn,
    "no_text_beside_calls": no_text_beside_calls,
}


def _with_calls(
    messages: Messages, change: Callable[[list[JsonObject]], list[JsonObject]]
) -> Messages:
    return [
        {**m, "tool_calls": change(m["tool_calls"])} if m.get("tool_calls") else m for m in messages
    ]


def _renamed(messages: Messages, name_of: Callable[[str, int], str]) -> Messages:
    calls = [call for message in messages for call in message.get("tool_calls") or ()]
    ids = {c.get("id"): name_of(c["function"]["name"], n) for n, c in enumerate(calls)}
    made = _with_calls(messages, lambda calls: [{**c, "id": ids[c.get("id")]} for c in calls])
    return [
        {**m, "tool_call_id": ids[m["tool_call_id"]]} if m.get("tool_call_id") in ids else m
        for m in made
    ]


def _outputs_after(messages: Messages, index: int) -> Messages:
    outputs: Messages = []
    for message in messages[index + 1 :]:
        if message["role"] != "tool":
            break
        outputs.append(message)
    return outputs


def _answers(outputs: Messages, call: JsonObject, number: int) -> Messages:
    named = [m for m in outputs if m.get("tool_call_id") and m["tool_call_id"] == call.get("id")]
    return named or [m for m in outputs[number : number + 1] if not m.get("tool_call_id")]


def _answers_parallel(messages: Messages, index: int) -> bool:
    while index and messages[index]["role"] == "tool":
        index -= 1
    return len(messages[index].get("tool_calls") or ()) > 1
