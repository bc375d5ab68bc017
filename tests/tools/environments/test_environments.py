import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.config import ToolsConfig
from toolace_mt.schemas.check import check_value
from toolace_mt.texts.live_calls import draw_live_steps
from toolace_mt.tools.execute import make_steps
from toolace_mt.tools.live.executor import Worlds
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import SubTask, ToolOutput, Turn

ROOM = "python:toolace_mt.tools.environments"
SOURCES = (f"{ROOM}.orders:OrderDesk", f"{ROOM}.office:Office", f"{ROOM}.files:FileStore")
CONFIG = ToolsConfig.model_validate({"source": list(SOURCES), "live": {}})
POOL = load_pool(SOURCES)
SEEDS = st.integers(0, 2**63 - 1)


def worlds() -> Worlds:
    assert CONFIG.live is not None
    return Worlds(POOL.by_name, CONFIG, CONFIG.live)


def drawn(seed: int, source: str, length: int = 8) -> tuple[Turn, ...]:
    """Calls of one environment's tools in any order, with what they return."""
    names = [tool.name for tool in POOL.tools if tool.source == source]
    rng = random.Random(seed)
    steps = tuple((rng.choice(names),) for _ in range(length))

    async def run() -> tuple[Turn, ...]:
        async with worlds().open(seed) as world:
            return await draw_live_steps(SubTask("", steps), 0, POOL.by_name, (), rng, world)

    return asyncio.run(run())


def outputs(turns: tuple[Turn, ...]) -> list[ToolOutput]:
    return [output for turn in turns for output in turn.outputs]


@pytest.mark.parametrize("source", SOURCES)
@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_any_calls_made_again_from_reset_return_what_they_did(source: str, seed: int) -> None:
    turns = drawn(seed, source)

    async def again() -> tuple[Turn, ...]:
        async with worlds().open(seed) as world:
            return await make_steps(turns, world)

    assert asyncio.run(again()) == turns
    assert all(output.status == "executed" for output in outputs(turns))


@pytest.mark.parametrize("source", SOURCES)
@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_outputs_are_what_the_tools_promise(source: str, seed: int) -> None:
    turns = drawn(seed, source)
    for calls, results in zip(turns[::2], turns[1::2], strict=True):
        tool = POOL.by_name[calls.calls[0].name]
        output = results.outputs[0]
        assert output.error or not check_value(tool.returns or {}, output.content)


def test_most_drawn_calls_do_what_they_are_asked() -> None:
    made = [
        each for seed in range(40) for source in SOURCES for each in outputs(drawn(seed, source))
    ]
    assert sum(output.error for output in made) < 0.05 * len(made)


def test_tools_are_about_ten_each_and_say_what_they_take_return_and_are_for() -> None:
    assert not POOL.problems
    for source in SOURCES:
        assert 9 <= sum(tool.source == source for tool in POOL.tools) <= 12
    for tool in POOL.tools:
        assert tool.description
        assert tool.returns
        assert len(tool.usage) == 2
        assert all(
            "description" in s or "enum" in s for s in tool.parameters["properties"].values()
        )


@pytest.mark.parametrize(
    ("source", "tool", "arguments", "told"),
    [
        (SOURCES[0], "request_refund", {"refund_reason": "damaged"}, "cannot be refunded"),
        (SOURCES[0], "cancel_order", {"cancel_reason": "found it cheaper"}, "cannot be cancelled"),
    ],
)
def test_the_policy_holds(source: str, tool: str, arguments: dict[str, str], told: str) -> None:
    from toolace_mt.tools.environments.orders import OrderDesk

    desk = OrderDesk()
    desk.reset(3)
    fitting = set(desk.candidates(tool, "order_id", {}))
    refused = [o for o in desk.candidates("get_order", "order_id", {}) if o not in fitting]
    assert fitting
    assert refused
    for order in refused:
        with pytest.raises(PermissionError, match=rf"{told}|more than 30 days"):
            getattr(desk, tool)(order, **arguments)
    getattr(desk, tool)(min(fitting), **arguments)
    with pytest.raises(PermissionError, match=told):  # not twice
        getattr(desk, tool)(min(fitting), **arguments)
