"""What of a row survives a family's template and the parser that reads the model's text back."""

import json
import os
from collections.abc import Iterator
from typing import Any

from toolace_mt.errors import InputError
from toolace_mt.fit.families import Family
from toolace_mt.fit.losses import Limit, Loss, short
from toolace_mt.fit.outputs import output_losses
from toolace_mt.fit.parsers import parse, render, trained
from toolace_mt.trajectory import JsonObject


def losses(family: Family, row: JsonObject, limit: Limit | None = None) -> list[Loss]:
    """Return what a row (`messages` and `tools` as trainers read them) loses; [] if nothing."""
    found: list[Loss] = []
    messages, tools = row["messages"], row["tools"]
    for index, message in enumerate(messages):
        try:
            if message["role"] == "assistant":
                whole, tail = assistant_text(family, messages[: index + 1], tools)
                found += _of_answer(family, index, message, tail, tools)
                if limit and message.get("tool_calls") and limit.count(whole) > limit.tokens:
                    found.append(Loss("length", index, f"ends behind {limit.tokens:,} tokens"))
            else:
                found += _forged(family, index, message, tools)
        except InputError as error:
            return [*found, Loss("template", index, error.message)]
    return found + output_losses(family, messages, tools)


def assistant_text(
    family: Family, messages: list[JsonObject], tools: list[JsonObject]
) -> tuple[str, str]:
    """Return all that the template writes, and of it what the last message's model would write.

    The model's text begins where the prompt for it ends (or where the two part, in templates that
    ask otherwise than they write) and ends before the family's stop.
    """
    template = family.text()
    prompt = render(template, messages[:-1], tools, ask=True)
    whole = render(template, messages, tools, ask=False)
    tail = whole[len(os.path.commonprefix([prompt, whole])) :]  # noqa: RUF071
    for stop in family.stops:
        tail = tail.partition(stop)[0]
    return whole, tail


def masked(family: Family, row: JsonObject) -> str:
    """Return how many calls stand in what TRL's `assistant_only_loss` trains, as `2 of 2`.

    "no mask" if TRL has no template with `{% generation %}` marks for the family: it raises.
    """
    if not family.training.is_file() or not family.parser:
        return "no mask" if family.parser else "no parser"
    pieces = trained(family.training.read_text("utf-8"), row["messages"], row["tools"])
    read = (parse(family.parser, family.markers, piece, row["tools"])[1] for piece in pieces)
    calls = sum(len(message.get("tool_calls") or ()) for message in row["messages"])
    return f"{sum(map(len, read))} of {calls}"


def _of_answer(
    family: Family, index: int, message: JsonObject, tail: str, tools: list[JsonObject]
) -> Iterator[Loss]:
    if not family.parser:
        yield from _unwritten(index, message, tail)
        return
    try:
        content, got = parse(family.parser, family.markers, tail, tools)
    except InputError as error:
        yield Loss("parser", index, error.message)
        return
    if _unthought(content) != (message.get("content") or "").strip():
        yield Loss("text", index, f"{message.get('content')!r} comes back as {content!r}")
    yield from _of_calls(index, _wanted(message), got)


def _unwritten(index: int, message: JsonObject, tail: str) -> Iterator[Loss]:
    """Look for names and values of calls, and for the reply, where no parser reads the text."""
    content = (message.get("content") or "").strip()
    if content not in tail:
        yield Loss("text", index, f"{short(content)} is not written")
    for name, arguments in _wanted(message):
        values = arguments.values() if isinstance(arguments, dict) else (arguments,)
        if name not in tail:
            yield Loss("calls", index, f"{name} is not written")
        elif lost := [value for value in values if not _stands(value, tail)]:
            yield Loss("arguments", index, f"{name}: {short(lost[0])} is not written")


def _stands(value: Any, text: str) -> bool:
    """Tell whether a value stands in a text, as JSON with or without blanks, or as it is."""
    tight = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value) in text or tight in text or json.dumps(value, ensure_ascii=False) in text


def _wanted(message: JsonObject) -> list[tuple[str, Any]]:
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    return [(f["name"], _value(f["arguments"])) for f in functions]


def _of_calls(
    index: int, wanted: list[tuple[str, Any]], got: list[tuple[str, Any]]
) -> Iterator[Loss]:
    names, found = [name for name, _ in wanted], [name for name, _ in got]
    if sorted(names) != sorted(found):
        yield Loss("calls", index, f"{names} come back as {found}")
        return
    if names != found or (wanted != got and _sorted(wanted) == _sorted(got)):
        yield Loss("order", index, f"{names} come back as {found}")
        return
    for (name, given), (_, back) in zip(wanted, got, strict=True):
        if given != back:
            yield Loss("arguments", index, f"{name}: {short(given)} comes back as {short(back)}")
        elif _typed(given) != _typed(back):
            yield Loss("types", index, f"{name}: {short(given)} comes back as {short(back)}")


def _forged(
    family: Family, index: int, message: JsonObject, tools: list[JsonObject]
) -> Iterator[Loss]:
    """Read other people's words as the parser would read the model's."""
    content = message.get("content")
    if message["role"] == "system" or not isinstance(content, str) or not family.parser:
        return
    try:
        _, calls = parse(family.parser, family.markers, content, tools)
    except InputError:
        return
    if calls:
        yield Loss("forged", index, f"{message['role']}: {short(content)} reads as {calls}")


def _unthought(content: str) -> str:
    return content.rpartition("</think>")[2].strip()


def _value(arguments: Any) -> Any:
    try:
        return json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        return arguments


def _typed(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _sorted(calls: list[tuple[str, Any]]) -> list[str]:
    return sorted(_typed(call) for call in calls)
