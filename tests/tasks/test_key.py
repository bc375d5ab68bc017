from dataclasses import replace

import pytest
from dialogues import GOOD, Script, reply, tool, user

from benchmarks.detection.answers import RIGHT, WRONG
from benchmarks.detection.planted_defects import scripted
from benchmarks.detection.task_checker import markdown, measure
from toolace_mt.tasks.key import keys


def test_every_assistant_turn_has_a_key():
    for made in GOOD.values():
        dialogue = made()
        known = keys(dialogue)
        turns = [i for i, turn in enumerate(dialogue.turns) if turn.role == "assistant"]
        assert list(known) == turns
        for index in turns:
            calls = dialogue.turns[index].calls
            assert known[index]["expects"] == ("calls" if calls else "reply")
            assert [c["name"] for c in known[index].get("calls", ())] == [c.name for c in calls]


def only(name: str, turn: int, call: int = 0):
    return keys(GOOD[name]())[turn]["calls"][call]


def test_what_was_told_is_exact_and_free_text_is_not():
    made = only("tool_awareness", 7)
    assert made["rules"].get("amount", {"kind": "exact"}) == {"kind": "exact"}
    assert "from_account" not in made["rules"]
    assert made["rules"]["note"] == {"kind": "prose"} | made["rules"]["note"]
    event = only("non_fc", 3)
    assert event["rules"]["start"] == {"kind": "name"}
    assert event["rules"]["title"] == {"kind": "prose"}
    assert event["rules"]["reminder_minutes"]["kind"] == "any"


def test_defaults_may_be_left_out_or_spelt_out():
    assert only("flights", 1)["optional"] == {"passengers": [1]}
    assert only("weather", 1)["optional"]["detailed"][0] is False


def test_a_choice_that_nobody_made_is_free():
    order = {"type": "string", "enum": ["price", "rating"], "default": "price"}
    find = tool("find", "q", q="string", sort=order, quiet={"type": "boolean"})
    given = {"q": "stove", "sort": "rating", "quiet": True}
    made = (
        Script(find)
        .say(user("Find me a stove."))
        .call(("find", given, {"found": []}))
        .say(reply("There is none."))
        .done("free")
    )
    rules = keys(made)[1]["calls"][0]["rules"]
    assert rules["sort"] == {"kind": "choice", "of": ["price", "rating"]}
    assert rules["q"] == {"kind": "prose", "holds": "stove"}
    told = replace(made, turns=(user("Find me a stove, sorted by rating."), *made.turns[1:]))
    assert "sort" not in keys(told)[1]["calls"][0]["rules"]


@pytest.mark.slow
def test_the_checker_errs_as_rarely_as_it_says():
    dialogues = [*(made() for made in GOOD.values()), *scripted(40, seed=5)]
    wrong, right = measure(dialogues, WRONG, 5), measure(dialogues, RIGHT, 5)
    assert wrong.count.total() > 1000
    assert wrong.rewarded.total() < 0.01 * wrong.count.total()
    refused = right.count.total() - right.rewarded.total()
    assert refused < 0.02 * right.count.total()
    assert set(wrong.count) == set(WRONG)


def test_the_report_has_a_line_for_each_kind():
    text = markdown({"some": [GOOD["shopping"]()]}, 0)
    assert all(f"| {kind} |" in text for kind in (*WRONG, *RIGHT))
