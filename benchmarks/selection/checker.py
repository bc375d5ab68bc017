"""Checks requests by constraint in the JSON of a row; it shares no code with the package.

Written from what a request by constraint has to hold, not from the code that proves it. A query is
not computed: every row of its outputs is asked whether it could be meant, by comparing it with each
of the others. Exactly one row may answer, and the argument has to be its value.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from benchmarks.selection.formulas import Filter, Query, parse

Row = dict[str, Any]
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OFFERED = re.compile(r"<tools>.*?</tools>", re.DOTALL)
_INDEX = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True)
class Said:
    """A message of a row, with its turn."""

    turn: int
    message: dict[str, Any]


def queries(row: dict[str, Any]) -> list[tuple[dict[str, Any], list[Query]]]:
    """Return the origins of a row that are queries, with what they ask."""
    chosen = [o for o in row["origins"] if " over turn " in o["source"]]
    return [(origin, parse(origin["source"])) for origin in chosen]


def complaints(row: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the queries of a row, one line each; nothing if all is right."""
    said = [
        Said(turn, json.loads(text))
        for turn, text in zip(row["turn_of_message"], row["messages"], strict=True)
    ]
    failed = {each["id"] for each in row["executions"] if each["error"]}
    for origin, asked in queries(row):
        for wrong in _wrong(origin, asked, said, failed):
            at = f"{row['id']} turn {origin['turn']} {origin['path']}"
            yield f"{at}: {wrong} ({origin['source']})"


def _wrong(
    origin: dict[str, Any], asked: list[Query], said: list[Said], failed: set[str]
) -> Iterator[str]:
    at, call = _call(origin, said)
    value = _at(call["function"]["arguments"], origin["path"].partition(".arguments.")[2])
    results = []
    for query in asked:
        wrong = _unreadable(query, at, said, failed)
        if wrong:
            yield wrong
            return
        rows = _rows(query, said)
        yield from _decoration(query, rows)
        results.append(_answers(query, rows))
    if any(len(each) != 1 for each in results):
        yield f"{[len(each) for each in results]} answers"
        return
    answer = _together([each[0] for each in results], origin["source"])
    if not _same(answer, value):
        yield f"the answer is {answer!r}, the argument {value!r}"
    heard = _heard(said[:at])
    if isinstance(value, str) and _stands(value, _heard(said[_latest_reply(at, said) : at])):
        yield f"the user says {value!r}"
    for test in (test for query in asked for test in query.where):
        if not any(_stands(words, heard) for words in _spoken(test.value)):
            yield f"the user does not say {test.value!r}"


def _call(origin: dict[str, Any], said: list[Said]) -> tuple[int, dict[str, Any]]:
    """Return the place of the message that makes the call, and the call."""
    number = int(re.match(r"calls\[(\d+)\]", origin["path"])[1])  # type: ignore[index]
    for at, each in enumerate(said):
        if each.turn == origin["turn"] and each.message.get("tool_calls"):
            return at, each.message["tool_calls"][number]
    raise ValueError(f"no call at {origin}")


def _unreadable(query: Query, at: int, said: list[Said], failed: set[str]) -> str:
    """Return why the outputs of a query are not what a reader looks at, "" if they are."""
    before = [s for s in said[:at] if s.message["role"] == "tool"]
    good = [s for s in before if s.message["tool_call_id"] not in failed]
    for source in query.sources:
        found = [s for s in good if s.message["tool_call_id"] == source.call]
        if not found:
            return f"{source.call} has not returned before the call"
        if found[0].turn != source.turn:
            return f"{source.call} returned in turn {found[0].turn}"
        later = [s for s in good if s.message["name"] == found[0].message["name"]]
        if later[-1] is not found[0]:
            return f"{source.call} is not the latest of {found[0].message['name']}"
    return ""


def _rows(query: Query, said: list[Said]) -> list[Row]:
    """Return the rows of all sources, those of several merged where they agree at the key."""
    tables = []
    for source in query.sources:
        [text] = [
            s.message["content"] for s in said if s.message.get("tool_call_id") == source.call
        ]
        table = _at(json.loads(text), source.path)
        tables.append(table if isinstance(table, list) else [table])
    rows = tables[0]
    for table in tables[1:]:
        rows = [
            one | other
            for one in rows
            for other in table
            if query.key in one and _same(one[query.key], other.get(query.key))
        ]
    return rows


