"""Tools from a JSONL file: one definition a line, in any of the usual shapes.

Read are our own keys (name, description, parameters, returns, domain, license, usage), OpenAI's
(`{"type": "function", "function": {...}}`), the same flat, and MCP's (`inputSchema`,
`outputSchema`; `category` or `server` as domain).
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolace_mt.errors import InputError
from toolace_mt.schemas.check import schema_problem
from toolace_mt.schemas.normalise import MAX_DEPTH, normalise_schema, parameters_schema
from toolace_mt.schemas.paths import deeper_than, resolve, schema_at
from toolace_mt.trajectory import JsonObject, Tool, UsageExample

MAX_LINE = 1 << 20
"""Bytes: a longer line is no tool definition (the longest of 2,006 real ones has 14 KB)."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SLOT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Problem:
    """A tool definition that was left out: where it stands (line from 1) and what is wrong."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class Malformed(Exception):
    """The definition at hand cannot be used; the message says why."""


def read_tools(path: str | Path) -> tuple[list[Tool], list[Problem]]:
    """Read a JSONL file of tool definitions, in the order of the file.

    A malformed definition becomes a `Problem` and is left out; one that repeats an earlier one is
    dropped silently, unless the same name comes with other content. Raises InputError if the file
    cannot be read at all.
    """
    try:
        with open(path, "rb") as file:
            return read_lines(file, str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path}: cannot be read: {reason}; expected a JSONL file") from error


def read_lines(lines: Iterable[bytes], where: str) -> tuple[list[Tool], list[Problem]]:
    """Read definitions from lines of bytes; `where` names their origin in problems."""
    seen: dict[str, tuple[int, Tool]] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            tool = parse_tool(_decoded(line))
        except Malformed as malformed:
            problems.append(Problem(where, number, str(malformed)))
            continue
        first, known = seen.setdefault(tool.name, (number, tool))
        if known != tool:
            reason = f"name {tool.name!r} is taken by another definition, in line {first}"
            problems.append(Problem(where, number, reason))
    return [tool for _, tool in seen.values()], problems


def _decoded(line: bytes) -> Any:
    if len(line) > MAX_LINE:
        raise Malformed(f"line of {len(line)} bytes; expected at most {MAX_LINE}")
    try:
        definition = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
        json.dumps(definition, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise Malformed("a text holds half a surrogate pair, which no file can carry") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON at column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise Malformed("nested too deeply to be read") from error
    except ValueError as error:
        raise Malformed(f"a number that JSON cannot carry: {error}"[:200]) from error
    return definition


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def parse_tool(definition: Any) -> Tool:
    """Turn one parsed definition into a Tool with normalised schemas, or raise Malformed."""
    if not isinstance(definition, dict):
        raise Malformed(f"expected a JSON object, got {type(definition).__name__}")
    if deeper_than(MAX_DEPTH, definition):
        raise Malformed(f"nested deeper than {MAX_DEPTH} levels")
    inner = definition.get("function")
    if isinstance(inner, dict):
        definition = {**definition, **inner}
    name = definition.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = "missing" if name is None else repr(name)[:80]
        raise Malformed(f"name: {shown}; expected 1 to 64 of A-Z a-z 0-9 _ -")
    parameters = _object_schema(definition, "parameters", "inputSchema", "input_schema")
    returns = _object_schema(definition, "returns", "outputSchema", "output_schema", "response")
    parameters = parameters or {"type": "object", "properties": {}}
    return Tool(
        name=name,
        description=_text(definition, "description"),
        parameters=parameters,
        returns=returns,
        domain=_text(definition, "domain", "category", "server") or "general",
        license=_text(definition, "license"),
        usage=_usage(definition.get("usage"), parameters, returns),
    )


def _text(definition: JsonObject, *keys: str) -> str:
    for key in keys:
        value = definition.get(key)
        if value is not None and not isinstance(value, str):
            raise Malformed(f"{key}: expected a text, got {type(value).__name__}")
        if value:
            return value.strip()
    return ""


def _object_schema(definition: JsonObject, *keys: str) -> JsonObject | None:
    key = next((key for key in keys if definition.get(key) is not None), None)
    if key is None:
        return None
    given = definition[key]
    if not isinstance(given, dict):
        raise Malformed(f"{key}: expected an object schema, got {type(given).__name__}")
    schema: Any = parameters_schema(given) if key == keys[0] else normalise_schema(given)
    kind = schema.setdefault("type", "object") if "$ref" not in schema else "object"
    if isinstance(kind, list) and "object" in kind:
        schema["type"] = "object"
    elif kind != "object":
        raise Malformed(f"{key}: expected a schema of type object, got {kind!r}"[:200])
    problem = schema_problem(schema) or _endless(schema)
    if problem:
        raise Malformed(f"{key}: not a usable JSON Schema: {problem}"[:300])
    if "$ref" in schema:  # what a call looks like should stand at the top of the definition
        schema = {**schema, **resolve(schema, schema)}
        del schema["$ref"]
        schema.setdefault("type", "object")
    return dict(schema)


def _endless(schema: JsonObject) -> str | None:
    """Return the first `$ref` that leads only to other references, in a circle or to nowhere."""
    for part in _parts(schema):
        if "$ref" in part and isinstance(part["$ref"], str) and resolve(part, schema) is None:
            return f"$ref {part['$ref']!r} leads to no schema"
    return None


def _parts(value: Any) -> Iterator[JsonObject]:
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            yield here
            stack.extend(here.values())
        elif isinstance(here, list):
            stack.extend(here)


def _usage(
    given: Any, parameters: JsonObject, returns: JsonObject | None
) -> tuple[UsageExample, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise Malformed(f"usage: expected a list of exchanges, got {type(given).__name__}")
    examples = []
    for index, item in enumerate(given):
        texts = (item.get("user"), item.get("reply")) if isinstance(item, dict) else (None, None)
        user, reply = texts
        if not isinstance(user, str) or not isinstance(reply, str):
            raise Malformed(f"usage[{index}]: expected texts `user` and `reply`")
        _check_slots(user, f"usage[{index}].user", parameters, None)
        _check_slots(reply, f"usage[{index}].reply", parameters, returns)
        examples.append(UsageExample(_unquoted(user), _unquoted(reply)))
    return tuple(examples)


def _unquoted(text: str) -> str:
    """Return a text in single quotes: texts around values cannot hold JSON's own (`around.py`).

    Shown an example with double quotes, a model of 135M parameters wrote gibberish where they
    were refused.
    """
    return text.replace('"', "'")


def _check_slots(text: str, where: str, parameters: JsonObject, returns: JsonObject | None) -> None:
    if "{" in _SLOT.sub("", text) or "}" in _SLOT.sub("", text):
        raise Malformed(f"{where}: a brace that belongs to no slot")
    for slot in _SLOT.findall(text):
        output = slot.removeprefix("outputs.")
        found = schema_at(parameters, slot)
        if found is None and returns is not None and output != slot:
            found = schema_at(returns, output)
        if found is None or not slot:
            raise Malformed(f"{where}: slot {{{slot}}} resolves to no argument or output"[:200])
