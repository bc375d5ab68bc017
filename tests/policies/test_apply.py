"""Rules of a policy: when they apply, and calls to which they do."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.config import InitializationConfig
from toolace_mt.policies.apply import applies, forbidden_call, meets
from toolace_mt.scenario import Condition, PolicyRule
from toolace_mt.schemas.check import check_arguments
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Turn

ALL = InitializationConfig(system=True, policies=("starter", "environments")).policies
TOOLS = {
    (tool.domain, tool.name): tool
    for source in (
        "starter",
        "python:toolace_mt.tools.environments.orders:OrderDesk",
        "python:toolace_mt.tools.environments.office:Office",
        "python:toolace_mt.tools.environments.files:FileStore",
    )
    for tool in load_pool(source).tools
}
CANCEL = TOOLS["toolace_mt.tools.environments.orders", "cancel_order"]
RULES = [(policy.domain, rule) for policy in ALL for rule in policy.rules]


def looked_up(tool: str, arguments: Any, output: Any, *, error: bool = False) -> tuple[Turn, ...]:
    return (
        Turn("user", "Please look."),
        Turn("assistant", calls=(ToolCall("c1", tool, arguments),)),
        Turn("tool", outputs=(ToolOutput("c1", output, error),)),
    )


@pytest.mark.parametrize(("domain", "rule"), RULES, ids=[rule.name for _, rule in RULES])
def test_every_shipped_rule_is_about_tools_and_values_that_there_are(
    domain: str, rule: PolicyRule
) -> None:
    for name in rule.tools:
        tool = TOOLS[domain, name]
        for condition in rule.when:
            assert (condition.argument or condition.by) in tool.parameters["properties"]
    if any(condition.output for condition in rule.when):
        assert some_output_has(rule.when[0].output)
        return
    drawn = [forbidden_call(rule, tool, (), random.Random(n)) for n in range(8)]
    assert any(arguments is not None for arguments in drawn)


def some_output_has(field: str) -> bool:
    return any(field in (tool.returns or {}).get("properties", {}) for tool in TOOLS.values())


@given(st.integers(0, 2**32), st.sampled_from(RULES))
def test_a_call_that_is_drawn_to_be_forbidden_fits_its_tool_and_is(
    seed: int, rule: tuple[str, PolicyRule]
) -> None:
    for name in rule[1].tools:
        tool: Tool = TOOLS[rule[0], name]
        arguments = forbidden_call(rule[1], tool, (), random.Random(seed))
        if arguments is not None:
            assert check_arguments(tool, arguments) == ()
            assert applies(rule[1], ToolCall("", name, arguments), ())


SHIPPED = PolicyRule(
    "shipped orders",
    "An order that has been shipped cannot be cancelled",
    ("cancel_order",),
    "refuse",
    (Condition("equals", "shipped", output="order_status", by="order_id"),),
)


def test_what_an_output_told_last_of_the_same_thing_decides() -> None:
    def cancelled(order: str, *before: Turn) -> bool:
        return applies(SHIPPED, ToolCall("", "cancel_order", {"order_id": order}), before)

    told = looked_up("get_order", {"order_id": "O1"}, {"order_id": "O1", "order_status": "shipped"})
    since = looked_up("get_order", {"order_id": "O1"}, {"order_status": "delivered"})
    listed = looked_up(
        "list_orders",
        {"customer_id": "C"},
        {"orders": [{"order_id": "O1", "order_status": "shipped"}, {"order_id": "O2"}]},
    )
    assert cancelled("O1", *told)
    assert cancelled("O1", *listed)
    assert not cancelled("O2", *told)
    assert not cancelled("O2", *listed)
    assert not cancelled("O1", *told, *since)
    assert not cancelled("O1")
    assert not applies(SHIPPED, ToolCall("", "get_order", {"order_id": "O1"}), told)
    failed = looked_up("get_order", {"order_id": "O1"}, {"order_status": "shipped"}, error=True)
    assert not cancelled("O1", *failed)
    call = forbidden_call(SHIPPED, CANCEL, told, random.Random(1))
    assert call is not None
    assert call["order_id"] == "O1"
    assert forbidden_call(SHIPPED, CANCEL, since, random.Random(1)) is None


@pytest.mark.parametrize(
    ("test", "wanted", "met", "unmet"),
    [
        ("above", 5, [6, 5.5], [5, 4, "6", True, None, [6]]),
        ("at_least", 5, [5, 6], [4.9]),
        ("below", 5, [4], [5, False]),
        ("at_most", "2026-03-01", ["2026-03-01", "2026-02-28"], ["2026-03-02", 20260301]),
        ("equals", "Urgent", ["urgent", "URGENT"], ["normal", None]),
        ("equals", True, [True], [1, "true", False]),
        ("equals", 0, [0, 0.0], [False, 1]),
        ("differs", "a", ["b", 1], ["A"]),
        ("one_of", ["a", 2], ["A", 2], ["b", 3, True]),
    ],
)
def test_a_condition_compares_numbers_as_numbers_and_text_as_text(
    test: Any, wanted: Any, met: list[Any], unmet: list[Any]
) -> None:
    condition = Condition(test, wanted, argument="x")
    assert [value for value in met if not meets(condition, value)] == []
    assert [value for value in unmet if meets(condition, value)] == []
