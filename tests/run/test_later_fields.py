from pydantic import TypeAdapter

from toolace_mt.run.arrow import from_row, spelt_tool, to_row
from toolace_mt.scenario import Condition, PolicyRule, Scenario
from toolace_mt.tools.definitions import parse_tool
from toolace_mt.trajectory import Tool, Trajectory, Turn

BEFORE = (
    '{"name":"a","description":"A.","parameters":{"type":"object"},"returns":null,'
    '"domain":"general","license":"","usage":[]}'
)


def test_a_tool_of_a_run_begun_before_is_written_as_it_was():
    tool = TypeAdapter(Tool).validate_json(BEFORE)
    assert spelt_tool(tool) == BEFORE
    assert to_row(Trajectory("x", 0, (tool,)))["tools"] == f"[{BEFORE}]"


def test_what_a_tool_is_called_on_its_server_comes_back():
    tool = parse_tool({"name": "a.b", "server": "s", "source": "mcp:s"})
    assert TypeAdapter(Tool).validate_json(spelt_tool(tool)) == tool
    row = to_row(Trajectory("x", 0, (tool,)))
    assert from_row(row).tools == (tool,)
    assert from_row(row, {tool.name: tool}).tools[0] is tool


def test_a_dialogue_of_a_run_begun_before_has_none_of_what_came_later():
    trajectory = Trajectory("x", 0, turns=(Turn("user", "Hello"), Turn("assistant", "Hi.")))
    row = to_row(trajectory)
    earlier = {name: value for name, value in row.items() if name != "scenario"}
    earlier["turns"] = row["turns"].replace(',"reasoning":""', "")
    assert len(earlier["turns"]) < len(row["turns"])
    assert from_row(earlier) == trajectory


def test_what_a_dialogue_was_given_comes_back():
    condition = Condition("above", 5, argument="quantity")
    rule = PolicyRule("few", "At most 5", ("place_order",), "refuse", (condition,))
    scenario = Scenario("a shop", "2026-03-02", policy=(rule,))
    given = Trajectory("x", 0, system="You help.", scenario=scenario)
    assert from_row(to_row(given)) == given
