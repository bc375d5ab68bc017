"""Sending a request and reading its answer, with bounded retries and a typed failure.

Bad model text is data: `send` returns what the parser read, or `Unusable`. An unreadable answer is
never an exception, a pass or a fail; the caller decides what it means.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from toolace_mt.calls.request import Generate, Request
from toolace_mt.seeds import derive_seed
from toolace_mt.trajectory import JsonObject

_decode = json.JSONDecoder(strict=False).decode


class Unreadable(ValueError):
    """Raised by a parser for an answer that it cannot read; the message says why."""


def closed(properties: Mapping[str, JsonObject]) -> JsonObject:
    """Return the schema of an object with exactly these properties, all required, in this order."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def read_json(text: str) -> Any:
    """Return the JSON value of an answer; raises Unreadable if it is not JSON.

    Raw control characters inside strings are accepted, because decoders can produce them (xgrammar
    0.2.8 does in every string with a bounded length).
    """
    try:
        return _decode(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error


def read_words(answer: JsonObject, name: str) -> str:
    """Return the text `name` of an answer, stripped; raises Unreadable if there is none."""
    text = answer.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Unreadable(f"{name}: no text")
    return text.strip()


T = TypeVar("T")

_WARMER = 0.3  # added to the temperature with every attempt, up to 1


@dataclass(frozen=True, slots=True)
class Unusable:
    """No attempt gave a readable answer; `reason` is that of the last one."""

    reason: str


async def send(
    generate: Generate, request: Request, parse: Callable[[str], T], attempts: int
) -> T | Unusable:
    """Send `request` up to `attempts` times, until `parse` accepts the answer.

    Each attempt has its own seed and a higher temperature than the one before: a cold model would
    repeat itself. `parse` gets the text and raises Unreadable to refuse it. A prompt that is too
    long and a schema that is refused would fail every time, so they are not sent again.
    """
    reason = "no attempt was made"
    for attempt in range(attempts):
        seed = derive_seed(request.seed, request.kind, request.slot, attempt)
        warm = max(request.temperature, min(1.0, request.temperature + _WARMER * attempt))
        completion = await generate(replace(request, attempt=attempt, seed=seed, temperature=warm))
        if completion.finish == "stop":
            try:
                return parse(completion.text)
            except Unreadable as unreadable:
                reason = str(unreadable)
                continue
        reason = (
            f"{completion.finish}: {completion.text[:200]}"
            if completion.text
            else completion.finish
        )
        if completion.finish in ("too_long", "refused"):
            break
    return Unusable(f"{request.kind}: {reason}")
