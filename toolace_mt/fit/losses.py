"""What can be lost of a row on its way through a template and a parser."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ASPECTS = {
    "template": "the template refuses the row",
    "parser": "the parser raises",
    "calls": "a call is not found again, or one too many is",
    "arguments": "an argument comes back with another value",
    "types": "an argument comes back equal, but of another type (20.0 as 20)",
    "text": "the text beside a call, or a reply, is not what it was",
    "order": "calls come back in another order",
    "outputs": "a tool's output does not stand in the text as it was given, or not in its place",
    "ids": "ids stand beside calls or beside outputs, not beside both",
    "pairing": "nothing says whose an output is: they stand in another order than the calls",
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


def short(value: Any) -> str:
    """Return a value as JSON for a message, cut after 120 characters."""
    return json.dumps(value, ensure_ascii=False)[:120]
