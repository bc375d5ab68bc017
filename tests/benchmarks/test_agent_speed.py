from benchmarks.throughput.agents import agent_row
from toolace_mt.reading.dialogue import Dialogue, read_dialogue
from toolace_mt.tools.pool import load_pool
from toolace_mt.verification.rules import check


def test_long_agent_dialogues_have_many_turns_and_tools_and_are_right():
    tools = load_pool("starter").tools
    for turns in (10, 44):
        dialogue = read_dialogue(agent_row(0, tools, turns), "x")
        assert isinstance(dialogue, Dialogue)
        made = dialogue.trajectory
        assert turns <= len(made.turns) <= turns + 8
        assert len(made.tools) == 15
        assert not [f.message for f in check(made) if f.severity == "error"]
    assert agent_row(1, tools) == agent_row(1, tools) != agent_row(2, tools)
