import random

from toolace_mt.texts.drawn_calls import draw_steps, stays
from toolace_mt.texts.grounding import ground
from toolace_mt.trajectory import SubTask, Tool, ToolCall, ToolOutput, Turn

TEXT = {"type": "string"}


def tool(name, returns=None, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return Tool(name, "", schema, returns)


def made(name, output, **arguments):
    call, result = ToolCall("1", name, arguments), ToolOutput("1", output)
    return Turn("assistant", calls=(call,)), Turn("tool", outputs=(result,))


BOOK = tool("book", start_date=TEXT, end_date=TEXT, city=TEXT, room_id=TEXT)
FIND = tool("find", end_date=TEXT, town=TEXT)


def test_a_value_is_stated_again_unless_it_identifies_itself_or_has_the_same_name():
    before = made("find", {"room_key": "RM-77", "city": "Lisbon"},
                  end_date="2026-03-14", town="Vienna")  # fmt: skip
    steps = made("book", {}, start_date="2026-03-14", end_date="2026-04-01", city="Vienna",
                 room_id="RM-77")  # fmt: skip
    user = ground(before, steps, {"book": BOOK, "find": FIND}, random.Random(0)).user
    assert user == ("start_date", "end_date", "city")  # the day was another, the town a town
    steps = made("book", {}, start_date="2026-05-14", end_date="2026-05-15", city="Lisbon",
                 room_id="RM-77")  # fmt: skip
    user = ground(before, steps, {"book": BOOK, "find": FIND}, random.Random(0)).user
    assert user == ("start_date", "end_date")


def test_a_reply_tells_the_same_value_once():
    read = tool("read", path=TEXT)
    steps = (*made("read", {"content": "A draft"}, path="a.txt"),
             *made("read", {"content": "A draft", "size": 3}, path="b.txt"))  # fmt: skip
    grounding = ground((), steps, {"read": read}, random.Random(0))
    assert grounding.reply == ("outputs[0].content", "outputs[1].size")


def test_a_dialogue_stays_with_its_repository():
    owner = {**TEXT, "examples": [f"owner{n}" for n in range(9)]}
    issues, stars = tool("list_issues", owner=owner, page=TEXT), tool("count_stars", owner=owner)
    tools = {each.name: each for each in (issues, stars)}
    for seed in range(8):
        rng = random.Random(seed)
        first = draw_steps(SubTask("", (("list_issues",),)), 0, tools, (), rng)
        second = draw_steps(SubTask("", (("count_stars",),)), 1, tools, first, rng)
        assert second[0].calls[0].arguments["owner"] == first[0].calls[0].arguments["owner"]


def test_names_that_stay():
    for name in ("repo", "owner", "repo_path", "repoPath", "channel_id", "channelId", "zip_code"):
        assert stays(name)
    for name in ("id", "city", "date", "path", "paid", "repo_count"):
        assert not stays(name)
