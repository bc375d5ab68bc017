"""One row of a file, parsed when it is needed."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from toolace_mt.reading.parts import repeated_name, shown
from toolace_mt.reading.problem import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row: JSON text from a file, a value, or the Problem that there is none.

    `line` counts from 1: lines of a file, or rows of `split`. `source` is the text in the file if
    `given` is something else, as for a session of several lines.
    """

    line: int
    given: Any
    split: str = ""
    source: bytes = b""

    @property
    def value(self) -> Any:
        """The row's value, or the Problem with it."""
        return json_value(self.given) if isinstance(self.given, bytes) else self.given

    def written(self) -> bytes | None:
        """Return the row as a line of JSON Lines, unchanged if it came from such a file.

        None for a row that is not in memory: it was too long, or could not be read.
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
