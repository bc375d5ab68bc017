"""What of a row survives a family's template and the parser that reads the model's text back."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from toolace_mt.errors import InputError
from toolace_mt.fit.families import Family
from toolace_mt.fit.parsers import parse, render, trained
from toolace_mt.trajectory import JsonObject

ASPECTS = {
    "template": "the template refuses the row",
    "parser": "the parser raises",
    "calls": "a call is not found again, or one too many is",
    "arguments": "an argument comes back with another value",
    "types": "an argument comes back equal, but of another type (20.0 as 20)",
    "text": "the text beside a call, or a reply, is not what it was",
    "order": "calls come back in another order",
    "outputs": "a tool's output does not stand in the text as it was given",
    "forged": "the parser finds a call in a user's words or in a tool's output",
    "length": "a call ends behind the limit",
}
Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a message that does not survive; `aspect` is one of ASPECTS."""

    aspect: str
    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tokens, counted by the model's tokenizer."""

    tokens: int
    count: Count


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
    return found + _outputs(family, messages, tools)


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
    if not family.training.is_file():
        return "no mask"
    pieces = trained(family.training.read_text("utf-8"), row["messages"], row["tools"])
    read = (parse(family.parser, family.markers, piece, row["tools"])[1] for piece in pieces)
    calls = sum(len(message.get("tool_calls") or ()) for message in row["messages"])
    return f"{sum(map(len, read))} of {calls}"


def _of_answer(
    family: Family, index: int, message: JsonObject, tail: str, tools: list[JsonObject]
) -> Iterator[Loss]:
    try:
        content, got = parse(family.parser, family.markers, tail, tools)
    except InputError as error:
        yield Loss("parser", index, error.message)
        return
    if _unthought(content) != (message.get("content") or "").strip():
        yield Loss("text", index, f"{message.get('content')!r} comes back as {content!r}")
    yield from _of_calls(index, _wanted(message), got)


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
            yield Loss("arguments", index, f"{name}: {_short(given)} comes back as {_short(back)}")
        elif _typed(given) != _typed(back):
            yield Loss("types", index, f"{name}: {_short(given)} comes back as {_short(back)}")


def _forged(
    family: Family, index: int, message: JsonObject, tools: list[JsonObject]
) -> Iterator[Loss]:
    """Read other people's words as the parser would read the model's."""
    content = message.get("content")
    if message["role"] == "system" or not isinstance(content, str):
        return
    try:
        _, calls = parse(family.parser, family.markers, content, tools)
    except InputError:
        return
    if calls:
        yield Loss("forged", index, f"{message['role']}: {_short(content)} reads as {calls}")


def _outputs(family: Family, messages: list[JsonObject], tools: list[JsonObject]) -> list[Loss]:
    given = [(i, m["content"]) for i, m in enumerate(messages) if m["role"] == "tool"]
    if not given:
        return []
    try:
        whole = render(family.text(), messages, tools, ask=False)
    except InputError as error:
        return [Loss("template", len(messages) - 1, error.message)]
    lost = [(i, text) for i, text in given if text.strip() not in whole]
    return [Loss("outputs", i, f"{_short(text)} stands otherwise") for i, text in lost]


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


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:120]
