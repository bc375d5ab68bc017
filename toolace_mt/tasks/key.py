"""The key of a turn: what a right answer is, from its calls and the origins of their values.

What somebody told, or a tool returned, must be passed on exactly; what follows from a default or an
open choice may be chosen otherwise; free text need only be there.
"""

from collections.abc import Iterator
from typing import Any

from toolace_mt.schemas.paths import child, resolve
from toolace_mt.trajectory import JsonObject, ToolCall, Trajectory
from toolace_mt.verification.provenance import Trace, trace_values

_MOST_DEEP = 8
_EXACT: JsonObject = {"kind": "exact"}


def keys(trajectory: Trajectory) -> dict[int, JsonObject]:
    """Return the key of every assistant turn, by its index (see `check` for what a key is)."""
    traces: dict[tuple[int, int], list[Trace]] = {}
    for trace in trace_values(trajectory):
        if trace.leaf is not None:
            traces.setdefault((trace.turn, trace.call), []).append(trace)
    made: dict[int, JsonObject] = {}
    for index, turn in enumerate(trajectory.turns):
        if turn.role != "assistant":
            continue
        calls = [
            _call_key(trajectory, call, traces.get((index, position), []))
            for position, call in enumerate(turn.calls)
        ]
        made[index] = {"expects": "calls", "calls": calls} if calls else {"expects": "reply"}
    return made


def _call_key(trajectory: Trajectory, call: ToolCall, traces: list[Trace]) -> JsonObject:
    tool = trajectory.tool(call.name)
    schema = tool.parameters if tool else {}
    optional = {path: [value] for path, value in _defaults(schema, schema, call.arguments)}
    rules: dict[str, JsonObject] = {}
    for trace in traces:
        leaf = trace.leaf
        if leaf is None:
            continue
        rule = _rule(trace)
        if rule != _EXACT:
            rules[leaf.path] = rule
        if not leaf.required and _unasked(trace):
            optional.setdefault(leaf.path, []).append(leaf.value)
    return {"name": call.name, "arguments": call.arguments, "rules": rules, "optional": optional}


def _defaults(
    schema: JsonObject, root: JsonObject, value: Any, path: str = "", depth: int = 0
) -> Iterator[tuple[str, Any]]:
    """Yield path and default of every argument that may be left out for its default."""
    found = resolve(schema, root) if "$ref" in schema else schema
    properties = found.get("properties") if isinstance(found, dict) else None
    if not isinstance(properties, dict) or not isinstance(value, dict) or depth > _MOST_DEEP:
        return
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            continue
        at = child(path, name)
        if "default" in inner and name not in found.get("required", ()):
            yield at, inner["default"]
        yield from _defaults(inner, root, value.get(name), at, depth + 1)


def _unasked(trace: Trace) -> bool:
    """Tell whether a value follows from the tool alone: nobody asked for it."""
    return trace.found.kind == "schema"


def _rule(trace: Trace) -> JsonObject:
    """Return what counts as right in a place."""
    leaf, value = trace.leaf, trace.value
    schema = leaf.schema if leaf else {}
    free = _unasked(trace) or (trace.nowhere and trace.partly)
    match trace.judged_as:
        case "boolean" if free and isinstance(value, bool):
            return {"kind": "choice", "of": [True, False]}
        case "choice" if free and isinstance(schema.get("enum"), list):
            return {"kind": "choice", "of": schema["enum"]}
        case "text":
            return _prose_rule(trace)
        case "number":
            return _number_rule(trace, free)
        case "date":
            return {"kind": "name"}
        case "value":
            return {"kind": "any", "type": "string"} if free else {"kind": "name"}
        case _:
            return _EXACT


def _prose_rule(trace: Trace) -> JsonObject:
    """Return the rule of a free text: one word that somebody has said must be in it."""
    word = str(trace.value).strip()
    told = trace.found.kind in ("user", "output")
    return (
        {"kind": "prose", "holds": word} if told and len(word.split()) == 1 else {"kind": "prose"}
    )


def _number_rule(trace: Trace, free: bool) -> JsonObject:
    whole = trace.leaf is not None and trace.leaf.schema.get("type") == "integer"
    if free:
        return {"kind": "any", "type": "integer" if whole else "number"}
    if trace.found.kind != "derived" or whole or not isinstance(trace.value, int | float):
        return _EXACT
    return {"kind": "close", "within": max(0.005, abs(float(trace.value)) * 1e-4)}
