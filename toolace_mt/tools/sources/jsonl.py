"""Tools from a file: JSON Lines, one JSON value, or an OpenAPI document.

Lines and values hold definitions in any shape that `tools.dialects` knows, lists of definitions, or
rows of a dataset with a `tools` column.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pydantic_core import from_json

from toolace_mt.errors import InputError
from toolace_mt.tools.dialects import Malformed, unpacked
from toolace_mt.tools.sources.base import Given
from toolace_mt.tools.sources.openapi import is_openapi, operations, read_openapi

MAX_LINE = 1 << 20
"""Bytes; real tool definitions are far shorter."""

_MAX_FILE = 1 << 28
# Numbers that overflow: the fast parser accepts them, JSON cannot represent them.
_DIGITS = re.compile(rb"\d(?:[eE]\+?\d{3}|\d{299})")
_DOUBTFUL = re.compile(rb"[:,\[]\s*+-?\d(?:[\d.]*[eE]\+?\d{3}|\d{299})")


def read_file(place: str) -> Iterator[Given]:
    """Yield the definitions in a file of tools, whichever form of JSON it has."""
    if place.endswith((".yaml", ".yml")):
        yield from read_openapi(place)
        return
    try:
        with open(place, "rb") as file:
            whole = _whole(file, place)
            if whole is None:
                file.seek(0)
                yield from read_lines(file, place)
                return
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{place}: cannot be read: {reason}; expected a JSONL file") from error
    if is_openapi(whole):
        yield from operations(whole, Path(place).name)
        return
    yield from (Given(f"{place}{at}", definition) for at, definition in unpacked(whole))


def _whole(file: BinaryIO, place: str) -> Any | None:
    """Return the single JSON value that a file holds, or None if it is JSON Lines."""
    first = b""
    while not first.strip():
        first = file.readline(_MAX_FILE)
        if not first:
            return None
    value, error = _parsed(first)
    lines = error is None and any(line.strip() for line in file)
    if error is not None and first.lstrip(b"\xef\xbb\xbf \t")[:1] in (b"{", b"["):
        value, error = _parsed(first + file.read(_MAX_FILE))
    if error is not None or lines or not isinstance(value, dict | list):
        return None
    if isinstance(value, dict) and isinstance(value.get("mcpServers"), dict):
        raise InputError(
            f"{place}: is a list of MCP servers; to start them and ask for their tools, name it as"
            f" mcp:{place}"
        )
    single = isinstance(value, dict) and isinstance(value.get("name"), str)
    return None if single or (len(first) <= 2 and not value) else value


def _parsed(data: bytes) -> tuple[Any, str | None]:
    try:
        return _decoded(data), None
    except Malformed as malformed:
        return None, malformed.reason


def read_lines(lines: Iterable[bytes], where: str) -> Iterator[Given]:
    """Yield the definitions on lines of bytes; `where` names their origin in messages."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        here = f"{where}:{number}"
        if len(line) > MAX_LINE:
            reason = f"line of {len(line)} bytes; expected at most {MAX_LINE}"
            yield Given(here, Malformed("", reason))
            continue
        try:
            value = _decoded(line)
        except Malformed as malformed:
            yield Given(here, malformed)
            continue
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            yield Given(here, value)  # the common case
            continue
        found = list(unpacked(value))
        for place, definition in found:
            yield Given(f"{here}: {place.removeprefix('.')}" if place else here, definition)
        if not found:
            yield Given(here, Malformed("", "holds no tool definition"))


def _decoded(data: bytes) -> Any:
    if not (_DIGITS.search(data) and _DOUBTFUL.search(data)):
        try:
            return from_json(data, allow_inf_nan=False)
        except (ValueError, TypeError):
            pass  # the slow parser below says what is wrong
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeDecodeError as error:
        raise Malformed("", f"not UTF-8 at byte {error.start}") from error
    except UnicodeEncodeError as error:
        reason = "a text holds half a surrogate pair, which no file can carry"
        raise Malformed("", reason) from error
    except json.JSONDecodeError as error:
        raise Malformed("", f"not JSON at column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise Malformed("", "nested too deeply to be read") from error
    except ValueError as error:
        raise Malformed("", f"a number that JSON cannot carry: {error}"[:200]) from error
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)
