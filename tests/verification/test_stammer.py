import pytest

from toolace_mt.trajectory import ToolCall, ToolOutput, Trajectory, Turn
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
        # Six words twice, in a short text:
        "Of course, what is the drop-off spot, but what is the drop-off spot, but what's garage?",
        "It is icing, and I am glad to have it in your home, and I am glad to have you, too.",
        "I'm afraid none of my tools can do that. I'm afraid none of my tools can.",
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
        # From public dialogues: the values differ that the words are said of.
        "The high in New York for the next three days is 82, 75, and 78."
        " The high in Tokyo for the next three days is 92, 91, and 85.",
        "The first one is in New York with a salary of $85000, the second in New York with a salary"
        " of $75000.",
        "You have a reminder due today to complete the survey and a reminder due today to review.",
        # Longer texts come back to what they were about.
        "Upgrading to economy will allow you to modify your flights. Let us proceed with the"
        " upgrade and then make the necessary changes. Could you please confirm, in a word, that"
        " you would like to pay for it now, and so proceed with the upgrade and then make them?",
    ],
)
def test_emphasis_and_words_said_again_of_other_values_are_not(text: str) -> None:
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
        (
            "Look for Luca Marchetti in the Austin office, please. I forgot the job title.",
            "Look for Luca Marchetti in the Austin office, please. Here he is: legal counsel.",
            True,
        ),
        ("The total of order 4411 is wrong, it seems.", "The total of order 4411 is $12.", False),
        ("Is it mine?", "Is it mine? It is, and so is the other one on the table.", False),
    ],
)
def test_nobody_echoes_what_the_other_has_just_said(user: str, reply: str, rejected: bool) -> None:
    turns = (Turn("user", user), Turn("assistant", reply))
    found = [f.turn for f in check(Trajectory("d", 0, (), turns=turns)) if f.check == "repetition"]
    assert found == ([1] if rejected else [])


def test_a_reply_begins_in_its_own_words_after_calls_as_well() -> None:
    asked = "Look for Luca Marchetti in the Austin office, please."
    turns = (
        Turn("user", asked),
        Turn("assistant", "One moment.", (ToolCall("c1", "find_contact", {}),)),
        Turn("tool", outputs=(ToolOutput("c1", "legal counsel"),)),
        Turn("assistant", f"{asked} He is legal counsel."),
        Turn("user", f"{asked} Thank you."),
    )
    found = [f for f in check(Trajectory("d", 0, (), turns=turns)) if f.check == "repetition"]
    assert [(f.turn, f.side) for f in found] == [(3, "assistant")]
    assert "as turn 0 does" in found[0].message


def test_a_value_is_told_as_often_as_it_was_returned() -> None:
    value = "A first draft of the travel plan"
    reply = f"The first file says: {value}. The second file says: {value}."
    calls = tuple(ToolCall(str(n), "read", {"path": f"{n}.txt"}) for n in (1, 2))

    def dialogue(*contents: str) -> Trajectory:
        outputs = tuple(ToolOutput(str(n), {"text": c}) for n, c in enumerate(contents, 1))
        turns = (Turn("user", "Read 1.txt and 2.txt."), Turn("assistant", calls=calls),
                 Turn("tool", outputs=outputs), Turn("assistant", reply))  # fmt: skip
        return Trajectory("d", 0, turns=turns)

    def repeated(trajectory: Trajectory) -> list[str]:
        return [f.check for f in check(trajectory) if f.check == "repetition"]

    assert repeated(dialogue(value, value)) == []
    assert repeated(dialogue(value, "Something else")) == ["repetition"]
