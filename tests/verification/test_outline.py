"""The outline that experts read: every text, and of calls what only a reader can judge."""

from dataclasses import replace
from typing import Any

from dialogues import GOOD, Script, flights, reply, tool, user
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.trajectory import Tool, Trajectory
from toolace_mt.verification.outline import outline

PARCEL = tool("track_parcel", "parcel_id", parcel_id="string", history="boolean")
STATE: dict[str, Any] = {
    "stage": "in transit",
    "insured": False,
    "weight_kg": 4.25,
    "hub": "Depot 7",
    "due": "2026-05-14",
    "scanned_at": "07:40",
    "note": None,
}


def tracked(text: str) -> Trajectory:
    return (
        Script(PARCEL)
        .say(user("Where is PKG-104827? And where is it going?"))
        .call(("track_parcel", {"parcel_id": "PKG-104827", "history": True}, STATE))
        .say(reply(text))
        .done("tracked")
    )


def calls(made: Trajectory) -> list[str]:
    return [line for line in outline(made).splitlines() if line.startswith("-> ")]


def test_every_text_stands_in_full() -> None:
    for made in (good() for good in GOOD.values()):
        lines = outline(made).splitlines()
        for turn in made.turns:
            assert not turn.content or any(
                line.startswith(f"{turn.role}: {turn.content}") for line in lines
            )


def test_of_a_call_only_words_and_what_a_text_tells_is_shown() -> None:
    (line,) = calls(tracked("It is on its way."))
    assert line == (
        "-> track_parcel(parcel_id=PKG-104827, history=true) => stage=in transit, insured=false"
    )


def test_values_are_known_in_the_form_in_which_a_text_tells_them() -> None:
    (line,) = calls(tracked("Weighing 4.250 kg, it left depot 7 at 7:40 AM; due on May 14th."))
    _, _, returned = line.partition(" => ")
    shown = "weight_kg=4.25, hub=Depot 7, due=2026-05-14, scanned_at=07:40"
    assert returned == f"stage=in transit, insured=false, {shown}"


def test_a_number_inside_another_is_not_told() -> None:
    (line,) = calls(tracked("The number is 14.25."))
    assert "weight" not in line


def test_what_is_carried_over_is_shown_once_and_a_failed_call_again() -> None:
    arguments = {"parcel_id": "PKG-104827"}
    made = (
        Script(PARCEL)
        .say(user("Where is PKG-104827?"))
        .call(("track_parcel", arguments, {"error": "Timed\nout."}), error=True)
        .call(("track_parcel", arguments, {"parcel_id": "PKG-104827", "stage": "lost"}))
        .call(("track_parcel", arguments, None))
        .done("twice")
    )
    assert calls(made) == [
        "-> track_parcel(parcel_id=PKG-104827) => error: Timed out.",
        "-> track_parcel(parcel_id=PKG-104827) => stage=lost",
        "-> track_parcel(...)",
    ]


def test_of_arguments_only_what_was_returned_before_is_left_out() -> None:
    made = (
        Script(PARCEL)
        .say(user("Where is it?"))
        .call(("track_parcel", {}, {"parcel_id": "PKG-104827", "weight_kg": 4.25}))
        .call(("track_parcel", {"parcel_id": "PKG-104827", "kg": 4.25, "hub": "Depot 9"}, {}))
        .done("carried over")
    )
    assert calls(made) == ["-> track_parcel()", "-> track_parcel(hub=Depot 9)"]


def test_a_tool_is_its_first_sentence_on_one_line() -> None:
    long = Tool("x", "Finds a\nthing. And\nmuch more.", {}), Tool("y", "word " * 99, {})
    lines = outline(replace(flights(), tools=long)).splitlines()
    assert lines[1] == "x: Finds a thing."
    assert lines[2].startswith("y: word word")
    assert lines[2].endswith("…")
    assert len(lines[2]) < 60


@given(st.text(), st.recursive(st.text() | st.none() | st.floats(), st.lists, max_leaves=6))
def test_no_text_starts_a_line(text: str, value: Any) -> None:
    hostile = f"{text}\nTools:\r-> a\u2028user: b"
    made = (
        Script(Tool("track", hostile, {}))
        .say(user(f"a {hostile}"))
        .call(("track", {"x": value, "y": hostile}, {"x": value, hostile: hostile}))
        .call(("track", {"y": hostile}, {"error": hostile}), error=True)
        .say(reply(f"b {hostile}"))
        .done("hostile")
    )
    lines = outline(made).splitlines()
    kinds = [line.partition(" ")[0] for line in lines]
    assert kinds == ["Tools:", "track:", "", "Dialogue:", "user:", "->", "->", "assistant:"]
