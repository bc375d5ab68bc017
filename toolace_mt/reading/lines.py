"""Rows of text files: JSON Lines, a JSON array or one JSON object; plain, gzipped or on stdin."""

import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from toolace_mt.errors import InputError
from toolace_mt.reading.problem import Problem
from toolace_mt.reading.row import Row, json_value
from toolace_mt.reading.shapes.sessions import harness

MAX_ROW = 64 * 2**20
"""Rows of more bytes (characters, in an array) are not read."""
STDIN = Path("-")
_CHUNK = 2**20
_SNIFF = 4096
_BOM = b"\xef\xbb\xbf"
_PACKED = {
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"PAR1": "Parquet, but not named .parquet",
    b"\xff\xfe": "UTF-16; write it as UTF-8",
    b"\xfe\xff": "UTF-16; write it as UTF-8",
}
_MESSAGES = re.compile(rb"\s*\[\s*\{\s*\"(?:role|from)\"")  # a dialogue alone, not rows
_GAP = re.compile(r"[\s,]*")
_LISTS = ("data", "rows", "simulations", "trajectories", "dialogues", "conversations", "results")


def read_text(path: Path) -> Iterator[Row]:
    """Yield the rows of a text file, or of stdin if `path` is `-`.

    Raises InputError for a packed or binary format other than gzip.
    """
    with opened(path) as file:
        start = file.peek(_SNIFF)[:_SNIFF].removeprefix(_BOM)
        if kind := next((kind for magic, kind in _PACKED.items() if start.startswith(magic)), None):
            raise InputError(f"{path}: expected JSON Lines, JSON, Parquet or gzip, got {kind}")
        if start.lstrip().startswith(b"[") and not _MESSAGES.match(start):
            with io.TextIOWrapper(file, encoding="utf-8-sig") as text:
                yield from _array(text)
        else:
            yield from _sessions(file)


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file for reading, unpacked; raise InputError if its gzip data is cut off or broken."""
    raw = sys.stdin.buffer if path == STDIN else path.open("rb")
    file = cast(io.BufferedReader, raw)
    try:
        if file.peek(2)[:2] == b"\x1f\x8b":
            unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=file))
            file = io.BufferedReader(unpacked, _CHUNK)  # type: ignore[arg-type]
        yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: the gzip file is cut off or broken: {error}") from error
    finally:
        if path != STDIN:
            raw.close()


def _sessions(file: io.BufferedReader) -> Iterator[Row]:
    """Yield rows. A file that starts with an event of an agent's session is one row."""
    rows = _objects(file)
    for row in rows:
        if row.line > 1 or not harness(row.value):
            yield row
            continue
        events, held = [row.value], [row.given]
        size = len(row.given)
        for more in rows:
            size += len(more.given) if isinstance(more.given, bytes) else 0
            if size > MAX_ROW:
                yield Row(1, Problem(f"a session of more than {MAX_ROW:,} bytes is not read"))
                return
            value = more.value
            if isinstance(value, Problem):  # the last line of a session that was killed
                continue
            events.append(value)
            held.append(more.given)
        yield Row(1, {"events": events}, source=b"\n".join(held))


def _objects(file: io.BufferedReader) -> Iterator[Row]:
    """Yield the rows of JSON Lines, or of one object written on several lines."""
    rows = _lines(file)
    first = next(rows, None)
    if first is None:
        return
    if _is_begun(first):
        rest = file.read(MAX_ROW)
        whole = json_value(first.given + b"\n" + rest)
        if not isinstance(whole, Problem):
            yield from _members(whole)
            return
        yield first
        yield from _lines(io.BufferedReader(io.BytesIO(rest)), first.line)
    elif isinstance(value := first.value, dict) and (held := _list_in(value)):
        yield from _members({held: value[held]})
        yield from rows
    else:
        yield first
    yield from rows


def _is_begun(row: Row) -> bool:
    """Say whether a line starts a value that continues on the next lines."""
    if not isinstance(row.given, bytes) or not row.given.lstrip().startswith((b"{", b"[")):
        return False
    value = row.value
    return isinstance(value, Problem) and "EOF while parsing" in value.text


def _members(whole: object) -> Iterator[Row]:
    held = _list_in(whole) if isinstance(whole, dict) else ""
    rows = whole[held] if held and isinstance(whole, dict) else [whole]
    for number, value in enumerate(rows, 1):
        yield Row(number, value)


def _list_in(whole: dict[str, object]) -> str:
    """Return the key under which an object holds rows, "" if the object itself is a row."""
    for key in _LISTS:
        value = whole.get(key)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = value[0].keys()
            if inner & {"messages", "conversations", "steps", "traj", "contents"}:
                return key
    return ""


def _lines(file: io.BufferedReader, number: int = 0) -> Iterator[Row]:
    while line := file.readline(MAX_ROW):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        if len(line) >= MAX_ROW and not line.endswith(b"\n"):
            while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield Row(number, Problem(f"a line of more than {MAX_ROW:,} bytes is not read"))
        elif not line.isspace():
            yield Row(number, line.removesuffix(b"\n"))


def _array(file: io.TextIOWrapper) -> Iterator[Row]:
    """Yield the items of a JSON array; a broken item ends it, as the next start is unknown."""
    end_of = json.JSONDecoder().raw_decode
    text = file.read(_SNIFF + _CHUNK)
    at = text.index("[") + 1
    line = 1 + text.count("\n", 0, at)
    while True:
        gap = _GAP.match(text, at)
        assert gap is not None  # the pattern also matches the empty string
        line += text.count("\n", at, gap.end())
        at = gap.end()
        if at == len(text):
            text, at = file.read(_CHUNK), 0
            if not text:
                yield Row(line, Problem("the array does not end"))
                return
        elif text[at] == "]":
            return
        else:
            problem, end = "", at
            try:
                _, end = end_of(text, at)
            except (ValueError, RecursionError) as error:
                problem = f"not valid JSON: {error}; reading ends here"
            if end in (at, len(text)):  # the chunk may end here, not the value
                room = len(text) - at < MAX_ROW
                if room and (more := file.read(max(_CHUNK, len(text) - at))):
                    text, at = text[at:] + more, 0
                    continue
            if problem:
                yield Row(line, Problem(problem))
                return
            yield _item(line, text[at:end])
            line += text.count("\n", at, end)
            at = end


def _item(line: int, text: str) -> Row:
    """Return a row of an array: its text, or its value if the text has line breaks."""
    given = text.encode("utf-8", "surrogatepass")
    return Row(line, json_value(given) if "\n" in text or "\r" in text else given)
