from collections import Counter

import pytest

from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn
from toolace_mt.verification.facts import Facts
from toolace_mt.verification.rules import check
from toolace_mt.verification.rules import leftover as rules_leftover
from toolace_mt.verification.rules.leftover import leftover

LIGHT = Tool(
    "switch_light",
    "Switches a light.",
    {"type": "object", "properties": {"light_id": {"type": "string"}}, "required": ["light_id"]},
)


def test_angle_brackets_are_left_over_even_if_their_words_were_said() -> None:
    turns = (
        Turn("user", "Please switch on the light, I do not know the light id."),
        Turn("assistant", calls=(ToolCall("c1", "switch_light", {"light_id": "<light_id>"}),)),
        Turn("tool", outputs=(ToolOutput("c1", {"done": "ok"}),)),
        Turn("assistant", "It is on now."),
    )
    found = {f.check for f in check(Trajectory("d", 0, (LIGHT,), turns=turns)) if f.turn == 1}
    assert "leftover" in found


def test_a_whole_placeholder_is_left_over_until_the_user_has_said_it() -> None:
    call = Turn("assistant", calls=(ToolCall("c", "switch_light", {"light_id": "xyz"}),))
    before, said = Turn("user", "The light, please."), Turn("user", "It is called XYZ.")
    turns = (before, call, Turn("assistant", "Which one?"), said, call)
    found = list(leftover(Facts(Trajectory("d", 0, (LIGHT,), turns=turns))))
    assert [(f.turn, f.severity) for f in found] == [(1, "error")]


def test_what_users_have_said_is_read_once_however_much_is_left_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = Counter[str]()
    flat = rules_leftover.flat
    monkeypatch.setattr(rules_leftover, "flat", lambda text: read.update([text]) or flat(text))
    turns = tuple(Turn("user", f"[mask] number {n}") for n in range(50))
    assert len(list(leftover(Facts(Trajectory("d", 0, (LIGHT,), turns=turns))))) == 50
    assert set(read.values()) == {1}