def _answers(query: Query, rows: list[Row]) -> list[Any]:
    """Return every value that could be meant; of one and the same, one for each row."""
    left = [row for row in rows if all(_passes(row, test) for test in query.where)]
    if query.pick == "count":
        return [len(left)]
    if query.pick in ("sum", "difference"):
        values: list[float] = [row[query.field] for row in left if query.field in row]
        if not values or len(values) < len(left):
            return []
        return [sum(values) if query.pick == "sum" else max(values) - min(values)]
    meant = [row for row in left if _is_meant(row, left, query)]
    return [row[query.field] for row in meant if query.field in row]


def _is_meant(row: Row, left: list[Row], query: Query) -> bool:
    others = [other for other in left if other is not row]
    if query.pick == "only" and not query.by:
        return True
    if query.by:
        ranks = [_compared(other.get(query.by), row.get(query.by)) for other in others]
        if None in ranks or 0 in ranks or not ranks:
            return False
        ahead = sum(rank == (1 if query.descending else -1) for rank in ranks)
    else:
        ahead = next(at for at, other in enumerate(left) if other is row)
    return ahead == {"only": 0, "first": 0, "second": 1, "last": len(others)}[query.pick]


def _decoration(query: Query, rows: list[Row]) -> Iterator[str]:
    """Yield the filters without which the answer is the same."""
    whole = _answers(query, rows)
    for test in query.where:
        rest = tuple(each for each in query.where if each is not test)
        if _answers(replace(query, where=rest), rows) == whole:
            yield f"{test.field} {test.name} {test.value!r} changes nothing"


def _passes(row: Row, test: Filter) -> bool:
    if test.field not in row:
        return False
    value = row[test.field]
    if test.name in ("equal", "not_equal"):
        return _same(value, test.value) == (test.name == "equal")
    if test.name == "contains":
        return str(test.value).lower() in str(value).lower()
    rank = _compared(value, test.value)
    return (
        rank in {"before": (-1,), "after": (1,), "at_least": (0, 1), "at_most": (-1, 0)}[test.name]
    )


def _compared(one: Any, other: Any) -> int | None:
    """Return -1, 0 or 1 as a user who sees two values would order them, None if they would not."""
    first, second = _shown(one), _shown(other)
    if first is None or second is None or first[0] != second[0]:
        return None
    return int(first[1] > second[1]) - int(first[1] < second[1])


def _shown(value: Any) -> tuple[str, Any] | None:
    if type(value) in (int, float):
        return "number", round(value, 2)
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return "hour", value[:5]
    if isinstance(value, str) and _DAY.match(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        if len(value) == 10:
            return "day", value
        aware = f"moment{moment.tzinfo is not None}"
        return aware, moment.replace(second=0, microsecond=0)
    return None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().lower() == other.strip().lower()
    if isinstance(one, float) or isinstance(other, float):
        return bool(abs(one - other) < 0.005)
    return type(one) is type(other) and bool(one == other)


def _together(results: list[Any], source: str) -> Any:
    if len(results) == 1:
        return results[0]
    return sum(results) if " + " in source else abs(results[0] - results[1])


def _heard(said: list[Said]) -> str:
    """Return what the user says in messages, without tools that are offered in them."""
    texts = (str(s.message["content"]) for s in said if s.message["role"] == "user")
    return " ".join(_OFFERED.sub("", text) for text in texts)


def _latest_reply(at: int, said: list[Said]) -> int:
    """Return the place of the last reply that follows outputs; what comes after it is new."""
    start = 0
    for here in range(1, at):
        reply = said[here].message
        done = reply["role"] == "assistant" and not reply.get("tool_calls")
        if done and said[here - 1].message["role"] == "tool":
            start = here
    return start


def _spoken(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return (value[:5], "noon" if value.startswith("12:00") else value)
    return (f"{value:.10g}" if isinstance(value, float) else str(value),)


def _stands(words: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words.lower())}(?!\w)", text.lower()) is not None


def _at(content: Any, path: str) -> Any:
    """Return what stands at a path such as `results[0].id`; "" is the whole."""
    for number, name in _INDEX.findall(path):
        content = content[int(number)] if number else content[name]
    return content
