"""The language that a dialogue is to be held in."""

from dataclasses import replace

import pytest
from dialogues import Script, flights, reply, tool, user

from toolace_mt.trajectory import Scenario, Trajectory
from toolace_mt.verification import check

GET = tool("get_order", order_id="string")


def held(language: str, asked: str, told: str) -> list[int]:
    made = (
        Script(GET)
        .say(user(asked))
        .call(("get_order", {"order_id": "O-4711"}, {"total": 35}))
        .say(reply(told))
        .done("held")
    )
    return wrong(replace(made, scenario=Scenario(language=language)))


def wrong(trajectory: Trajectory) -> list[int]:
    return [found.turn for found in check(trajectory) if found.check == "held_in"]


GERMAN = (
    "Können Sie mir bitte sagen, was die Bestellung O-4711 kostet und wie ich sie bezahle?",
    "Die Bestellung O-4711 ist da und kostet 35, das können Sie bitte mit der Karte bezahlen.",
)
ENGLISH = (
    "Please tell me what the order O-4711 is going to cost, and how to pay for it.",
    "The order O-4711 is here for you and it will cost 35, and you can pay on the site.",
)
CHINESE = ("请问订单 O-4711 一共多少钱？", "您的订单 O-4711 一共 35 元。")


@pytest.mark.parametrize(
    ("language", "texts", "found"),
    [
        ("de", GERMAN, []),
        ("de", ENGLISH, [0, 3]),
        ("de", (GERMAN[0], ENGLISH[1]), [3]),
        ("zh", CHINESE, []),
        ("zh", (CHINESE[0], ENGLISH[1]), [3]),
        ("", ENGLISH, []),
        ("", GERMAN, []),
        ("de", ("O-4711?", "35."), []),
    ],
)
def test_texts_are_in_the_language_of_the_scenario(
    language: str, texts: tuple[str, str], found: list[int]
) -> None:
    assert held(language, *texts) == found


def test_a_dialogue_without_a_language_is_not_judged() -> None:
    assert wrong(flights()) == []
