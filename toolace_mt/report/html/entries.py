"""The dialogues of a report, one plain JSON object each, from a run's directory or any file.

An entry has those columns of the dataset (`dataset/rows.py`) that its source has: `id`, `outcome`,
`failure`, `messages`, `tools`, `plan`, `turn_of_message`, `findings`, `answers`, `edits`,
`origins`, `usage`, `domains`, `injections`, `date`, `language`, `persona`, `policy`. Beside these:

- `asked`: arguments that the user asks for by a phrase (`report.asked`); runs alone have them.
- `way` in each origin of an argument: how it was found (`report.asked.way`).
- `named`: the policy rule that a reply names, by turn.
- `near`: the share of n-grams that each text has in common with usage examples (runs alone).
- `left_out`: why an accepted dialogue of a run is no row of its dataset, "" otherwise.
- `injected`: the kind of injection that wrote each turn, "" for none (runs alone).
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from toolace_mt.dataset.rows import to_record
from toolace_mt.errors import InputError
from toolace_mt.reading.dialogue import Problem, Unread, read_dialogue
from toolace_mt.reading.files import read_rows
from toolace_mt.report.asked import asked, way
from toolace_mt.report.diversity import near_usage
from toolace_mt.report.html.run_facts import left_out
from toolace_mt.run.directory import RunDir
from toolace_mt.run.shards import read_shard
from toolace_mt.trajectory import JsonObject
from toolace_mt.verification import check

_LISTS = (
    *("plan", "findings", "answers", "edits", "origins", "usage", "domains", "injections"),
    "policy",
)
_TEXTS = ("failure", "date", "language", "persona")
_OF_RUNS: JsonObject = {"asked": [], "near": [], "left_out": "", "injected": []}


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
    reasons = left_out(run_dir)
    for path in RunDir(run_dir).shards("verification"):
        for trajectory in read_shard(path):
            record = to_record(trajectory)
            more = {
                "asked": [asdict(each) for each in asked(trajectory)],
                "near": [round(share, 4) for share in near_usage(trajectory)],
                "left_out": reasons.get(trajectory.id, ""),
                "injected": [turn.injection or "" for turn in trajectory.turns],
            }
            yield _entry(record | {"failure": trajectory.failure}, record["id"], more)


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


def _entry(row: JsonObject, name: str, more: JsonObject | None = None) -> JsonObject:
    """Return the entry of a row; `more` is what a run knows beside the columns of its rows."""
    entry: JsonObject = {"id": name, "outcome": row.get("outcome") or "failed"}
    entry |= {column: str(row.get(column) or "") for column in _TEXTS} | (more or _OF_RUNS)
    for column in ("messages", "tools"):
        entry[column] = [_object(item) for item in row.get(column) or ()]
    for column in _LISTS:
        entry[column] = list(row.get(column) or ())
    turns = row.get("turn_of_message")
    entry["turn_of_message"] = list(turns) if turns else _turns(entry["messages"])
    for edit in entry["edits"]:
        edit["before"], edit["after"] = _object(edit["before"]), _object(edit["after"])
    _find_ways(entry)
    entry["named"] = _named(entry)
    return entry


def _find_ways(entry: JsonObject) -> None:
    kinds = {(each["turn"], each["path"]): each["kind"] for each in entry["asked"]}
    roles: dict[int, str] = {}
    for turn, message in zip(entry["turn_of_message"], entry["messages"], strict=False):
        if turn >= 0 and isinstance(message, dict):
            roles[turn] = str(message.get("role", ""))
    listed = [roles.get(turn, "") for turn in range(max(roles, default=-1) + 1)]
    for origin in entry["origins"]:
        if origin["path"].startswith("calls["):
            kind = kinds.get((origin["turn"], origin["path"]), "")
            origin["way"] = way(origin["kind"], origin.get("source") or "", kind, listed)


def _named(entry: JsonObject) -> JsonObject:
    """Return the name of the policy rule whose text stands in a reply, by the reply's turn."""
    rules = [(str(r["text"]).casefold(), r["name"]) for r in entry["policy"] if "text" in r]
    found = {}
    for turn, message in zip(entry["turn_of_message"], entry["messages"], strict=False):
        if rules and isinstance(message, dict) and message.get("role") == "assistant":
            said = str(message.get("content") or "").casefold()
            names = [name for text, name in rules if text and text in said]
            if names:
                found[str(turn)] = names[0]
    return found


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
