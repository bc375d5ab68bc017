"""Whether values and calls fit their schemas, by jsonschema-rs.

Schemas are expected in the form that `normalise_schema` makes of real definitions, which have
Python type names, `optional` beside `type`, draft 4 bounds or bare maps of parameters.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonschema_rs

from toolace_mt.caching import Same
from toolace_mt.schemas.close import close
from toolace_mt.schemas.formats import LENIENT
from toolace_mt.schemas.normalise import normalise_schema as normalise_schema
from toolace_mt.schemas.paths import MAX_DEPTH, child, deeper_than, get, schema_at
from toolace_mt.trajectory import JsonObject, Tool

_MAX_MISMATCHES = 20
_MAX_MESSAGE = 200
_NESTED = frozenset((dict, list, tuple))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A place where a value does not fit its schema: what was expected and what was found."""

    path: str
    message: str


def check_arguments(tool: Tool, arguments: Any) -> tuple[Mismatch, ...]:
    """Return where `arguments` do not fit the tool's parameters; empty if they do.

    Undeclared names are mismatches wherever `properties` are given and `additionalProperties` is
    not. JSON Schema would accept them, but invented arguments are the most common flaw of generated
    calls, and definitions that mean to be open say so. A value equal to the default of its
    parameter (often null, or "N/A" beside an enum) always fits.
    """
    validator = _validator(Same(tool.parameters), True)
    if _fits(validator, arguments):
        return ()
    wrong = _mismatches(validator, arguments)
    return tuple(m for m in wrong if not _is_default(tool.parameters, arguments, m.path))


def check_value(schema: JsonObject, value: Any) -> tuple[Mismatch, ...]:
    """Return where a value, such as an output, does not fit a schema; empty if it does."""
    validator = _validator(Same(schema), False)
    return () if _fits(validator, value) else _mismatches(validator, value)


def schema_problem(schema: JsonObject) -> str | None:
    """Return why a normalised schema cannot be used to check anything, or None if it can."""
    validator = _validator(Same(schema), False)
    return validator if isinstance(validator, str) else None


# --- validators, built once per schema -----------------------------------------------------------


@lru_cache(maxsize=8192)
def _validator(schema: Same[JsonObject], closed: bool) -> Any:
    """Return the validator of a schema, or the reason why it has none.

    Looked up by identity first, which is fast, then by content: every dialogue read from a file has
    its own copy of the same tools.
    """
    try:
        text = json.dumps(schema.it, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError) as error:
        return f"not JSON: {error}"
    return _compiled(text, closed)


@lru_cache(maxsize=8192)
def _compiled(text: str, closed: bool) -> Any:
    schema = normalise_schema(json.loads(text))
    try:
        return jsonschema_rs.validator_for(
            close(schema) if closed else schema,
            validate_formats=True,
            formats=LENIENT,
            offline=True,  # a definition must never cause a download
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return _short(getattr(error, "message", str(error)))


def _is_default(schema: JsonObject, arguments: Any, path: str) -> bool:
    declared = schema_at(schema, path)
    if declared is None or "default" not in declared:
        return False
    try:
        given = get(arguments, path)
    except KeyError:
        return False  # it is missing
    return type(given) is type(declared["default"]) and bool(given == declared["default"])


# --- what a mismatch says ------------------------------------------------------------------------


def _fits(validator: Any, value: Any) -> bool:
    # Beyond some thousand levels jsonschema-rs 0.60 overflows its stack and takes the process down.
    if isinstance(validator, str) or (not _is_flat(value) and deeper_than(MAX_DEPTH, value)):
        return False
    return bool(validator.is_valid(value))


def _is_flat(value: Any) -> bool:
    """Tell whether a value is an object without objects or lists inside, as most arguments are."""
    return type(value) is dict and _NESTED.isdisjoint(map(type, value.values()))


def _mismatches(validator: Any, value: Any) -> tuple[Mismatch, ...]:
    if isinstance(validator, str):
        return (Mismatch("", _short(f"the tool's schema cannot be used: {validator}")),)
    if deeper_than(MAX_DEPTH, value):
        return (Mismatch("", f"expected at most {MAX_DEPTH} levels of nesting, got more"),)
    errors = _told_once(list(islice(validator.iter_errors(value), _MAX_MISMATCHES)))
    found = (mismatch for error in errors for mismatch in _explain(error))
    return tuple(Mismatch(_cut(m.path), m.message) for m in islice(found, _MAX_MISMATCHES))


def _told_once(errors: list[Any]) -> list[Any]:
    """Return the errors without names that are undeclared only because a part did not fit."""
    other = [e.instance_path for e in errors if e.kind.name != "unevaluatedProperties"]
    return [
        error
        for error in errors
        if error.kind.name != "unevaluatedProperties"
        or not any(path[: len(error.instance_path)] == error.instance_path for path in other)
    ]


def _explain(error: Any) -> Iterator[Mismatch]:
    path = ""
    for step in error.instance_path:
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, str(step))
    kind, got = error.kind, _shown(error.instance)
    match kind.name:
        case "required":
            yield Mismatch(child(path, kind.property), "expected a value, it is missing")
        case "additionalProperties" | "unevaluatedProperties":
            for name in kind.unexpected:
                yield Mismatch(child(path, str(name)), "expected no such name, the tool has none")
        case "type":
            yield Mismatch(path, f"expected {' or '.join(kind.types)}, got {got}")
        case "enum":
            yield Mismatch(path, f"expected one of {_shown(kind.options)}, got {got}")
        case "const":
            yield Mismatch(path, f"expected {_shown(kind.expected_value)}, got {got}")
        case "anyOf" | "oneOf":
            forms = " or ".join(dict.fromkeys(_forms(error))) or "one of the forms in the schema"
            yield Mismatch(path, _short(f"expected {forms}, got {got}"))
        case "format":
            yield Mismatch(path, f"expected format {kind.format}, got {got}")
        case "pattern":
            yield Mismatch(path, f"expected to match {_shown(kind.pattern)}, got {got}")
        case _:
            yield Mismatch(path, _short(f"expected {_limit(kind)}, got {got}"))


def _forms(error: Any) -> Iterator[str]:
    """Yield the types that the alternatives expected at this place."""
    for branch in getattr(error.kind, "context", ()):
        for inner in branch:
            if inner.kind.name == "type" and inner.instance_path == error.instance_path:
                yield from inner.kind.types


def _limit(kind: Any) -> str:
    """Name a bound by its keyword: `minimum 1`, `maxItems 3`, `uniqueItems`."""
    value = getattr(kind, "limit", getattr(kind, "multiple_of", None))
    return str(kind.name) if value is None else f"{kind.name} {value}"


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        text = repr(type(value).__name__)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"


def _short(text: str) -> str:
    return _cut(" ".join(text.split()))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_MESSAGE else f"{text[: _MAX_MESSAGE - 3]}..."
