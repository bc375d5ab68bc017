from toolace_mt.texts.ngrams import closeness, ngrams, usage_grams, words_of
from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn, UsageExample
from toolace_mt.verification.rules import check

USAGE = UsageExample(
    "I need to fly from {origin} to {destination} on {day}, please.",
    "The cheapest flight of that day costs {outputs.fare} USD and leaves on time.",
)
FLY = Tool("fly", "", {"type": "object"}, domain="travel", usage=(USAGE,))
CALL = ToolCall("c1", "fly", {"origin": "San Juan", "destination": "Oslo", "day": "2026-05-01"})


def dialogue(user: str, reply: str) -> Trajectory:
    turns = (
        Turn("user", user, subtask=0),
        Turn("assistant", calls=(CALL,), subtask=0),
        Turn("tool", outputs=(ToolOutput("c1", {"fare": 120}),), subtask=0),
        Turn("assistant", reply, subtask=0),
    )
    return Trajectory("d", 0, (FLY,), turns=turns)


def test_n_grams():
    assert ngrams(list("abcd"), 3) == [("a", "b", "c"), ("b", "c", "d")]
    assert ngrams(["a"], 2) == []
    assert words_of("明日 two") == ["明", "日", "two"]


def test_a_copy_is_as_close_as_can_be_whatever_its_values_are():
    usage = usage_grams(FLY)
    values = {"origin": "San Juan", "destination": "Oslo", "day": "2026-05-01"}
    copied = "I need to fly from San Juan to Oslo on 2026-05-01, please."
    assert closeness(copied, values, usage) == (1.0, 9)
    assert closeness(copied, {}, usage)[0] < 0.6
    assert closeness("On 2026-05-01 my sister moves from San Juan to Oslo", values, usage)[0] < 0.3
    assert closeness("Hello there", values, usage) == (0.0, 0)


def test_texts_of_usage_examples_are_warned_about():
    copied = USAGE.user.format(origin="San Juan", destination="Oslo", day="2026-05-01")
    said = dialogue(copied, "For 120 USD you can leave at once.")
    found = [each for each in check(said) if each.check == "template"]
    assert [(each.turn, each.side, each.severity) for each in found] == [(0, "user", "warning")]
    assert "100% of its wording" in found[0].message
    said = dialogue("My sister in Oslo waits from 2026-05-01, I start in San Juan.", "It is 120.")
    assert not [each for each in check(said) if each.check == "template"]
