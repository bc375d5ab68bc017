"""What counts as a confirmation of a call."""

import pytest

from toolace_mt.policies.confirm import agrees, confirmed
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

CALL = ToolCall("c1", "cancel_order", {"order_id": "O1", "cancel_reason": "takes too long"})
ASKED = Turn("assistant", "I would cancel order O1 because it Takes  Too Long. Shall I?")
YES = Turn("user", "Yes, please.")
MADE = Turn("assistant", calls=(CALL,))


def test_a_call_is_confirmed_once_it_was_stated_asked_about_and_agreed_to() -> None:
    assert confirmed(CALL, 3, (Turn("user", "Cancel it."), ASKED, YES, MADE))
    vague = Turn("assistant", "Shall I cancel order O1?")
    told = Turn("assistant", ASKED.content.replace("?", "."))
    refused = Turn("user", "No, don't do that yet, okay?")
    for asked, answer in ((vague, YES), (told, YES), (ASKED, refused)):
        assert not confirmed(CALL, 3, (Turn("user", "Cancel it."), asked, answer, MADE))
    assert not confirmed(CALL, 1, (Turn("user", "Cancel it."), MADE))


@pytest.mark.parametrize("error", [True, False])
def test_a_consent_lasts_until_the_call_has_succeeded(error: bool) -> None:
    output = Turn("tool", outputs=(ToolOutput("c1", "done", error),))
    turns = (Turn("user", "Cancel it."), ASKED, YES, MADE, output, MADE)
    assert confirmed(CALL, 5, turns) is error


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("Yes.", True),
        ("Sure, go ahead", True),
        ("that's fine", True),
        ("好的", True),
        ("Ja, bitte.", True),
        ("No, wait.", False),
        ("not yet, okay?", False),
        ("What does it cost?", False),
        ("不行", False),
    ],
)
def test_answers(text: str, yes: bool) -> None:
    assert agrees(text) is yes
