from dataclasses import replace

import pytest
from dialogues import Script, reply, tool, user

from toolace_mt.config import VerificationConfig
from toolace_mt.query import Derivation, Selection, Source
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.facts import Facts
from toolace_mt.verification.rules import check
from toolace_mt.verification.rules.selection import selection
from toolace_mt.verification.verify import verify

FLIGHTS = {"flights": [{"flight_id": "FL-20", "fare": 300}, {"flight_id": "FL-33", "fare": 210}]}
CHEAPEST = Selection((Source("call_1", "flights"),), "flight_id", (), "fare", pick="first")
ASKED = Derivation("call_2", "flight_id", (CHEAPEST,), "the cheapest flight")
OWN = Derivation("call_2", "passenger", (), "myself")


def booked(
    text: str = "Take the cheapest flight, for myself.", flight: str = "FL-33"
) -> Trajectory:
    first, second = {"subtask": 0}, {"subtask": 1}
    made = (
        Script(
            tool("search_flights", city="string"),
            tool("book_flight", flight_id="string", passenger="string"),
            system="The user is signed in (name: Li Chen).",
        )
        .say(user("Which flights go to Oslo?", **first))
        .call(("search_flights", {"city": "Oslo"}, FLIGHTS), **first)
        .say(reply("FL-20 costs 300, FL-33 costs 210.", **first), user(text, **second))
        .call(
            ("book_flight", {"flight_id": flight, "passenger": "Li Chen"}, {"status": "booked"}),
            **second,
        )
        .say(reply(f"Booked: {flight}.", **second))
        .done("booked")
    )
    return replace(made, derivations=(ASKED, OWN))


def messages(dialogue: Trajectory) -> list[str]:
    return [found.message for found in selection(Facts(dialogue))]


def test_what_follows_and_is_asked_for_is_right() -> None:
    assert messages(booked()) == []
    assert [found for found in check(booked()) if found.severity == "error"] == []


def test_another_row_than_the_query_gives_is_wrong() -> None:
    [message] = messages(booked(flight="FL-20"))
    assert "the outputs give 'FL-33'" in message
    assert "the cheapest flight" in message


def test_the_user_has_to_state_the_constraint() -> None:
    [message] = messages(booked("Take one of them, for myself."))
    assert "the user does not say so" in message


def test_the_user_must_not_state_the_value() -> None:
    [message] = messages(booked("Take the cheapest flight, FL-33, for myself."))
    assert "says the value itself" in message


@pytest.mark.parametrize(("note", "wrong"), [("see FL-331", True), ("on FL-33", False)])
def test_only_the_whole_value_elsewhere_excuses_that_it_is_said(note: str, wrong: bool) -> None:
    dialogue = booked("Take the cheapest flight, FL-33, for myself.")
    call = replace(
        dialogue.turns[5].calls[0],
        arguments={**dialogue.turns[5].calls[0].arguments, "note": note},
    )
    turns = (*dialogue.turns[:5], replace(dialogue.turns[5], calls=(call,)), *dialogue.turns[6:])
    assert bool(messages(replace(dialogue, turns=turns))) is wrong


def test_a_tie_has_no_answer() -> None:
    dialogue = booked()
    tied = {"flights": [{"flight_id": "FL-20", "fare": 210}, {"flight_id": "FL-33", "fare": 210}]}
    outputs = replace(dialogue.turns[2].outputs[0], content=tied)
    turns = (*dialogue.turns[:2], replace(dialogue.turns[2], outputs=(outputs,)))
    [message] = messages(replace(dialogue, turns=turns + dialogue.turns[3:]))
    assert "a tie in fare" in message


def test_what_the_system_prompt_does_not_tell_is_not_known() -> None:
    [message] = messages(replace(booked(), system="Be kind."))
    assert "the system prompt does not tell it" in message


def test_a_later_search_makes_the_request_ambiguous() -> None:
    dialogue = booked()
    again = (replace(dialogue.turns[1].calls[0], id="call_9"),)
    seen = (replace(dialogue.turns[2].outputs[0], call_id="call_9"),)
    between = (
        replace(dialogue.turns[1], calls=again),
        replace(dialogue.turns[2], outputs=seen),
    )
    turns = (*dialogue.turns[:5], *between, *dialogue.turns[5:])
    [message] = messages(replace(dialogue, turns=turns))
    assert "not the latest of its tool" in message


async def test_origins_say_how_an_argument_was_found() -> None:
    verified = await verify(booked(), None, VerificationConfig(experts=()))
    origins = {origin.path: origin for origin in verified.origins if origin.turn == 5}
    chosen = origins["calls[0].arguments.flight_id"]
    assert chosen.kind == "chosen"
    assert chosen.source == "flight_id of argmin(fare) over turn 2, call_1: flights"
    assert origins["calls[0].arguments.passenger"].source.startswith("system prompt")


def test_a_dialogue_of_anybody_needs_no_derivations() -> None:
    assert messages(replace(booked("The cheaper one, please.", "FL-20"), derivations=())) == []
