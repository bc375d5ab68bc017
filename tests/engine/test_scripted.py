"""The scripted engine: the same request, the same answer, whatever happens around it."""

import asyncio
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig, ScriptedFailures
from toolace_mt.engine import scripted
from toolace_mt.engine.scripted import ScriptedEngine, count_tokens
from toolace_mt.texts.constrained import text_schema

EXPERT = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["pass", "fail"]},
        "reason": {"type": "string", "minLength": 30, "maxLength": 120},
    },
    "required": ["verdict", "reason"],
    "additionalProperties": False,
}
REQUEST = Request(
    *("d1", "verification", "expert", 0, "consistency"), "s" * 401, "u" * 103, EXPERT, seed=3
)


def engine(**settings: Any) -> ScriptedEngine:
    return ScriptedEngine(ScriptedConfig(kind="scripted", **settings))


def many(count: int = 400) -> Iterator[Request]:
    return (replace(REQUEST, dialogue=f"d{n}", seed=n) for n in range(count))


async def answers(one: ScriptedEngine, requests: list[Request]) -> dict[Request, Completion]:
    done = await asyncio.gather(*(one.generate(request) for request in requests))
    keyed = (request.key(one.model) for request in requests)
    return {key: replace(c, seconds=0.0) for key, c in zip(keyed, done, strict=True)}  # type: ignore


async def test_answers_depend_on_nothing_but_the_request() -> None:
    requests = list(many(60))
    slow = engine(seconds_per_call=0.002, spread=1.0, max_num_seqs=7, unreadable=0.2, flawed=0.3)
    fast = engine(unreadable=0.2, flawed=0.3)
    assert await answers(slow, requests) == await answers(fast, requests[::-1])


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 4},
        {"dialogue": "d2"},
        {"slot": "other"},
        {"round": 1},
        {"attempt": 1},
        {"kind": "other"},
    ],
)
async def test_every_part_that_names_a_call_changes_its_answer(changed: dict[str, Any]) -> None:
    one = engine()
    other = await one.generate(replace(REQUEST, **changed))
    assert (await one.generate(REQUEST)).text != other.text


