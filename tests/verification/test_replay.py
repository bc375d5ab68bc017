from dataclasses import replace
from typing import Any

import pytest

from toolace_mt.config import VerificationConfig
from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn
from toolace_mt.verification import verify
from toolace_mt.verification.replay import replay

STOCK = {"SKU-1": {"sku": "SKU-1", "count": 4, "shelves": [{"row": "A", "kg": 1.5}]}}
TOOL = Tool(
    "count_stock",
    "Counts an article.",
    {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]},
)


def dialogue(output: Any, error: bool = False, sku: str = "SKU-1") -> Trajectory:
    call = ToolCall("c1", "count_stock", {"sku": sku})
    turns = (
        Turn("user", f"How many of {sku} are there?"),
        Turn("assistant", calls=(call,)),
        Turn("tool", outputs=(ToolOutput("c1", output, error),)),
        Turn("assistant", "There you are."),
    )
    return Trajectory("d", 1, (TOOL,), turns=turns)


async def warehouse(call: ToolCall) -> ToolOutput | None:
    """A real tool: a dictionary."""
    found = STOCK.get(call.arguments["sku"])
    if found is None:
        return ToolOutput(call.id, {"error": "no such article"}, True, "executed")
    return ToolOutput(call.id, found, status="executed")


async def test_an_output_that_the_tool_confirms_is_replayed() -> None:
    marked, findings = await replay(dialogue(STOCK["SKU-1"]), warehouse)
    assert findings == ()
    assert marked.turns[2].outputs[0].status == "replayed"


@pytest.mark.parametrize(
    ("output", "path"),
    [
        ({**STOCK["SKU-1"], "count": 5}, "outputs[0].count"),
        ({**STOCK["SKU-1"], "shelves": [{"row": "B", "kg": 1.5}]}, "outputs[0].shelves[0].row"),
        ({**STOCK["SKU-1"], "shelves": []}, "outputs[0].shelves"),
        ({**STOCK["SKU-1"], "count": True}, "outputs[0].count"),
        ("four", "outputs[0]"),
    ],
)
async def test_what_the_tool_says_otherwise_is_a_finding(output: Any, path: str) -> None:
    marked, (found,) = await replay(dialogue(output), warehouse)
    assert (found.check, found.severity, found.side) == ("replay", "error", "tool")
    assert (found.turn, found.tool, found.path) == (2, "count_stock", path)
    assert marked.turns[2].outputs[0].status == "simulated"


async def test_a_recorded_part_of_the_output_does_not_contradict_it() -> None:
    marked, findings = await replay(dialogue({"sku": "SKU-1", "count": 4.0}), warehouse)
    assert findings == ()
    assert marked.turns[2].outputs[0].status == "replayed"


async def test_a_call_that_fails_where_it_succeeded() -> None:
    _, (found,) = await replay(dialogue({"count": 1}, sku="SKU-9"), warehouse)
    assert "fails when it is made again" in found.message
    marked, findings = await replay(dialogue({"error": "?"}, True, "SKU-9"), warehouse)
    assert findings == ()
    assert marked.turns[2].outputs[0].status == "replayed"


async def test_without_a_real_tool_nothing_changes() -> None:
    async def nobody(call: ToolCall) -> None:
        return None

    start = dialogue({"count": 5})
    assert await replay(start, nobody) == (start, ())


async def test_a_value_of_any_depth_ends() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = {"x": deep}
    await replay(dialogue(deep), warehouse)


@pytest.mark.parametrize("huge", [10**400, float("inf"), float("nan"), -(10**400)])
async def test_a_number_of_any_size_ends(huge: float) -> None:
    _, (found,) = await replay(dialogue({"count": huge}), warehouse)
    assert found.path == "outputs[0].count"


async def test_a_contradiction_rejects() -> None:
    config = VerificationConfig(experts=())
    good = await verify(dialogue(STOCK["SKU-1"]), None, config, warehouse)
    assert good.verdict is not None
    assert good.verdict.outcome == "accepted"
    bad = await verify(dialogue({"count": 5}), None, config, warehouse)
    assert bad.verdict is not None
    assert bad.verdict.outcome == "rejected"
    assert [f.check for f in bad.verdict.findings if f.severity == "error"] == ["replay"]
    simulated = await verify(replace(dialogue({"count": 5})), None, config)
    assert simulated.verdict is not None
    assert simulated.verdict.outcome == "accepted"
