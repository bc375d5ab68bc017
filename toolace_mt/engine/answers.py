"""What every model call needs around its answer: a closed schema, and reading what comes back."""

import json
from collections.abc import Mapping
from typing import Any

from toolace_mt.trajectory import JsonObject

_decode = json.JSONDecoder(strict=False).decode


class Unreadable(ValueError):
    """Raised by a parser for an answer that it cannot read; the message says why."""


def closed(properties: Mapping[str, JsonObject]) -> JsonObject:
    """Return the schema of an object that has just these properties, in this order."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def read_json(text: str) -> Any:
    """Return the JSON value of an answer; raises Unreadable.

    Control characters inside strings are let through: grammars admit them (xgrammar 0.2.8 does in
    every string with a bounded length).
    """
    try:
        return _decode(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error


def read_object(text: str) -> JsonObject:
    """Return the JSON object of an answer; raises Unreadable."""
    answer = read_json(text)
    if not isinstance(answer, dict):
        raise Unreadable("not a JSON object")
    return answer


def read_words(answer: JsonObject, name: str) -> str:
    """Return the text `name` of an answer, stripped; raises Unreadable if there is none."""
    text = answer.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Unreadable(f"{name}: no text")
    return text.strip()
