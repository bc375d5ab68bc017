"""Plans from the seed: within the bounds, along the links between tools, the same every time."""

import os
import subprocess
import sys
from collections import Counter
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage_worlds import POOL, WEAK, Recorder, skeleton
from test_initialize import structure_follows_the_plan

from toolace_mt.config import InitializationConfig
from toolace_mt.initialization.drawn_plan import draw_task
from toolace_mt.seeds import derive_random
from toolace_mt.tools.chains import find_links
from toolace_mt.trajectory import Task, Tool
from toolace_mt.verification.rules import check

DRAWN = WEAK.model_copy(update={"plan": "drawn"})
PAPER = InitializationConfig()


def drawn(seed: int, related: int = 5, config: InitializationConfig = PAPER) -> Task:
    tools = POOL.sample(derive_random("tools", seed), related, 0).related
    return draw_task(tools, 3, config, derive_random("plan", seed))


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6), st.integers(1, 4))
def test_plans_keep_within_the_bounds(seed: int, related: int, low: int, parallel: int) -> None:
    config = InitializationConfig(steps=(low, 6), parallel_calls=parallel)
    task = drawn(seed, related, config)
    assert len(task.subtasks) == 3
    for subtask in task.subtasks:
        names = list(chain(*subtask.steps))
        assert len(set(names)) == len(names)  # no tool twice
        assert 1 <= len(subtask.steps) <= 6
        assert all(1 <= len(step) <= parallel for step in subtask.steps)
        assert len(subtask.steps) >= low or len(names) == related
        assert subtask.goal.strip()


def test_a_step_never_needs_what_is_returned_in_the_same_step() -> None:
    together = 0
    for seed in range(200):
        tools = POOL.sample(derive_random("tools", seed), 5, 0).related
        linked = {(link.source, link.target) for link in find_links(tools)}
        for subtask in drawn(seed).subtasks:
            for step in subtask.steps:
                together += len(step) > 1
                assert not [(a, b) for a in step for b in step if (a, b) in linked]
    assert together > 100


def test_a_tool_comes_after_one_that_feeds_it_where_both_are_called() -> None:
    right = wrong = 0
    for seed in range(200):
        tools = POOL.sample(derive_random("tools", seed), 4, 0).related
        sources: dict[str, set[str]] = {}
        for link in find_links(tools):
            sources.setdefault(link.target, set()).add(link.source)
        first = drawn(seed, 4, InitializationConfig(steps=(4, 6))).subtasks[0]
        order = list(chain(*first.steps))
        for place, name in enumerate(order):
            if needed := sources.get(name, set()) - {name}:
                fed = any(source in order[:place] for source in needed)
                right, wrong = right + fed, wrong + (not fed)
    assert right > 100
    assert wrong < right / 10  # tools that feed each other: one has to be the first


def test_goals_are_short_and_say_what_the_tools_do() -> None:
    described = Tool("a", "Finds a thing. Then more.", {"type": "object", "properties": {}})
    nameless = Tool("查询", "", {"type": "object", "properties": {}})
    rng = derive_random(1)
    one = InitializationConfig(subtasks=(1, 1), steps=(1, 1), parallel_calls=1)
    assert draw_task([described], 1, one, rng).subtasks[0].goal == "Finds a thing"
    assert draw_task([nameless], 1, one, rng).subtasks[0].goal == "查询"
    two = InitializationConfig(steps=(2, 2), parallel_calls=1)
    names = [Tool(name, "x", {"type": "object"}) for name in ("get_weather", "findCity")]
    goal = draw_task(names, 1, two, rng).subtasks[0].goal
    assert goal in ("Get weather, then find city", "Find city, then get weather")


def test_later_subtasks_call_what_earlier_ones_have_not() -> None:
    one = InitializationConfig(steps=(1, 1), parallel_calls=1)
    for seed in range(30):
        tools = POOL.sample(derive_random("tools", seed), 5, 0).related
        task = draw_task(tools, 5, one, derive_random("plan", seed))
        called = [name for subtask in task.subtasks for name in chain(*subtask.steps)]
        assert sorted(called) == sorted(tool.name for tool in tools)


def test_a_goal_takes_no_more_than_160_characters_of_a_description() -> None:
    endless = Tool("a", "find " * 200, {"type": "object", "properties": {}})
    one = InitializationConfig(steps=(1, 1), parallel_calls=1)
    (subtask,) = draw_task([endless], 1, one, derive_random(1)).subtasks
    assert 100 < len(subtask.goal) <= 160


async def test_a_drawn_plan_takes_no_call_and_its_dialogues_are_clean() -> None:
    for number in range(20):
        generate = Recorder()
        trajectory = await skeleton(number, DRAWN, generate)
        assert "task" not in generate.kinds()
        structure_follows_the_plan(trajectory)
        assert [found for found in check(trajectory) if found.severity == "error"] == []
        assert len(trajectory.task.subtasks) in (2, 3)  # type: ignore[union-attr]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_plan_in_every_process() -> None:
    """Sets of names are in another order in every process: none may decide anything."""
    code = "from test_drawn_plan import drawn; print([drawn(s) for s in range(30)])  # noqa"
    told = set()
    for salt in ("0", "1", "2"):
        paths = os.pathsep.join(["tests", "tests/initialization", "."])
        environment = {**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1


def test_a_tool_whose_calls_cannot_differ_is_planned_once() -> None:
    def tool(name: str, **properties: object) -> Tool:
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        return Tool(name, f"Tells the {name}.", schema)

    tools = [
        tool("time"),
        tool("mode", to={"enum": ["day"]}),
        tool("light", to={"enum": ["on", "off"]}),
        tool("note", thing={"type": "string"}),
    ]
    config = InitializationConfig(subtasks=(1, 9), steps=(1, 4))
    for seed in range(20):
        task = draw_task(tools, 6, config, derive_random("plan", seed))
        called = Counter(chain(*(step for subtask in task.subtasks for step in subtask.steps)))
        assert called["time"] <= 1
        assert called["mode"] <= 1
        assert called["light"] <= 2
        assert len(task.subtasks) == 6  # `note` can be called again and again
        assert all(subtask.steps and subtask.goal for subtask in task.subtasks)
    alone = draw_task(tools[:2], 6, config, derive_random("plan", 0))
    assert 1 <= len(alone.subtasks) <= 2
