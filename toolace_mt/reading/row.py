"""One row of a file, parsed when it is looked at."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from toolace_mt.reading.parts import repeated_name, shown
from toolace_mt.reading.problem import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row: JSON text as it stood in the file, or a value, or why there is none.

    `line` counts from 1: lines, or rows of `split`. `source` is what the file held, where `given`
    is not that: the lines of a session.
    """

    line: int
    given: Any
    split: str = ""
    source: bytes = b""

    @property
    def value(self) -> Any:
        """The row's value, or the Problem that it has none."""
        return json_value(self.given) if isinstance(self.given, bytes) else self.given

    def written(self) -> bytes | None:
        """Return the row for a JSON Lines file, unchanged where it came from one.

        None if it is not held: it was too long, or could not be read.
        """
        if self.source or isinstance(self.given, bytes):
            return self.source or self.given
        if isinstance(self.given, Problem):
            return None
        return json.dumps(self.given, ensure_ascii=False, default=str).encode("utf-8", "replace")


def json_value(text: bytes) -> Any:
    """Return the value of a JSON text, or a Problem."""
    try:
        value = from_json(text, allow_inf_nan=False, cache_strings="all")
    except ValueError as error:
        return Problem(f"not valid JSON: {_reason(error, text)}")
    if (name := repeated_name(text.decode(), value)) is not None:
        return Problem(f"the name {shown(name)} stands twice in one object: which one is meant?")
    return value


def _reason(error: ValueError, text: bytes) -> str:
    reason = str(error).replace(" at line 1 column", " at column")
    named = next((name for name in (b"NaN", b"Infinity") if name in text), b"").decode()
    return f"{reason} ({named} stands there, which is no JSON)" if named else reason
