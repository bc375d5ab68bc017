"""Sender and receiver: who speaks, and whether something is to be sent to that person."""

import pytest
from dialogues import Script, reply, tool, user

from toolace_mt.verification import check

CARD = tool("post_card", sender="string", receiver="string")


def swapped(said: str, sender: str, receiver: str) -> list[str]:
    script = Script(CARD).say(user(said))
    script.call(("post_card", {"sender": sender, "receiver": receiver}, {"status": "posted"}))
    made = script.say(reply("It is on its way.")).done("card")
    return [found.message for found in check(made) if "was told as the" in found.message]


@pytest.mark.parametrize(
    "said",
    [
        "I'm Ana, ask Karl to send a card to me",
        "I'm Ana, ask Karl to send me a card",
        "Soy Ana, Karl tiene mi dirección: envíame una postal suya",
        "Soy Ana. Quiero que Karl me envíe una postal",
        "Soy Ana, mándamela de parte de Karl",
        "Ich bin Ana, schick mir eine Karte von Karl",
        "Je suis Ana, envoie-moi une carte de Karl",
        "Je suis Ana, Karl m'envoie une carte",
        "我是Ana，请让Karl寄我一张卡片",
        "我是Ana，请让Karl寄给我一张卡片",
    ],
)
def test_who_speaks_may_be_the_receiver(said: str) -> None:
    assert swapped(said, "Karl", "Ana") == []


@pytest.mark.parametrize(
    "said",
    [
        "I'm Ana, send a card to Karl",
        "Me llamo Ana, envía una postal a Karl",
        "Ich bin Ana, schick Karl eine Karte",
        "Je suis Ana, envoie une carte à Karl",
        "我是Ana，寄一张卡片给Karl",
    ],
)
def test_who_speaks_is_else_the_sender(said: str) -> None:
    assert swapped(said, "Karl", "Ana")
    assert swapped(said, "Ana", "Karl") == []
