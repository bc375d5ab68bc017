"""Paths inside JSON values and schemas: `flights[0].flight_id`, `a["odd key"]`, "" for all."""

import json
import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.trajectory import JsonObject

MAX_DEPTH = 100
"""Levels of nesting that are walked; deeper values are ignored."""

_MAX_HOPS = 32
_PLAIN = re.compile(r"[^.\[\]\"{}\s]+")
_STEP = re.compile(r"\[(\d+)\]|\[(\"(?:[^\"\\]|\\.)*\")\]|\.?([^.\[\]\"{}\s]+)")


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every scalar inside a JSON value with its path, in document order.

    A scalar by itself has the path "". Empty objects and lists have no leaves.
    """
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, here, depth = stack.pop()
        if isinstance(here, dict):
            inner = [(child(path, str(key)), item) for key, item in here.items()]
        elif isinstance(here, list | tuple):
            inner = [(f"{path}[{index}]", item) for index, item in enumerate(here)]
        else:
            yield path, here
            continue
        if depth < MAX_DEPTH:
            stack.extend((place, item, depth + 1) for place, item in reversed(inner))


def deeper_than(limit: int, value: Any) -> bool:
    """Return whether objects and lists in a value nest deeper than `limit` levels."""
    level = [value]
    for _ in range(limit + 1):
        below: list[Any] = []
        for here in level:
            if isinstance(here, dict):
                below.extend(here.values())
            elif isinstance(here, list | tuple):
                below.extend(here)
        if not below:
            return False
        level = below
    return True


def child(path: str, key: str) -> str:
    """Return the path of property `key` of the object at `path`."""
    if not _PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def join(path: str, inner: str) -> str:
    """Return the path of `inner`, which starts inside the value at `path`, from the root."""
    return f"{path}.{inner}" if path and inner and inner[0] != "[" else path + inner


def steps(path: str) -> tuple[str | int, ...]:
    """Return the keys and indexes of a path; raises KeyError if it is not a path."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (at == 0 and path.startswith(".")):
            raise KeyError(path)
        index, quoted, key = step.groups()
        if index is not None:
            found.append(int(index))
        else:
            found.append(json.loads(quoted) if quoted is not None else key)
        at = step.end()
    return tuple(found)


def get(value: Any, path: str) -> Any:
    """Return the value at `path` in a JSON value; raises KeyError if there is none."""
    for step in steps(path):
        if isinstance(step, int):
            if not isinstance(value, list | tuple) or step >= len(value):
                raise KeyError(path)
        elif not isinstance(value, dict) or step not in value:
            raise KeyError(path)
        value = value[step]
    return value


def resolve(schema: Any, root: JsonObject) -> Any:
    """Follow the local `$ref` of a schema until there is none left.

    Keywords beside a `$ref` are kept and win over those of its target. Returns None if a reference
    leads nowhere or in a circle.
    """
    for _ in range(_MAX_HOPS):
        if not isinstance(schema, dict) or "$ref" not in schema:
            return schema
        target = _pointed(root, schema["$ref"])
        if target is None or target is False:
            return None
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**target, **beside} if isinstance(target, dict) else beside
    return None


def schema_at(schema: JsonObject, path: str) -> JsonObject | None:
    """Return the schema of the value at `path` in values of `schema`, or None.

    Of several alternatives (`anyOf`, ...) the first that has such a place counts. The result
    carries the definitions of the whole schema, so its references still resolve.
    """
    try:
        wanted = steps(path)
    except KeyError:
        return None
    found = _descend(schema, wanted, schema, set())
    if not isinstance(found, dict):
        return {} if found is True else None
    carried = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    return {**carried, **found}


def _descend(
    schema: Any, wanted: tuple[str | int, ...], root: JsonObject, seen: set[tuple[int, int]]
) -> Any:
    place = (id(schema), len(wanted))
    if place in seen:  # alternatives may be cyclic: visit each once per step
        return None
    seen.add(place)
    here = resolve(schema, root)
    if not wanted or here is True:
        return here
    if not isinstance(here, dict):
        return None
    inner = _inner(here, wanted[0])
    if inner is not None:
        return _descend(inner, wanted[1:], root, seen)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for branch in here.get(keyword) or ():
            found = _descend(branch, wanted, root, seen)
            if found is not None:
                return found
    return None


def _inner(schema: JsonObject, step: str | int) -> Any:
    """Return the sub-schema one step down, None if the schema has none."""
    if isinstance(step, int):
        first = schema.get("prefixItems") or ()
        inner = first[step] if step < len(first) else schema.get("items")
    else:
        inner = (schema.get("properties") or {}).get(step, schema.get("additionalProperties"))
    return None if inner is False else inner


def _pointed(root: JsonObject, reference: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    here: Any = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        else:
            return None
    return here if isinstance(here, dict | bool) else None


PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
"""The Python types of each type name of JSON Schema; `bool` is an `int` to Python alone."""

Steps = tuple[str | int, ...]

_CONTAINERS = (dict, list, tuple)
_DEEPEST = 64
_MOST = 5_000


def leaf_steps(value: Any, most: int = _MOST) -> list[tuple[Steps, Any]]:
    """Return up to `most` scalars of a value in document order, with the steps to each."""
    found: list[tuple[Steps, Any]] = []
    if isinstance(value, _CONTAINERS):
        _collect(found, (), value, most)
    else:
        found.append(((), value))
    return found[:most]


def leaf_values(value: Any, most: int = _MOST) -> list[Any]:
    """Return the scalars alone of what `leaf_steps` returns."""
    found: list[Any] = []
    if isinstance(value, _CONTAINERS):
        _collect_values(found, 0, value, most)
    else:
        found.append(value)
    return found[:most]


def _collect_values(found: list[Any], depth: int, value: Any, most: int) -> None:
    if depth >= _DEEPEST or len(found) >= most:
        return
    for item in value.values() if isinstance(value, dict) else value[:most]:
        if isinstance(item, _CONTAINERS):
            _collect_values(found, depth + 1, item, most)
        else:
            found.append(item)


def _collect(found: list[tuple[Steps, Any]], steps: Steps, value: Any, most: int) -> None:
    if len(steps) >= _DEEPEST or len(found) >= most:
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value[:most]):
        if isinstance(item, _CONTAINERS):
            _collect(found, (*steps, key), item, most)
        else:
            found.append(((*steps, key), item))


def spelt(steps: Steps) -> str:
    """Return steps as a readable path: `flights[0].price`."""
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, str(step))
    return path


def place(label: str, steps: Steps) -> str:
    """Return a place as `turn 4: results[0].id`; the label alone if there are no steps."""
    return f"{label}: {spelt(steps)}" if steps else label
