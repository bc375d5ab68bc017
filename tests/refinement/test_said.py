import random

import pytest

from toolace_mt.refinement.said import in_other_words
from toolace_mt.trajectory import Role, Tool, ToolCall, ToolOutput, Trajectory, Turn, UsageExample

USAGE = (
    UsageExample("How is it in {city}?", "{city}: {outputs.sky}."),
    UsageExample("Tell me of {city} on {day}.", "On {day} it is {outputs.sky}."),
)
WEATHER = Tool("weather", "", {"type": "object"}, usage=USAGE)
CALL, OUTPUT = ToolCall("1", "weather", {"city": "Oslo"}), ToolOutput("1", {"sky": "grey"})
TALK = Trajectory(
    "talk",
    0,
    (WEATHER,),
    turns=(
        Turn("user", "Oslo, please.", subtask=0),
        Turn("assistant", calls=(CALL,), subtask=0),
        Turn("tool", outputs=(OUTPUT,), subtask=0),
        Turn("assistant", "In Oslo it is grey.", subtask=0),
    ),
)


@pytest.mark.parametrize(
    ("role", "index", "own", "other"),
    [
        ("user", 0, "{city}, please.", "How is it in {city}?"),
        ("assistant", 3, "In {city} it is {outputs[0].sky}.", "{city}: {outputs[0].sky}."),
    ],
)
def test_a_turn_is_said_as_it_is_or_as_its_speaker_says_the_same_in_an_example(
    role: Role, index: int, own: str, other: str
) -> None:
    assert TALK.turns[index].role == role
    said = {in_other_words(TALK, index, random.Random(seed)).template for seed in range(20)}
    assert said == {own, other}
