from copy import deepcopy
from dataclasses import replace
from operator import is_
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.run.arrow import SCHEMA, from_row, from_table, rows_to_table, to_row
from toolace_mt.trajectory import (
    Edit,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
    Usage,
    Verdict,
)

text = st.text(max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(text, values, max_size=3)
tools = st.builds(Tool, parameters=objects, returns=st.none() | objects)
turns = st.builds(
    Turn,
    calls=st.lists(st.builds(ToolCall, arguments=objects), max_size=2).map(tuple),
    outputs=st.lists(st.builds(ToolOutput, content=values), max_size=2).map(tuple),
)
turn_tuples = st.lists(turns, max_size=3).map(tuple)
seconds = st.floats(0, 1e9)
usages = st.builds(Usage, seconds=seconds, critical_seconds=seconds)
whole = st.builds(
    Trajectory,
    seed=st.integers(0, 2**63 - 1),
    tools=st.lists(tools, max_size=2).map(tuple),
    turns=turn_tuples,
    edits=st.lists(st.builds(Edit, before=turn_tuples, after=turn_tuples), max_size=2).map(tuple),
    usage=st.lists(usages, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(whole, max_size=3))
def test_every_trajectory_comes_back_equal(trajectories: list[Trajectory]) -> None:
    table = rows_to_table(map(to_row, trajectories))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_table(table)
    read = pa.ipc.open_file(sink.getvalue()).read_all()
    assert from_table(read) == trajectories
    assert repr(from_table(read)) == repr(trajectories)  # 1 is not 1.0, 0.0 is not -0.0


@settings(deadline=None)
@given(st.lists(tools, max_size=4), st.lists(tools, max_size=3), st.randoms())
def test_tools_that_are_known_come_back_as_the_same_objects(
    own: list[Tool], foreign: list[Tool], rng: Random
) -> None:
    known = {tool.name: tool for tool in own}
    mixed = [*known.values(), *foreign]
    rng.shuffle(mixed)
    for chosen in (list(known.values()), mixed):
        row = to_row(Trajectory("a", 1, tools=tuple(deepcopy(chosen))))
        read = from_row(row, known).tools
        assert repr(read) == repr(tuple(chosen))
        if all(any(tool is each for each in known.values()) for tool in chosen):
            assert row["tools"].count("\\") or all(map(is_, read, chosen))


@pytest.mark.parametrize("change", [{"description": "another"}, {"parameters": {"b": 1, "a": 1}}])
def test_a_tool_of_a_known_name_that_is_another_is_not_taken_for_it(change: dict[str, Any]) -> None:
    tool = Tool("a", "one", {"a": 1, "b": 1})
    row = to_row(Trajectory("a", 1, tools=(tool, replace(tool, **change))))
    assert repr(from_row(row, {"a": tool})) == repr(from_row(row))


def test_outcome_is_a_column_of_its_own() -> None:
    open_ = Trajectory("a", 1)
    table = rows_to_table(map(to_row, (open_, replace(open_, verdict=Verdict("rejected")))))
    assert table["outcome"].to_pylist() == ["", "rejected"]


@pytest.mark.parametrize("field", ["failure", "system"])
def test_text_that_no_file_could_hold_is_named(field: str) -> None:
    with pytest.raises(ValueError, match="d-1: not valid Unicode"):
        rows_to_table([to_row(replace(Trajectory("d-1", 1), **{field: "\ud83d"}))])
