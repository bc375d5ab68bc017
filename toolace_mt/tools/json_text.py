"""Texts that may be JSON."""

from typing import Any

from pydantic_core import from_json

_JSON_START = frozenset('{["-0123456789tfn')


def parse(text: str) -> Any:
    """Return the JSON value that the text is, or the text itself if it is none.

    NaN, infinities by name and nesting deeper than 200 are no JSON here.
    """
    if text[:1] not in _JSON_START and not text[:1].isspace():
        return text
    try:
        return from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError):  # TypeError: lone surrogates, which are not Unicode text
        return text
