"""Foreign dialogues can hold anything: nothing raises, and every answer is a finding.

Work is bounded for huge dialogues as calls of Python functions; time in a single call of a library,
such as a search for a pattern, is not measured.
"""

from typing import Any

import pytest
from dialogues import Script, reply, tool, user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from work import calls_in

from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory, Turn
from toolace_mt.verification import RULES, check, origins

CYCLIC: dict[str, Any] = {
    "type": "object",
    "properties": {"next": {"$ref": "#/$defs/node"}, "odd": {"$ref": "#/$defs/circle"}},
    "$defs": {
        "node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}},
        "circle": {"$ref": "#/$defs/circle"},
    },
}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
said = st.text(max_size=60) | st.sampled_from(
    ["May 39th, 2026", "99/99/9999", "2024-02-31T25:61", "1e999", "½ ² 一 ٣", "\ud800", "'" * 40]
)
names = st.sampled_from(["use", "other", "", "no such", "use"])
schemas = (
    values
    | st.just(CYCLIC)
    | st.builds(
        lambda inner: {"type": "object", "properties": {"x": inner}, "required": ["x"]}, values
    )
)
calls = st.builds(ToolCall, st.sampled_from(["", "a", "b"]), names, values)
outputs = st.builds(ToolOutput, st.sampled_from(["", "a", "b"]), values, st.booleans())
turns = st.builds(
    Turn,
    st.sampled_from(["user", "assistant", "tool"]),
    said,
    st.lists(calls, max_size=2).map(tuple),
    st.lists(outputs, max_size=2).map(tuple),
    st.integers(-1, 2),
    st.sampled_from([None, "clarification", "tool_awareness", "error_simulation", "non_fc"]),
    st.lists(names, max_size=1).map(tuple),
)
tools = st.builds(
    Tool,
    names,
    st.text(max_size=20),
    schemas.filter(lambda schema: isinstance(schema, dict)),
    schemas.filter(lambda schema: isinstance(schema, dict)) | st.none(),
)
trajectories = st.builds(
    lambda turns, tools, system: Trajectory(
        "any", 0, tuple(tools), None, tuple(turns), system=system
    ),
    st.lists(turns, max_size=6),
    st.lists(tools, max_size=2),
    said,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(trajectories)
def test_anything_is_judged_without_an_exception(made: Trajectory) -> None:
    for found in check(made):
        assert found.check in RULES
        assert found.severity in ("error", "warning")
        assert found.message
    for origin in origins(made):
        assert origin.path
        assert origin.kind


def use(
    value: Any, said: str = "Use it.", schema: Any = "string", text: str = "Done."
) -> Trajectory:
    script = Script(tool("use", value=schema)).say(user(said))
    return script.call(("use", {"value": value}, {"echo": value})).say(reply(text)).done("use")


def nested(depth: int, dictionary: bool) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = {"in": value} if dictionary else [value]
    return value


_MOST_CALLS = 4_000_000  # of functions, for whatever a dialogue holds
HUGE: dict[str, Trajectory] = {
    "deep object": use(nested(20_000, True)),
    "deep list": use(nested(20_000, False)),
    "long string": use("x" * 2_000_000, "y" * 2_000_000),
    "many words": use("word " * 200_000, "another " * 200_000, text="said " * 200_000),
    "many numbers": use(7, " ".join(map(str, range(200_000))), "number", "1.5 " * 100_000),
    "many leaves": use([{"id": f"A-{n}", "n": n} for n in range(100_000)]),
    "long number": use(int("9" * 4_000), "9" * 100_000, "number", "9" * 100_000),
    "one long word": use("a1" * 100_000, "a1-" * 100_000, text="a1_" * 50_000),
    "brackets": use("[" * 100_000, "{" * 100_000 + "<" * 100_000, text="[mask " * 20_000),
    "dates": use("2026-01-01", "2026-01-02 May 3 " * 20_000, text="May 4 " * 20_000),
    "at signs": use("a@b.c", "a@" * 100_000, text="a.b@c." * 50_000),
    "cyclic schema": Trajectory(
        "cyclic",
        0,
        (Tool("use", "", CYCLIC),),
        None,
        (
            user("Use it."),
            Turn("assistant", calls=(ToolCall("1", "use", {"next": nested(50, True), "odd": 1}),)),
            Turn("tool", outputs=(ToolOutput("1", "ok"),)),
            reply("Done."),
        ),
    ),
    "many turns": Script().say(*[user("Hello, 17?"), reply("Hello 18!")] * 3_000).done("many"),
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_dialogues_are_judged_in_bounded_work(name: str) -> None:
    work = calls_in(lambda: (check(HUGE[name]), origins(HUGE[name])))
    assert 0 < work < _MOST_CALLS


def test_odd_schemas_are_findings_of_the_schema_rule() -> None:
    made = use("x", schema={"type": "string", "pattern": "("})
    assert {f.check for f in check(made) if f.severity == "error"} >= {"schema"}
