"""Error messages of any server: prompt too long, schema refused, unknown field.

Names of errors (`type`, `code`, `param`) are looked at first, since they do not depend on the
language. The wording comes second, since some servers use a single name for all errors.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from toolace_mt.engine.openai.answers import quote

MOST_SAID: Final = 300  # characters of a server's message that are kept

_TOO_LONG_NAMES: Final = {
    "context_length_exceeded",  # OpenAI, Azure, llama-cpp-python, Groq
    "exceed_context_size_error",  # llama.cpp
    "string_above_max_length",  # OpenAI
    "request_too_large",  # Anthropic
    *("context_window_exceeded", "model_context_window_exceeded", "max_context_length_exceeded"),
    *("prompt_too_long", "input_too_long", "invalid_request_prompt_too_long"),
}
_TOO_LONG = re.compile(
    r"context[ _-]?(length|size|limit|window)|(prompt|input|request) is too (long|large)"
    r"|reduce the length|longer than the model|too large for model"
    r"|maximum (model|number of (input )?tokens|input)"  # Gemini among them
    r"|range of input length|input length should be"  # DashScope
    r"|`inputs`( tokens)? \+ `max_new_tokens`|`inputs` must have less than",  # TGI
    re.I,
)
_SCHEMA = re.compile(r"response_?format|json.?schema|\bschema|grammar|guided|structured", re.I)
_UNKNOWN = re.compile(
    r"un(known|recognized|recognised|supported|expected)|not (supported|permitted|allowed)|extra"
    r"|does not support|cannot|can't|only|deprecated|invalid|no such",
    re.I,
)
_NAMES: Final = ("type", "code", "status", "error_type", "reason")


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error message, its names in lower case, and the field at fault."""

    message: str
    names: frozenset[str] = frozenset()
    field: str = ""

    def too_long(self, status: int) -> bool:
        """Return whether the prompt and its answer do not fit the model."""
        worded = status in (400, 422) and _TOO_LONG.search(self.message)
        return bool(status == 413 or self.names & _TOO_LONG_NAMES or worded)

    def about_schema(self) -> bool:
        """Return whether the schema was refused, or the use of schemas as such."""
        return bool(_SCHEMA.search(f"{self.field} {self.message}"))

    def about(self, parameter: str) -> bool:
        """Return whether a field of the request, given by its last name, was refused."""
        if re.split(r"[.\[\]]+", self.field)[-1] == parameter:
            return True
        named = re.search(rf"(?<![\w.]){parameter}(?!\w)", self.message)
        return bool(named and not self.field and not self.about_schema()) and bool(
            _UNKNOWN.search(self.message)
        )


def read_complaint(body: bytes) -> Complaint:
    """Return the error in a body; any other body becomes the message as it is."""
    text = body[:100_000].decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        title = re.search(r"<title>(.*?)</title>", text, re.S | re.I)
        html = re.sub(r"<[^>]*>", " ", title[1] if title else text) if "<" in text else text
        return Complaint(quote(html) if html.strip() else "empty body")
    return _complaint(value, text)


def _complaint(value: Any, text: str) -> Complaint:
    if isinstance(value, list) and value:
        value = value[0]
    outer = value if isinstance(value, dict) else {}
    error = outer.get("error", outer)
    inner = error if isinstance(error, dict) else outer
    message = error if isinstance(error, str) else inner.get("message")
    field = inner.get("param")
    if isinstance(outer.get("detail"), list) and outer["detail"]:  # FastAPI's validation errors
        first = outer["detail"][0] if isinstance(outer["detail"][0], dict) else {}
        message, place = first.get("msg"), first.get("loc")
        names = place if isinstance(place, list) else []
        field = ".".join(str(part) for part in names if part != "body")
        message = f"{field}: {message}"
    elif isinstance(outer.get("detail"), str):
        message = outer["detail"]
    found = {str(part.get(name)).lower() for part in (outer, inner) for name in _NAMES}
    said = message if isinstance(message, str) and message else quote(text)
    return Complaint(
        said[: MOST_SAID * 10], frozenset(found), field if isinstance(field, str) else ""
    )


def retry_seconds(header: str | None, now: float, most: float) -> float:
    """Return the seconds that a Retry-After header asks for, in [0, most]; 0 if it is unreadable.

    The header holds seconds or a date; `now` is the wall-clock time in seconds.
    """
    wait = 0.0
    with suppress(ValueError, OverflowError):
        if header is not None and re.fullmatch(r"\d{1,9}(\.\d*)?", header.strip()):
            wait = float(header)
        elif header is not None:
            wait = parsedate_to_datetime(header).timestamp() - now
    return min(max(0.0, wait), most)
