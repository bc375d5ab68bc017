"""Strings that may be JSON."""

from typing import Any

from pydantic_core import from_json

_JSON_START = frozenset('{["-0123456789tfn')


def parse(text: str) -> Any:
    """Return the JSON value of a string, or the string itself if it is not JSON.

    NaN, infinities and nesting deeper than 200 levels do not count as JSON.
    """
    if text[:1] not in _JSON_START and not text[:1].isspace():
        return text
    try:
        return from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError):  # TypeError: lone surrogates, which are not Unicode text
        return text
