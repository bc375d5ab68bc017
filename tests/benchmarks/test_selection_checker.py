"""The checker of requests by constraint, on a row whose faults are known."""

import json
from typing import Any

import pytest

from benchmarks.selection.checker import complaints
from benchmarks.selection.formulas import Filter, Place, Query, parse

FLIGHTS = [
    {"id": "A1", "fare": 90, "leaves": "08:10", "line": "North"},
    {"id": "B2", "fare": 120, "leaves": "12:30", "line": "South"},
    {"id": "C3", "fare": 140, "leaves": "17:00", "line": "South"},
]
OVER = "over turn 2, c0: flights"
CHEAPEST = f'id of argmin(fare) where leaves after "12:00" {OVER}'


def row(source: str, value: Any, asked: str, flights: Any = FLIGHTS) -> dict[str, Any]:
    def call(name: str, at: str, arguments: Any) -> dict[str, Any]:
        made = {"id": at, "function": {"name": name, "arguments": arguments}}
        return {"role": "assistant", "content": "", "tool_calls": [made]}

    output = {"role": "tool", "tool_call_id": "c0", "name": "search"}
    messages = [
        {"role": "user", "content": asked},
        call("search", "c0", {}),
        output | {"content": json.dumps({"flights": flights})},
        call("book", "c1", {"id": value}),
    ]
    return {
        "id": "d",
        "messages": [json.dumps(message) for message in messages],
        "turn_of_message": [0, 1, 2, 3],
        "executions": [{"id": "c0", "error": False}],
        "origins": [{"turn": 3, "path": "calls[0].arguments.id", "kind": "", "source": source}],
    }


@pytest.mark.parametrize(
    ("source", "value", "asked"),
    [
        (CHEAPEST, "B2", "the cheapest after noon"),
        (f"id of second argmax(fare) {OVER}", "B2", "the second most expensive"),
        (f'id of only where line equal "North" {OVER}', "A1", "the one of North"),
        (f"id of last {OVER}", "C3", "the last on the list"),
        (f"sum(fare) {OVER}", 350, "all of them"),
        (f"count {OVER}", 3, "how many"),
    ],
)
def test_a_query_with_one_answer_is_right(source: str, value: Any, asked: str) -> None:
    assert list(complaints(row(source, value, asked))) == []


@pytest.mark.parametrize(
    ("source", "value", "asked", "wrong"),
    [
        (CHEAPEST, "C3", "after noon", "the answer is 'B2'"),
        (CHEAPEST, "B2", "the cheapest", "the user does not say '12:00'"),
        (CHEAPEST, "B2", "after noon, B2", "the user says 'B2'"),
        (
            f'id of argmin(fare) where leaves before "18:00" {OVER}',
            "A1",
            "18:00",
            "changes nothing",
        ),
        (f'id of only where line equal "South" {OVER}', "B2", "South", "[2] answers"),
        (f"id of argmin(line) {OVER}", "A1", "", "[0] answers"),
        ("id of argmin(fare) over turn 4, c9: flights", "A1", "", "c9 has not returned"),
    ],
)
def test_a_query_that_is_wrong_is_named(source: str, value: Any, asked: str, wrong: str) -> None:
    assert any(wrong in said for said in complaints(row(source, value, asked)))


def test_a_tie_that_a_user_sees_has_no_answer() -> None:
    tied = [*FLIGHTS, {"id": "D4", "fare": 89.999, "leaves": "09:00", "line": "East"}]
    [said] = complaints(row(f"id of argmin(fare) {OVER}", "D4", "the cheapest", tied))
    assert "[0] answers" in said


def test_values_in_a_line_may_hold_its_own_words() -> None:
    line = (
        'x of argmax(y) where a equal "b over turn 1 and c" and d at_most 2.5 '
        "over turn 2, c0 and turn 3, c1: p.q joined by k - sum(z) over turn 4, c2: r"
    )
    where = (Filter("a", "equal", "b over turn 1 and c"), Filter("d", "at_most", 2.5))
    places = (Place(2, "c0", ""), Place(3, "c1", "p.q"))
    assert parse(line) == [
        Query("x", "first", "y", True, where, places, "k"),
        Query("z", "sum", "", False, (), (Place(4, "c2", "r"),), ""),
    ]
