"""A prompt of many tools: those that a dialogue does not call have one line."""

from dataclasses import replace

from toolace_mt.calls.prompt import system
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import SubTask, Task, ToolCall, Trajectory, Turn

TOOLS = load_pool("starter").tools[:20]
PLANNED, CALLED, OTHER = TOOLS[0], TOOLS[1], TOOLS[2]
DIALOGUE = Trajectory(
    "d",
    1,
    tools=TOOLS,
    task=Task((SubTask("", ((PLANNED.name,),)),)),
    turns=(Turn("assistant", calls=(ToolCall("c", CALLED.name, {}),)),),
)


def lines_of(dialogue, tool):
    lines = system(dialogue).splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith(f"{tool.name}:"))
    rest = lines[first + 1 :]
    return 1 + next((n for n, line in enumerate(rest) if not line.startswith("  ")), len(rest))


def test_only_planned_and_called_tools_are_described_in_full():
    assert lines_of(DIALOGUE, PLANNED) > 2
    assert lines_of(DIALOGUE, CALLED) > 2
    assert all(lines_of(DIALOGUE, tool) == 1 for tool in TOOLS[2:])


def test_few_tools_are_all_described_in_full_and_so_are_many_before_a_plan():
    assert lines_of(replace(DIALOGUE, tools=TOOLS[:9]), OTHER) > 2
    assert lines_of(replace(DIALOGUE, task=None), OTHER) > 2
