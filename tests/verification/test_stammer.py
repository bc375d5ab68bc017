import pytest

from toolace_mt.trajectory import Trajectory, Turn
from toolace_mt.verification.rules import check


def found(text: str) -> list[str]:
    turns = (Turn("user", "Who is it, please?"), Turn("assistant", text))
    return [f.check for f in check(Trajectory("d", 0, turns=turns)) if f.check == "repetition"]


@pytest.mark.parametrize(
    "text",
    [
        "Here it is: Here it is: Here it is: the one with the title.",
        "We fly to the sunny city of Las Vegas Vegas Vegas Vegas for a week in spring, I hope.",
        "Let us move it to tomorrow tomorrow tomorrow tomorrow then.",
    ],
)
def test_stammering_is_found(text: str) -> None:
    assert found(text) == ["repetition"]


@pytest.mark.parametrize(
    "text",
    [
        "That was very very very good of you, no doubt.",
        "It was ha ha ha what a joke.",
        "One for you, one for me, one for the team, and that is all.",
    ],
)
def test_emphasis_is_not(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("user", "reply", "rejected"),
    [
        ("At the moment I have no tool that does this.",) * 2 + (True,),
        (
            "at the moment I have  no tool that does this.",
            "At the moment I have no tool that does this.",
            True,
        ),
        ("Thank you, have a great day!",) * 2 + (False,),
        ("What is the difference between these two cards?", "The first is a debit card.", False),
    ],
)
def test_nobody_echoes_what_the_other_has_just_said(user: str, reply: str, rejected: bool) -> None:
    turns = (Turn("user", user), Turn("assistant", reply))
    found = [f.turn for f in check(Trajectory("d", 0, (), turns=turns)) if f.check == "repetition"]
    assert found == ([1] if rejected else [])
