from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn
from toolace_mt.verification.rules import check

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
