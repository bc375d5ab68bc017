"""Which arguments a call may have where values are seeded: those that the dialogue knows.

In ToolACE-MT itself code places the values, so no call has a value that nobody stated. The grammar
gives the baseline the same help: an argument can only be a value that the user stated, a tool
returned, or the tool's schema lists.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.narrow import decodable
from toolace_mt.schemas.paths import leaves, schema_at
from toolace_mt.texts.slots import spoken
from toolace_mt.trajectory import JsonObject, Tool, Turn


def known_arguments(
    tool: Tool, intended: Sequence[JsonObject], turns: Sequence[Turn]
) -> JsonObject | None:
    """Return the schema of a call's arguments, or None if a required value is not known yet.

    Values of `intended` calls come first. Without any, a value that the dialogue knows under the
    parameter's name is taken, then the values of an enumeration or a boolean.
    """
    required = list(tool.parameters.get("required") or ())
    properties: JsonObject = {}
    for name in dict.fromkeys([*(tool.parameters.get("properties") or {}), *required]):
        drawn = [call[name] for call in intended if name in call]
        choices = [value for value in drawn if is_known(value, turns)]
        if choices and name not in required and len(drawn) == len(intended):
            required.append(name)
        choices = choices or ([] if drawn else _named(tool, name, turns))
        if choices:
            properties[name] = _one_of(_distinct(choices))
        elif name in required:
            listed = _listed(schema_at(tool.parameters, name))
            if listed is None:
                return None
            properties[name] = listed
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def unknown_values(intended: Sequence[JsonObject], turns: Sequence[Turn]) -> dict[str, Any]:
    """Return the intended arguments, by name, that nobody stated and no tool returned."""
    return {
        name: value
        for arguments in intended
        for name, value in arguments.items()
        if not is_known(value, turns)
    }


def is_known(value: Any, turns: Sequence[Turn]) -> bool:
    """Return whether the user or a call or an output has stated every part of a value."""
    told = {_identity(leaf) for _, leaf in _written(turns)}
    said = "\n".join(turn.content for turn in turns if turn.role == "user")
    return _is_said(value, said) or all(
        leaf is None or isinstance(leaf, bool) or _identity(leaf) in told or _is_said(leaf, said)
        for _, leaf in leaves(value)
    )


def _is_said(value: Any, said: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(spoken(value))}(?!\w)", said) is not None


def _written(turns: Sequence[Turn]) -> Iterator[tuple[str, Any]]:
    for turn in turns:
        for call in turn.calls:
            yield from leaves(call.arguments)
        for output in turn.outputs:
            if not output.error:
                yield from leaves(output.content)


def _named(tool: Tool, name: str, turns: Sequence[Turn]) -> list[Any]:
    """Return the values that the dialogue knows under a name, the latest first."""
    schema = schema_at(tool.parameters, name) or {}
    found = [value for path, value in _written(turns) if path.rsplit(".", 1)[-1] == name]
    return [value for value in reversed(found) if not check_value(schema, value)]


def _listed(schema: JsonObject | None) -> JsonObject | None:
    """Return the schema if it lists its values itself, else None."""
    if schema is None:
        return None
    closed = "enum" in schema or "const" in schema or schema.get("type") == "boolean"
    return decodable(schema) if closed else None


def _one_of(values: list[Any]) -> JsonObject:
    """Return a schema of exactly these values.

    xgrammar (0.2.8) writes 7.2 in an enumeration as 7.2000000000000002, which looks like runaway
    output. A number with 7.2 as both bounds is written as it is.
    """
    decimals = [value for value in values if isinstance(value, float)]
    others = [value for value in values if not isinstance(value, float)]
    options: list[JsonObject] = [{"enum": others}] if others else []
    options += [{"type": "number", "minimum": value, "maximum": value} for value in decimals]
    return options[0] if len(options) == 1 else {"anyOf": options}


def _distinct(values: list[Any]) -> list[Any]:
    return list({_identity(value): value for value in values}.values())


def _identity(value: Any) -> str:
    return f"{type(value).__name__} {spoken(value)}"
