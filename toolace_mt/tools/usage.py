"""Usage examples of a definition: exchanges with slots in place of values."""

import re
from typing import Any

from toolace_mt.schemas.paths import schema_at
from toolace_mt.tools.dialects import Malformed
from toolace_mt.trajectory import JsonObject, UsageExample

_SLOT = re.compile(r"\{([^{}]*)\}")


def read_usage(
    given: Any, parameters: JsonObject, returns: JsonObject | None
) -> tuple[UsageExample, ...]:
    """Return the usage examples of a definition; raises Malformed for a slot without a schema."""
    if given is None:
        return ()
    if not isinstance(given, list):
        raise Malformed(".usage", f"expected a list of exchanges, got {type(given).__name__}")
    examples = []
    for index, item in enumerate(given):
        texts = (item.get("user"), item.get("reply")) if isinstance(item, dict) else (None, None)
        user, reply = texts
        if not isinstance(user, str) or not isinstance(reply, str):
            raise Malformed(f".usage[{index}]", "expected texts `user` and `reply`")
        _check_slots(user, f".usage[{index}].user", parameters, None)
        _check_slots(reply, f".usage[{index}].reply", parameters, returns)
        examples.append(UsageExample(_unquoted(user), _unquoted(reply)))
    return tuple(examples)


def _unquoted(text: str) -> str:
    """Return a text with single quotes in place of double ones.

    A grammar for texts around values cannot contain JSON's double quotes. A small model that is
    shown them in an example, and may not write them, writes gibberish.
    """
    return text.replace('"', "'")


def _check_slots(text: str, where: str, parameters: JsonObject, returns: JsonObject | None) -> None:
    if "{" in _SLOT.sub("", text) or "}" in _SLOT.sub("", text):
        raise Malformed(where, "a brace that belongs to no slot")
    for slot in _SLOT.findall(text):
        output = slot.removeprefix("outputs.")
        found = schema_at(parameters, slot)
        if found is None and returns is not None and output != slot:
            found = schema_at(returns, output)
        if found is None or not slot:
            raise Malformed(where, f"slot {{{slot}}} resolves to no argument or output"[:200])
