"""The dialogues of a report, one plain JSON object each, from a run's directory or any file.

An entry has those columns of the dataset (`dataset/rows.py`) that its source has: `id`, `outcome`,
`failure`, `messages`, `tools`, `plan`, `turn_of_message`, `findings`, `answers`, `edits`,
`origins`, `usage`, `domains`, `injections`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolace_mt.dataset.rows import to_record
from toolace_mt.errors import InputError
from toolace_mt.reading.dialogue import Problem, Unread, read_dialogue
from toolace_mt.reading.files import read_rows
from toolace_mt.run.directory import RunDir
from toolace_mt.run.shards import read_shard
from toolace_mt.trajectory import JsonObject
from toolace_mt.verification import check

_LISTS = ("plan", "findings", "answers", "edits", "origins", "usage", "domains", "injections")


def entries(path: Path) -> Iterator[JsonObject]:
    """Yield the dialogues of a run's directory, or of any file or dataset.

    Dialogues without a column `findings` are checked with the rules. Raises InputError if there is
    none, or nothing readable at `path`.
    """
    found = _of_run(path) if (path / "shards").is_dir() else _of_file(path)
    first = next(found, None)
    if first is None:
        raise InputError(f"{path}: no dialogue to report on; see `toolace-mt status` for a run")
    yield first
    yield from found


def _of_run(run_dir: Path) -> Iterator[JsonObject]:
    for path in RunDir(run_dir).shards("verification"):
        for trajectory in read_shard(path):
            record = to_record(trajectory)
            yield _entry({**record, "failure": trajectory.failure}, record["id"])


def _of_file(path: Path) -> Iterator[JsonObject]:
    for row in read_rows(path, whole=True):
        name = f"{row.split}:{row.line}" if row.split else f"line {row.line}"
        value = row.value
        if isinstance(value, dict) and isinstance(value.get("findings"), list):
            yield _entry(value, str(value.get("id") or name))
        elif isinstance(value, Problem):
            yield _entry({"failure": f"unreadable: {value.text}"}, name)
        else:
            yield _checked(value, name)


def _checked(value: Any, name: str) -> JsonObject:
    """Return the entry of a row without findings: the rules are applied here."""
    read = read_dialogue(value)
    if isinstance(read, Unread):
        return _entry({"failure": f"unreadable: {read.problems[0].text}"}, name)
    findings = check(read.trajectory)
    rejected = any(found.severity == "error" for found in findings)
    record = to_record(read.trajectory)
    columns = ("check", "severity", "message", "turn", "tool", "path", "side")
    record["findings"] = [{c: getattr(found, c) for c in columns} for found in findings]
    record["outcome"] = "rejected" if rejected else "accepted"
    return _entry(record, read.trajectory.id or name)


def _entry(row: JsonObject, name: str) -> JsonObject:
    entry: JsonObject = {"id": name, "failure": row.get("failure") or ""}
    entry["outcome"] = row.get("outcome") or "failed"
    for column in ("messages", "tools"):
        entry[column] = [_object(item) for item in row.get(column) or ()]
    for column in _LISTS:
        entry[column] = list(row.get(column) or ())
    turns = row.get("turn_of_message")
    entry["turn_of_message"] = list(turns) if turns else _turns(entry["messages"])
    for edit in entry["edits"]:
        edit["before"], edit["after"] = _object(edit["before"]), _object(edit["after"])
    return entry


def _object(item: Any) -> Any:
    """Return the JSON value of a column that may hold it as text."""
    if not isinstance(item, str):
        return item
    try:
        return json.loads(item)
    except ValueError:
        return item


def _turns(messages: list[Any]) -> list[int]:
    """Return the turn of each message; outputs in a row are one turn."""
    turns: list[int] = []
    last, role = -1, ""
    for message in messages:
        current = str(message.get("role", "")) if isinstance(message, dict) else ""
        if current != "system" and not (current == role == "tool"):
            last += 1
        turns.append(-1 if current == "system" else last)
        role = current
    return turns
