"""A checker of requests by constraint that knows nothing but a row of the dataset.

It reads the formulas in `origins` and the messages as JSON, tries every row, and complains. It
shares no code with `toolace_mt.selection`.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

WORD = r"[^\s()]+"
TERM = re.compile(
    rf"(?:(?P<field>{WORD}) of (?P<pick>first|second|last|only)?\s?"
    rf"(?:(?P<arg>argmin|argmax)\((?P<by>{WORD})\))?"
    rf"|(?P<fold>sum|difference)\((?P<folded>{WORD})\)|(?P<count>count))"
    rf"(?: where (?P<where>.*?))? over turn (?P<turn>\d+), (?P<call>\w+)(?:: (?P<path>\S+))?"
)
TEST = re.compile(
    rf"(?P<field>{WORD}) (?P<test>equal|not_equal|before|after|at_least|at_most|contains)"
    r' (?P<value>"(?:[^"\\]|\\.)*"|\S+)'
)


def complaints(row: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the queries of a row; a row without any yields nothing."""
    messages = [json.loads(message) for message in row["messages"]]
    at = row["turn_of_message"]
    outputs: dict[str, tuple[int, Any]] = {}
    for turn, message in zip(at, messages, strict=True):
        if message["role"] == "tool":
            content = message["content"]
            outputs[message["tool_call_id"]] = (turn, _json(content))
    for origin in row["origins"]:
        if " over turn " in origin["source"] and origin["path"].startswith("calls["):
            value = _argument(origin, messages, at)
            for why in _wrong(origin, value, outputs):
                yield f"turn {origin['turn']}, {origin['path']}: {origin['source']}: {why}"


def counted(row: dict[str, Any]) -> int:
    """Return how many arguments of a row have a query as their origin."""
    return sum(" over turn " in origin["source"] for origin in row["origins"])


def _wrong(
    origin: dict[str, Any], value: Any, outputs: dict[str, tuple[int, Any]]
) -> Iterator[str]:
    source = origin["source"]
    terms = list(TERM.finditer(source))
    if not terms or "".join(term[0] for term in terms) != re.sub(r" [+-] (?=\S)", "", source):
        yield "unreadable"
        return
    results = []
    for term in terms:
        turn, content = outputs[term["call"]]
        if turn != int(term["turn"]) or turn >= origin["turn"]:
            yield "the output does not come before the call"
        tests = list(TEST.finditer(term["where"] or ""))
        rows = _rows(content, term["path"] or "")
        found = _answers(term, rows, tests)
        if len(found) != 1:
            yield f"{len(found)} answers: {found[:3]}"
            return
        results.append(found[0])
        for test in tests:
            left = _answers(term, rows, [other for other in tests if other is not test])
            if left == found:
                yield f"{test[0]} is not needed"
    if len(results) == 2:
        one, two = (Fraction(str(result)) for result in results)
        total = one + two if " + " in source else abs(one - two)
        if total != Fraction(str(value)):
            yield f"{value} is not {float(total)}"
    elif results[0] != value and not (
        isinstance(value, float) and Fraction(str(results[0])) == Fraction(str(value))
    ):
        yield f"{value!r} is not {results[0]!r}"


def _answers(term: re.Match[str], rows: list[Any], tests: list[re.Match[str]]) -> list[Any]:
    """Return every value that the term can mean: one, if it is well put."""
    kept = [row for row in rows if all(_holds(row, test) for test in tests)]
    if term["count"]:
        return [len(kept)]
    if term["fold"]:
        numbers = [Fraction(str(row[term["folded"]])) for row in kept]
        if len(numbers) < 2:
            return []
        total = sum(numbers) if term["fold"] == "sum" else max(numbers) - min(numbers)
        return [int(total) if total.denominator == 1 else float(total)]
    if term["by"]:
        if len(kept) < 2:
            return []
        wanted = 1 if term["pick"] == "second" else 0
        beats = [
            sum(_better(other, row, term) for other in kept if other is not row) for row in kept
        ]
        ties = [
            sum(not _better(other, row, term) and not _better(row, other, term) for other in kept)
            for row in kept
        ]
        best = [i for i in range(len(kept)) if beats[i] <= wanted < beats[i] + ties[i]]
        return [kept[i][term["field"]] for i in best]
    if term["pick"] == "first":
        return [kept[0][term["field"]]] if len(kept) > 1 else []
    return [row[term["field"]] for row in kept]


def _better(one: Any, other: Any, term: re.Match[str]) -> bool:
    here, there = _scale(one[term["by"]]), _scale(other[term["by"]])
    return here > there if term["arg"] == "argmax" else here < there


def _holds(row: Any, test: re.Match[str]) -> bool:
    value, wanted = row[test["field"]], json.loads(test["value"])
    match test["test"]:
        case "equal":
            return str(value).lower() == str(wanted).lower()
        case "not_equal":
            return str(value).lower() != str(wanted).lower()
        case "contains":
            return str(wanted).lower() in str(value).lower()
    here, there = _scale(value), _scale(wanted)
    return {
        "before": here < there,
        "after": here > there,
        "at_least": here >= there,
        "at_most": here <= there,
    }[test["test"]]


def _scale(value: Any) -> float:
    if isinstance(value, int | float):
        return round(value, 2)
    if re.fullmatch(r"\d\d:\d\d(:\d\d)?", value):
        return int(value[:2]) * 60 + int(value[3:5])
    moment = datetime.fromisoformat(value)
    return moment.timestamp() // 60 if moment.tzinfo else moment.toordinal() * 1440.0


def _rows(content: Any, path: str) -> list[Any]:
    for key in filter(None, path.split(".")):
        content = content[key]
    return content if isinstance(content, list) else [content]


def _argument(origin: dict[str, Any], messages: list[Any], at: list[int]) -> Any:
    path = re.fullmatch(r"calls\[(\d+)\]\.arguments\.(.*)", origin["path"])
    assert path is not None
    calls = next(
        message["tool_calls"]
        for turn, message in zip(at, messages, strict=True)
        if turn == origin["turn"] and message.get("tool_calls")
    )
    return _json(calls[int(path[1])]["function"]["arguments"])[path[2]]


def _json(given: Any) -> Any:
    return json.loads(given) if isinstance(given, str) else given
