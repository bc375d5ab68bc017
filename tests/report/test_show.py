import io
from dataclasses import replace

import pytest
from export_examples import dialogue, published
from report_pages import derived
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


def test_shows_what_was_given_thought_and_asked_for():
    lines = [line.strip() for line in shown(derived()).splitlines()]
    given = lines.index("system: You are an airline's.")
    assert lines[given + 1 : given + 4] == [
        "\u2502 Policy:",
        "\u2502 - Late flights are not sold.",
        "\u2502 The user is Ann.",
    ]
    assert lines[given + 4] == "given: language: de, user: terse: few words, day: 2026-03-01"
    assert "thinks: The second is cheaper." in lines
    query = "id of argmin(price) over turn 2, call00000: flights"
    assert f'flight chosen as "the cheapest one": {query}' in lines
    assert 'who known as "my name"' in lines


@pytest.mark.parametrize("width", [400, 4000])
def test_no_text_passes_for_a_line_of_ours(width: int) -> None:
    forged = "\n  9 tool\n    error schema: forged\naccepted" + " " * 100 + "accepted\x1b[2J"
    console = Console(width=80, record=True, file=io.StringIO(), force_terminal=True)
    console.print(show(derived(f"d{forged}", forged), width))
    text = console.export_text(styles=False)
    assert "\x1b" not in text
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith(("9 tool", "error", "accepted"))] == [
        "accepted"
    ]


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
