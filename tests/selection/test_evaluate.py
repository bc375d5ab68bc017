import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.query import Condition, Derivation, Pick, Selection, Source
from toolace_mt.selection.evaluate import derive, evaluate, passes
from toolace_mt.selection.formula import formula
from toolace_mt.selection.propose import proposals
from toolace_mt.selection.prove import disproof
from toolace_mt.selection.values import place, sort_of

FLIGHTS = [
    {"flight_id": "A1", "airline": "North", "leaves": "08:15", "fare": 219, "seats": 4},
    {"flight_id": "B2", "airline": "Blue", "leaves": "13:40", "fare": 348.75, "seats": 2},
    {"flight_id": "C3", "airline": "North", "leaves": "17:00", "fare": 189.5, "seats": 9},
]
OUTPUTS = {"c1": {"flights": FLIGHTS, "total": 3}, "c2": {"fee": 20.1, "tax": 0.2}}
FLIGHT = Selection((Source("c1", "flights"),), "flight_id")


def proof(selection: Selection, outputs: dict[str, Any] = OUTPUTS) -> str:
    return disproof(Derivation("c9", "flight_id", (selection,), ""), outputs)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"by": "fare", "pick": "first"}, "C3"),
        ({"by": "fare", "descending": True, "pick": "first"}, "B2"),
        ({"by": "fare", "pick": "second"}, "A1"),
        ({"by": "leaves", "pick": "last"}, "C3"),
        ({"by": "fare", "pick": "first", "where": (Condition("leaves", "before", "12:00"),)}, "A1"),
        ({"where": (Condition("airline", "not_equal", "north"),)}, "B2"),
        ({"where": (Condition("seats", "at_least", 9),)}, "C3"),
        ({"where": (Condition("airline", "contains", "LU"),)}, "B2"),
        ({"field": "seats", "pick": "sum"}, 15),
        ({"field": "fare", "pick": "difference"}, 159.25),
        ({"pick": "count", "where": (Condition("airline", "equal", "North"),)}, 2),
        ({"pick": "first"}, "A1"),
    ],
)
def test_a_query_gives_what_a_reader_would_find(changes: dict[str, Any], result: Any) -> None:
    assert evaluate(replace(FLIGHT, **changes), OUTPUTS).value == result


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "3 rows remain"),
        ({"by": "airline", "pick": "first"}, "cannot be ordered"),
        ({"where": (Condition("airline", "equal", "South"),)}, "0 rows remain"),
        ({"field": "gate", "by": "fare", "pick": "first"}, "no gate"),
        ({"field": "airline", "pick": "sum"}, "not a number"),
        (
            {"by": "fare", "pick": "first", "where": (Condition("seats", "at_most", 4),)},
            "",
        ),
        (
            {"by": "fare", "pick": "first", "where": (Condition("airline", "equal", "North"),)},
            "seats is not needed|airline is not needed",
        ),
        (
            {"by": "fare", "pick": "first", "where": (Condition("airline", "equal", "Blue"),)},
            "decides nothing",
        ),
        ({"sources": (Source("c7", "flights"),)}, "no output of c7"),
    ],
)
def test_only_what_has_one_answer_and_no_decoration_is_proven(
    changes: dict[str, Any], why: str
) -> None:
    found = proof(replace(FLIGHT, **changes))
    assert any(part in found for part in why.split("|")) if why else found == ""


def test_what_looks_the_same_to_a_user_is_a_tie() -> None:
    cheap = replace(FLIGHT, by="fare", pick="first")
    rows = [{"flight_id": "A", "fare": 20.001}, {"flight_id": "B", "fare": 20.0}]
    assert "a tie" in proof(cheap, {"c1": {"flights": rows}})
    assert proof(cheap, {"c1": {"flights": [rows[0], {"flight_id": "B", "fare": 20.1}]}}) == ""


def test_rows_of_two_outputs_are_joined_by_their_key() -> None:
    outputs = OUTPUTS | {"c3": [{"flight_id": "B2", "gate": "7"}, {"flight_id": "C3", "gate": "9"}]}
    late = Selection(
        (Source("c1", "flights"), Source("c3", "")),
        "gate",
        by="fare",
        pick="first",
        key="flight_id",
    )
    assert evaluate(late, outputs).value == "9"
    assert evaluate(replace(late, descending=True), outputs).value == "7"


def test_two_values_are_added_without_the_noise_of_fractions() -> None:
    both = tuple(Selection((Source("c2", ""),), name) for name in ("fee", "tax"))
    combined = Derivation("c9", "amount", both, "the fee and the tax", "sum")
    assert derive(combined, OUTPUTS).value == 20.3
    assert derive(replace(combined, combine="difference"), OUTPUTS).value == 19.9
    assert (combined.kind, combined.reads) == ("computed", 1)


def test_a_query_is_written_in_one_line() -> None:
    cheapest = replace(
        FLIGHT, by="fare", pick="first", where=(Condition("leaves", "after", "12:00"),)
    )
    assert formula(Derivation("c9", "flight_id", (cheapest,), ""), {"c1": 4}) == (
        'flight_id of argmin(fare) where leaves after "12:00" over turn 4, c1: flights'
    )


CELLS = {
    "code": st.integers(0, 10**6),
    "price": st.sampled_from([10, 12.5, 12.504, 30, 99.99]),
    "starts": st.sampled_from(["08:00", "09:30", "12:00", "18:45"]),
    "day": st.sampled_from(["2026-01-05", "2026-02-28"]),
    "area": st.sampled_from(["garden", "Garden", "main room"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=2, max_size=6)


@settings(deadline=None)
@given(ROWS, st.integers(0, 10**9))
def test_a_proven_proposal_holds_for_every_order_of_the_rows(
    rows: list[dict[str, Any]], seed: int
) -> None:
    source = Source("c", "")
    for found in proposals(source, rows, "code", random.Random(seed)):
        if proof(found, {"c": rows}):
            continue
        value = evaluate(found, {"c": rows}).value
        assert value in [row["code"] for row in rows]
        mixed = random.Random(seed).sample(rows, len(rows))
        assert evaluate(found, {"c": mixed}).value == value
        for left in range(len(found.where)):
            fewer = replace(found, where=found.where[:left] + found.where[left + 1 :])
            assert (
                evaluate(fewer, {"c": rows}).value != value or evaluate(fewer, {"c": rows}).reason
            )


@settings(deadline=None)
@given(ROWS, st.sampled_from(["price", "starts", "day"]), st.booleans())
def test_the_first_by_an_order_is_beaten_by_no_other(
    rows: list[dict[str, Any]], by: str, descending: bool
) -> None:
    pick: Pick = "first"
    found = evaluate(Selection((Source("c", ""),), by, (), by, descending, pick), {"c": rows})
    if found.reason:
        places = sorted(place(row[by]) or 0.0 for row in rows)
        best = places[-2:] if descending else places[:2]
        assert best[0] == best[1]
    else:
        assert all((row[by] <= found.value) is descending or row is found.row for row in rows)


@settings(deadline=None)
@given(st.one_of(st.none(), st.booleans(), st.text(), st.integers(), st.floats(), st.dates()))
def test_any_value_has_a_sort_and_is_compared_without_an_error(value: Any) -> None:
    text = str(value) if hasattr(value, "year") else value
    assert (place(text) is None) == (sort_of(text) in ("", "text"))
    for test in ("equal", "not_equal", "before", "at_least", "contains"):
        passes({"x": text}, Condition("x", test, "12:00"))  # type: ignore[arg-type]
