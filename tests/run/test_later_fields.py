from pydantic import TypeAdapter

from toolace_mt.run.arrow import from_row, spelt_tool, to_row
from toolace_mt.tools.definitions import parse_tool
from toolace_mt.trajectory import Tool, Trajectory

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
