import io
from dataclasses import replace

import pytest
from export_examples import dialogue, published
from rich.console import Console

from toolace_mt.errors import InputError
from toolace_mt.report.show import load_dialogue, not_accepted, show
from toolace_mt.trajectory import Answer, Finding, ToolCall, Trajectory, Turn, Verdict


def shown(trajectory: Trajectory) -> str:
    console = Console(width=120, record=True, file=io.StringIO(), force_terminal=True)
    console.print(show(trajectory))
    return console.export_text(styles=False)


def test_says_what_happened_and_why():
    text = shown(dialogue("d-9", "rejected"))
    for wanted in (
        "dialogue d-9",
        "Find a flight [search_flights + search_flights]",
        'search_flights(origin="Rome", limit=3)',
        "origin from turn 2",
        "call00002 (error, simulated)",
        "adds tools: send_email",
        "clarification in round 0",
        "- user: Flights from Rome, at most 3.",
        "kept the old (old: no better)",
        "error repetition at content: says it twice",
        "naturalness: pass fine",
        "refinement: 2 calls",
    ):
        assert wanted in text
    lines = text.splitlines()
    assert lines.index("  0 user  sub-task 0  clarification in round 0") < lines.index("rejected")


def test_tells_which_experts_were_not_counted():
    answers = (Answer("naturalness", "fail", "stiff"), Answer("completion", "fail", "half done"))
    outvoted = (Finding("completion", "warning", "half done"),)
    text = shown(replace(dialogue(), verdict=Verdict("accepted", outvoted, answers)))
    assert "naturalness: fail (recorded, not counted) stiff" in text
    assert "completion: fail half done" in text


def test_shortens_long_values():
    turn = Turn("assistant", calls=(ToolCall("c", "send_email", {"to": "x" * 5000}),))
    text = shown(replace(dialogue(), turns=(turn,)))
    assert "x..." in text
    assert text.count("x") < 500


def test_no_control_character_reaches_the_terminal():
    evil = "\x1b]0;owned\x07 \x9b2J \u202e abc \r rm \ud800 [bold]markup[/bold]"
    turns = (Turn("user", evil), Turn("assistant", calls=(ToolCall("c", evil, {evil: evil}),)))
    text = shown(replace(dialogue(evil), turns=turns, edits=(), system=evil))
    assert not set("\x1b\x07\x9b\u202e\r\ud800") & set(text)
    assert "\\x1b]0;owned\\x07" in text
    assert "[bold]markup[/bold]" in text


def test_finds_the_first_accepted_dialogue_or_the_one_asked_for(tmp_path):
    with pytest.raises(InputError, match="no verified dialogue yet"):
        load_dialogue(tmp_path)
    run = published(tmp_path, [dialogue("a", "rejected"), dialogue("b"), dialogue("c")], 2)
    assert load_dialogue(run).id == "b"
    assert load_dialogue(run, "c") == dialogue("c")
    with pytest.raises(InputError, match="'x'"):
        load_dialogue(run, "x")
    published(tmp_path / "none", [dialogue("a", "rejected")], 1)
    assert load_dialogue(tmp_path / "none").id == "a"


@pytest.mark.parametrize(
    ("outcome", "failure", "said"),
    [
        ("accepted", "", ""),
        ("rejected", "", "this dialogue was not accepted (rejected); no dialogue was accepted yet"),
        ("rejected", "no plan", "this dialogue failed (no plan); no dialogue was accepted yet"),
    ],
)
def test_says_when_what_it_shows_was_not_accepted(outcome: str, failure: str, said: str) -> None:
    assert not_accepted(replace(dialogue("d-0", outcome), failure=failure)) == said
