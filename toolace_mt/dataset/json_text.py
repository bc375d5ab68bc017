"""Values as JSON text that trainers and `datasets` can read back."""

import json
import re
from typing import Any

from pydantic_core import to_json

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EXPONENT = re.compile(r"e-?\d")
_LONG = re.compile(r"[\[:,]-?\d{19}")


def compact(value: Any) -> str:
    """Return the value as JSON without spaces, in plain Unicode, as Python's `json` would spell it.

    pydantic's faster encoder serves, except for floats that it spells otherwise.
    """
    text = to_json(value, inf_nan_mode="constants").decode()
    # Matches within strings are harmless: they only cost time.
    if _EXPONENT.search(text) or "0.0000" in text or _infinite(text):
        return _encode(value)
    return text


def _infinite(text: str) -> bool:
    return "Infinity" in text or "NaN" in text


def loadable(value: Any) -> str:
    """Return the value as JSON that `datasets` can read back.

    Its reader refuses integers beyond 64 bits, and infinities: the former become floats, the latter
    text.
    """
    text = compact(value)
    return compact(within_bounds(value)) if _LONG.search(text) or _infinite(text) else text


def within_bounds(value: Any) -> Any:
    """Return the value with integers beyond 64 bits as floats, and infinities as text."""
    if isinstance(value, dict):
        return {key: within_bounds(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [within_bounds(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        value = float(value) if abs(value) < 2**1023 else str(value)
    if isinstance(value, float) and value - value != 0:
        return json.dumps(value)
    return value
