"""Whether a template shows every output of a tool, in order, and so that one knows whose it is."""

import json
from collections.abc import Callable, Iterator
from itertools import takewhile

from toolace_mt.errors import InputError
from toolace_mt.fit.families import Family
from toolace_mt.fit.losses import Loss, short
from toolace_mt.fit.parsers import render
from toolace_mt.trajectory import JsonObject

Messages = list[JsonObject]
_OTHER = str.maketrans("0123456789", "9876543210")  # an id of the same form


def output_losses(family: Family, messages: Messages, tools: list[JsonObject]) -> list[Loss]:
    """Return what is lost of the outputs of a dialogue as the family's template writes it."""
    if not any(message["role"] == "tool" for message in messages):
        return []
    template = family.text()

    def written(dialogue: Messages) -> str:
        return render(template, dialogue, tools, ask=False)

    try:
        whole = written(messages)
    except InputError as error:
        return [Loss("template", len(messages) - 1, error.message)]
    return [*_texts(messages, whole), *_ids(messages, written, whole)]


def _texts(messages: Messages, whole: str) -> Iterator[Loss]:
    """Look for each output behind the one before, as it is or escaped as a JSON string."""
    behind = 0
    for index, message in enumerate(messages):
        if message["role"] != "tool":
            continue
        text = message["content"].strip()
        found = max(whole.find(form, behind) for form in (text, json.dumps(text)[1:-1]))
        if found < 0:
            where = "before an earlier one" if text in whole else "otherwise"
            yield Loss("outputs", index, f"{short(text)} stands {where}")
        behind = max(behind, found)


def _ids(messages: Messages, written: Callable[[Messages], str], whole: str) -> Iterator[Loss]:
    """Compare with the text of the same dialogue with other ids, or names of outputs."""

    def shows(change: Callable[[JsonObject], JsonObject]) -> bool:
        try:
            return written([change(message) for message in messages]) != whole
        except InputError:  # it looks for the call of every output
            return True

    of_calls, of_outputs = shows(_other_calls), shows(_other_output)
    first = next(at for at, message in enumerate(messages) if message["role"] == "tool")
    if of_calls != of_outputs:
        where = ("outputs", "calls") if of_outputs else ("calls", "outputs")
        yield Loss("ids", first, f"ids stand beside {where[0]} and not beside {where[1]}")
    if of_calls and of_outputs:
        return
    named = shows(lambda message: _with(message, "name", "other"))
    for index, message in enumerate(messages):
        calls = message.get("tool_calls") or ()
        outputs = takewhile(lambda m: m["role"] == "tool", messages[index + 1 :])
        wanted = [call.get("id") for call in calls]
        got = [output.get("tool_call_id") for output in outputs]
        told = named and len({call["function"]["name"] for call in calls}) == len(calls)
        if got != wanted and sorted(map(str, got)) == sorted(map(str, wanted)) and not told:
            yield Loss("pairing", index, "outputs stand in another order than their calls")


def _other_calls(message: JsonObject) -> JsonObject:
    if not message.get("tool_calls"):
        return message
    calls = [{**c, "id": str(c.get("id", "")).translate(_OTHER)} for c in message["tool_calls"]]
    return {**message, "tool_calls": calls}


def _other_output(message: JsonObject) -> JsonObject:
    return _with(message, "tool_call_id", str(message.get("tool_call_id", "")).translate(_OTHER))


def _with(message: JsonObject, key: str, value: str) -> JsonObject:
    return {**message, key: value} if message["role"] == "tool" and key in message else message