_LEAVES = st.one_of(
    st.builds(lambda low, span: {"type": "string", "minLength": low, "maxLength": low + span},
              st.integers(0, 30), st.integers(0, 60)),
    st.builds(lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span},
              st.integers(-50, 50), st.integers(0, 9)),
    st.sampled_from([
        {"type": "boolean"},
        {"type": "string", "format": "date"},
        {"type": "string", "enum": ["A", "B", "é"]},
        {"type": "number", "exclusiveMinimum": 0},
        text_schema(["origin", "outputs[0].price"]),
        text_schema([]),
    ]),
)  # fmt: skip


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(st.sampled_from("abcde"), inner, min_size=1).map(
        lambda properties: {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
    )
    lists = st.builds(
        lambda items, n: {"type": "array", "items": items, "minItems": n, "maxItems": n + 2},
        inner,
        st.integers(0, 3),
    )
    return objects | lists


@given(schema=st.recursive(_LEAVES, _nested, max_leaves=8), seed=st.integers(0, 2**63 - 1))
async def test_answers_conform_to_their_schema(schema: dict[str, Any], seed: int) -> None:
    request = replace(REQUEST, schema=schema, seed=seed, max_tokens=4096)
    completion = await engine().generate(request)
    assert completion.finish == "stop"
    jsonschema_rs.validate(schema, json.loads(completion.text))


async def test_experts_are_favourable_but_for_the_flawed_share() -> None:
    async def verdicts(**settings: Any) -> list[str]:
        one = engine(**settings)
        return [json.loads((await one.generate(r)).text)["verdict"] for r in many()]

    assert set(await verdicts()) == {"pass"}
    assert 0.2 < (await verdicts(flawed=0.3)).count("fail") / 400 < 0.4


async def test_a_choice_between_a_and_b_favours_neither() -> None:
    judge = {"type": "object", "properties": {"verdict": {"enum": ["A", "B"]}},
             "required": ["verdict"]}  # fmt: skip
    one = engine()
    said = [json.loads((await one.generate(replace(r, schema=judge))).text) for r in many()]
    assert 0.4 < sum(answer["verdict"] == "A" for answer in said) / 400 < 0.6


async def test_the_unreadable_share_is_cut_off_as_length() -> None:
    cut = [c for r in many() if (c := await engine(unreadable=0.25).generate(r)).finish != "stop"]
    assert 0.17 < len(cut) / 400 < 0.33
    for completion in cut:
        assert completion.finish == "length"
        with pytest.raises(json.JSONDecodeError):
            json.loads(completion.text)


async def test_counts_are_characters_by_four_and_the_shared_system_part_is_cached() -> None:
    completion = await engine().generate(REQUEST)
    assert completion.prompt_tokens == 101 + 26
    assert completion.cached_tokens == 101
    assert completion.output_tokens == -(-len(completion.text) // 4)
    opening = replace(REQUEST, stage="initialization", kind="task")
    assert (await engine().generate(opening)).cached_tokens == 0
    assert (await engine().generate(replace(opening, attempt=1))).cached_tokens == 101
    short = await engine().generate(replace(REQUEST, max_tokens=5))
    assert (short.finish, short.output_tokens) == ("length", 5)
    assert [count_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


async def test_latency_is_per_call_and_token_and_no_more_than_the_slots_are_served() -> None:
    one = engine(seconds_per_call=0.3, seconds_per_token=0.001, max_num_seqs=2)
    tokens = (await engine().generate(REQUEST)).output_tokens
    served = 0.3 + 0.001 * tokens
    started = time.perf_counter()
    calls = [asyncio.create_task(one.generate(REQUEST)) for _ in range(6)]
    await asyncio.sleep(0.01)
    assert (one.stats()["running"], one.stats()["waiting"]) == (2, 4)
    done = await asyncio.gather(*calls)
    assert time.perf_counter() - started >= 3 * served
    # Of the last two, each is counted from when it was written, a little after the first.
    assert sum(completion.seconds > 2.5 * served for completion in done) >= 2
    assert all(completion.seconds >= served for completion in done)
    assert one.stats()["busy_seconds"] >= 3 * served


async def test_spread_latencies_are_lognormal_around_their_median(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(scripted.asyncio, "sleep", sleep)
    one = engine(seconds_per_call=0.02, spread=0.8)
    for request in many():
        await one.generate(request)
    logs = sorted(math.log(seconds / 0.02) for seconds in slept)
    assert abs(logs[200]) < 0.15
    assert 0.7 < statistics.pstdev(logs) < 0.9


async def test_a_hang_stops_everything_until_the_engine_is_closed() -> None:
    one = engine(fail={"hang_on": "d7"})
    await one.generate(REQUEST)
    hanging = asyncio.create_task(one.generate(replace(REQUEST, dialogue="d7")))
    other = asyncio.create_task(one.generate(REQUEST))
    await asyncio.wait([hanging, other], timeout=0.1)
    assert not hanging.done()
    assert not other.done()
    assert one.stalled() > 0.09
    await one.close()
    assert [(await call).finish for call in (hanging, other)] == ["abort", "abort"]


@pytest.mark.parametrize("fail", [{"crash_on": "d3"}, {"crash_after": 3}])
def test_ordered_crashes_end_the_process(fail: dict[str, Any]) -> None:
    program = f"""
import asyncio
from toolace_mt.config import ScriptedConfig
from toolace_mt.engine import scripted
from toolace_mt.engine.base import Request
from toolace_mt.engine.scripted import ScriptedEngine
one = ScriptedEngine(ScriptedConfig(kind="scripted", fail={fail!r}))
for n in range(5):
    asyncio.run(one.generate(Request(f"d{{n}}", "verification", "x", 0, "", "", "")))
    print(n, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (70, ["0", "1", "2"])
    assert ScriptedFailures(**fail) != ScriptedFailures()
