"""What a tool returns, learned from calling it: only tools that change nothing are called."""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from toolace_mt.enrich.pool_file import Definition
from toolace_mt.errors import DialogueError
from toolace_mt.schemas.check import check_value
from toolace_mt.seeds import derive_random
from toolace_mt.texts.drawn_calls import drawings
from toolace_mt.tools.execute import OpenWorld, World
from toolace_mt.trajectory import JsonObject, SubTask, Turn

_CALLS = 4  # of each tool
_MOST = 6  # examples
_LONGEST = 400  # characters of an example
_DEEPEST = 6
_ERROR = re.compile(r"\s*(?:error|failed|failure|invalid|exception|traceback)\b", re.IGNORECASE)


def may_be_called(definition: Definition, named: Collection[str]) -> bool:
    """Return whether a tool only reads: it says so itself, or the user has named it."""
    annotations = definition.raw.get("annotations")
    says = isinstance(annotations, dict) and annotations.get("readOnlyHint") is True
    return says or definition.tool.name in named or definition.identity[1] in named


async def learned(
    definitions: Sequence[Definition], open_world: OpenWorld, seed: int
) -> tuple[dict[tuple[str, str], JsonObject], dict[tuple[str, str], str]]:
    """Return the schemas of what tools really return, by the tools' identities; and the causes of
    failure of others.

    Each is called a few times in one world. Later calls use values that earlier ones returned.
    """
    outputs: dict[tuple[str, str], list[Any]] = {}
    failures: dict[tuple[str, str], str] = {}
    turns: tuple[Turn, ...] = ()
    async with open_world(seed) as world:
        for number in range(_CALLS):
            for each in definitions:
                try:
                    made = await _call(each, turns, world, seed, number)
                except DialogueError as error:
                    failures[each.identity] = error.message
                    continue
                (output,) = made[-1].outputs
                if output.status != "executed":
                    failures[each.identity] = "nothing real stands behind it"
                elif output.error or _is_error(output.content):
                    failures[each.identity] = json.dumps(output.content)[:200]
                else:
                    turns = (*turns, *made)
                    outputs.setdefault(each.identity, []).append(output.content)
    schemas = {identity: schema_of(found) for identity, found in outputs.items()}
    for identity in [each for each, schema in schemas.items() if _is_hollow(schema)]:
        failures[identity] = "it returns nothing that says anything"
        del schemas[identity]
    return schemas, {key: cause for key, cause in failures.items() if key not in schemas}


def _is_error(content: Any) -> bool:
    """Return whether an output is the text of an error that the tool does not call one."""
    return isinstance(content, str) and _ERROR.match(content) is not None


def _is_hollow(schema: JsonObject) -> bool:
    """Return whether a schema describes nothing: any value, empty lists, empty objects."""
    kind = schema.get("type")
    inner = schema.get({"array": "items", "object": "properties"}.get(str(kind), "type"))
    return not inner


async def _call(
    definition: Definition, before: tuple[Turn, ...], world: World, seed: int, number: int
) -> tuple[Turn, ...]:
    tool = definition.tool
    rng = derive_random(seed, "enrich", "call", tool.name, number)
    steps = drawings(SubTask("", ((tool.name,),)), number, {tool.name: tool}, before, rng)
    call, drawn = next(steps).simulated()
    try:
        steps.send((call, await world.execute(call) or drawn))
    except StopIteration as made:
        turns: tuple[Turn, ...] = made.value
        return turns
    raise AssertionError("one step has one call")


def schema_of(values: Sequence[Any], depth: int = 0) -> JsonObject:
    """Return a schema that all these values fit, with some of them as examples; {} for any value.

    Of an object's properties those are required that all values have.
    """
    kinds = {_kind(value) for value in values}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    filled = [value for value in values if value is not None]
    if "null" in kinds and len(kinds) > 1:
        inner = schema_of(filled, depth)
        kind = inner.get("type")
        return {**inner, "type": [kind, "null"]} if isinstance(kind, str) else {}
    if len(kinds) != 1 or depth > _DEEPEST:
        return {}
    (kind,) = kinds
    schema: JsonObject = {"type": kind}
    if kind == "object":
        names = dict.fromkeys(name for value in values for name in value)
        schema["properties"] = {
            name: schema_of([value[name] for value in values if name in value], depth + 1)
            for name in names
        }
        schema["required"] = [name for name in names if all(name in value for value in values)]
    elif kind == "array":
        items = [item for value in values for item in value]
        schema |= {"items": schema_of(items, depth + 1) if items else {}}
    elif kind in ("string", "integer", "number"):
        examples = [v for v in dict.fromkeys(values) if len(str(v)) <= _LONGEST][:_MOST]
        schema |= {"examples": examples} if examples else {}
    if any(check_value(schema, value) for value in values):
        raise AssertionError("a value does not fit the schema made from it")
    return schema


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
    return "null"
