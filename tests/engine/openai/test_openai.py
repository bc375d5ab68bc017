"""The engine against a real HTTP server on loopback that misbehaves on demand."""

import asyncio
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from fake_endpoint import KEY, Endpoint, Reply, answer, problem
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.calls.request import Request
from toolace_mt.config import OpenAIConfig, load_config
from toolace_mt.engine.base import Engine
from toolace_mt.engine.openai import endpoint as endpoint_module
from toolace_mt.engine.openai import engine as openai
from toolace_mt.engine.openai.adaptive import AdaptiveLimit
from toolace_mt.engine.openai.complaints import retry_seconds
from toolace_mt.engine.openai.engine import OpenAIEngine
from toolace_mt.errors import ConfigError, EngineError

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
REQUEST = Request("d0", "initialization", "plan", 0, "0", "be brief", "plan it", seed=7)


async def test_sends_the_request_and_reads_the_answer(endpoint: Endpoint) -> None:
    usage: dict[str, Any] = {
        "prompt_tokens": 50,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 32},
    }
    server, engine = await endpoint(Reply(body=answer('{"a": "hello"}', **usage)))
    done = await engine.generate(replace(REQUEST, schema=SCHEMA, temperature=0.5, max_tokens=9))
    assert (done.text, done.finish) == ('{"a": "hello"}', "stop")
    assert (done.prompt_tokens, done.cached_tokens, done.output_tokens) == (50, 32, 3)
    assert 0 < done.seconds < 5
    assert server.heads[0].startswith("POST /v1/chat/completions HTTP/1.1")
    assert f"Bearer {KEY}" in server.heads[0]
    assert server.bodies == [
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "plan it"},
            ],
            "max_tokens": 9,
            "temperature": 0.5,
            "top_p": 1.0,
            "seed": 7,
            "stream": False,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "plan", "strict": True, "schema": SCHEMA},
            },
        }
    ]
    stats = engine.stats()
    assert (stats["requests"], stats["good"], stats["running"], stats["waiting"]) == (1, 1, 0, 0)
    assert 0 < stats["busy_seconds"] < 5
    assert engine.stalled() == 0.0


async def test_further_fields_and_fields_left_out(endpoint: Endpoint) -> None:
    args = {"seed": None, "reasoning_effort": "low"}
    server, engine = await endpoint(Reply(), args=args)
    await engine.generate(REQUEST)
    assert "seed" not in server.bodies[0]
    assert server.bodies[0]["reasoning_effort"] == "low"
    assert "response_format" not in server.bodies[0]


@pytest.mark.parametrize(
    ("reply", "finish", "text"),
    [
        (Reply(body=answer("half a", "length")), "length", "half a"),
        (Reply(body=answer("", "content_filter")), "failed", "content_filter"),
        (Reply(body=answer("cut", "abort")), "abort", "cut"),
        (Reply(body=answer("x", "tool_calls")), "stop", "x"),
        (Reply(400, problem("This model's maximum context length is 8")), "too_long", "maximum"),
        (Reply(400, problem("x", code="context_length_exceeded")), "too_long", "HTTP 400"),
        (Reply(413, b""), "too_long", "HTTP 413"),
        (Reply(400, problem("Invalid schema for response_format 'plan'")), "refused", "Invalid"),
        (Reply(422, problem("Grammar error: unknown keyword")), "refused", "Grammar"),
        (Reply(400, problem("unsupported parameter: model")), "failed", "unsupported"),
    ],
)
async def test_one_request_ends_with_its_outcome(
    endpoint: Endpoint, reply: Reply, finish: str, text: str
) -> None:
    _, engine = await endpoint(reply)
    done = await engine.generate(replace(REQUEST, schema=SCHEMA))
    assert done.finish == finish
    assert text in done.text
    assert endpoint.waits == []


async def test_a_schema_refused_in_strict_mode_is_sent_without(endpoint: Endpoint) -> None:
    refusal = Reply(400, problem("Invalid schema", param="response_format"))
    server, engine = await endpoint(refusal, Reply())
    done = await engine.generate(replace(REQUEST, schema=SCHEMA))
    assert done.finish == "stop"
    sent = [body["response_format"]["json_schema"]["strict"] for body in server.bodies]
    assert sent == [True, False]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, problem("oops")),
        Reply(502, b"<html>bad gateway</html>"),
        Reply(503, b""),
        Reply(429, problem("slow down")),
        Reply(body=answer()[:40]),
        Reply(body=b""),
        Reply(body=b'{"choices": []}'),
        Reply(body=b"[" * 100_000),
        Reply(body=b'{"error": "upstream"}'),
        Reply(hang_up=True),
        Reply(body=answer()[:40], announced=4000),
        Reply(body=b"x" * (endpoint_module.LARGEST_BODY + 1)),
        Reply(delay=0.3),
    ],
    ids=lambda reply: f"{reply.status}-{reply.body[:12]!r}-{reply.hang_up}-{reply.announced}",
)
async def test_what_may_pass_is_tried_again(endpoint: Endpoint, reply: Reply) -> None:
    timeout = 0.1 if reply.delay else 5.0
    server, engine = await endpoint(reply, reply, Reply(body=answer("at last")), timeout=timeout)
    done = await engine.generate(REQUEST)
    assert (done.finish, done.text) == ("stop", "at last")
    assert len(server.bodies) == 3
    assert len(endpoint.waits) == 2
    assert engine.stats()["retries"] == 2


async def test_retries_are_bounded_and_jittered_then_the_request_fails(endpoint: Endpoint) -> None:
    server, engine = await endpoint(Reply(500, problem("oops")))
    done = await engine.generate(REQUEST)
    assert done.finish == "failed"
    assert "HTTP 500" in done.text
    assert "oops" in done.text
    assert len(server.bodies) == openai.ATTEMPTS
    longest = [min(60.0, 2.0**n) for n in range(openai.ATTEMPTS - 1)]
    assert all(0 <= wait <= most for wait, most in zip(endpoint.waits, longest, strict=True))
    await engine.generate(replace(REQUEST, dialogue="d1"))
    first, second = endpoint.waits[: len(longest)], endpoint.waits[len(longest) :]
    assert first != second  # two requests that failed together do not come back together


async def test_nobody_listens(endpoint: Endpoint) -> None:
    server, engine = await endpoint(Reply())
    endpoint.open[0]()
    await asyncio.sleep(0)
    done = await engine.generate(REQUEST)
    assert done.finish == "failed"
    assert "ConnectError" in done.text
    assert len(endpoint.waits) == openai.ATTEMPTS - 1
    assert server.bodies == []


async def test_retry_after_is_waited_for(endpoint: Endpoint) -> None:
    date = format_datetime(datetime.fromtimestamp(1_800_000_020, UTC), usegmt=True)
    replies = [Reply(429, b"", {"Retry-After": value}) for value in ("7", date, "86400", "soon")]
    _, engine = await endpoint(*replies, Reply())
    assert (await engine.generate(REQUEST)).finish == "stop"
    for wait, (low, jitter) in zip(endpoint.waits, [(7, 1), (20, 2), (60, 4), (0, 8)], strict=True):
        assert low <= wait <= low + jitter


@given(st.text() | st.floats().map(str) | st.integers().map(str))
def test_any_retry_after_is_bounded(header: str) -> None:
    assert 0 <= retry_seconds(header, 1_800_000_000.0, 60.0) <= 60.0


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, problem(f"Incorrect API key provided: {KEY}")), ("OPENAI_API_KEY", "HTTP 401")),
        (Reply(403, b"no"), ("OPENAI_API_KEY", "HTTP 403")),
        (Reply(402, b"pay"), ("HTTP 402",)),
        (Reply(429, problem("quota", code="insufficient_quota")), ("HTTP 429", "quota")),
        (Reply(404, problem("The model `m` does not exist")), ("engine.model (m)", "does not")),
    ],
)
async def test_unusable_for_good_is_one_clear_error(
    endpoint: Endpoint, reply: Reply, words: tuple[str, ...]
) -> None:
    server, engine = await endpoint(reply)
    for _ in range(2):
        with pytest.raises(EngineError) as raised:
            await engine.generate(REQUEST)
    message = raised.value.message
    assert server.url in message
    assert "\n" not in message
    assert all(word in message for word in words)
    assert len(server.bodies) == 1  # the second time nothing is sent


async def test_the_message_says_when_no_key_is_set(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    server, engine = await endpoint(Reply(401, b""))
    with pytest.raises(EngineError, match="OPENAI_API_KEY is not set"):
        await engine.generate(REQUEST)
    assert "authorization" not in server.heads[0].lower()


async def test_one_forbidden_prompt_does_not_end_an_engine_that_answers(endpoint: Endpoint) -> None:
    _, engine = await endpoint(Reply(), Reply(403, b"flagged"), Reply())
    finishes = [(await engine.generate(REQUEST)).finish for _ in range(3)]
    assert finishes == ["stop", "failed", "stop"]


async def test_an_endpoint_that_fails_everybody_ends_the_engine(endpoint: Endpoint) -> None:
    _, engine = await endpoint(Reply(500, b"down"))
    for number in range(openai.GIVEN_UP - 1):
        assert (await engine.generate(replace(REQUEST, dialogue=f"d{number}"))).finish == "failed"
    with pytest.raises(EngineError, match=r"in a row.*HTTP 500: .down.;"):
        await engine.generate(replace(REQUEST, dialogue="last"))


async def test_one_poisonous_dialogue_does_not_end_the_engine(endpoint: Endpoint) -> None:
    _, engine = await endpoint(Reply(500, b"down"))
    for slot in range(2 * openai.GIVEN_UP):
        assert (await engine.generate(replace(REQUEST, slot=str(slot)))).finish == "failed"


async def test_redirects_are_not_followed(endpoint: Endpoint) -> None:
    other = await endpoint.server(Reply())
    _, engine = await endpoint(Reply(307, b"", {"Location": f"{other.url}/chat/completions"}))
    with pytest.raises(EngineError, match=r"HTTP 307.*engine\.urls"):
        await engine.generate(REQUEST)
    assert other.heads == []


async def test_the_key_shows_nowhere(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = Reply(500, problem(f"you sent Bearer {KEY}"))
    message = {"content": None, "refusal": f"not for {KEY}"}
    refused = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    _, engine = await endpoint(*[echo] * openai.ATTEMPTS, Reply(body=refused))
    done = await engine.generate(REQUEST)
    shown = [repr(engine), repr(engine.describe()), repr(engine.stats()), repr(done), caplog.text]
    assert "you sent Bearer ***" in done.text
    assert "not for ***" in (await engine.generate(REQUEST)).text
    assert not any(KEY in text for text in (*shown, *capfd.readouterr()))


async def test_a_key_that_no_header_can_hold(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-a\nX-Evil: 1")
    with pytest.raises(EngineError, match="OTHER_KEY") as raised:
        endpoint.engine("http://127.0.0.1:1/v1", key_env="OTHER_KEY")
    assert "Evil" not in raised.value.message


async def test_congestion_narrows_and_success_widens(endpoint: Endpoint) -> None:
    busy = Reply(429, b"", delay=0.02)
    server, engine = await endpoint(*[busy] * 8, Reply(delay=0.005), concurrency=8)
    requests = [replace(REQUEST, dialogue=f"d{n}") for n in range(40)]
    done = await asyncio.gather(*map(engine.generate, requests))
    assert {completion.finish for completion in done} == {"stop"}
    assert server.most_at_once == 8
    # Eight refusals under one limit are one event: 8 to 4; then 4 + 5 + 6 + 7 good ones widen it.
    assert engine.stats()["limit"] == 8
    assert engine.stats()["congested"] == 8


async def test_lower_priority_numbers_go_first(endpoint: Endpoint) -> None:
    server, engine = await endpoint(Reply(delay=0.005), concurrency=1)
    requests = [replace(REQUEST, user=str(n)) for n in (0, 3, 1, 2)]
    await asyncio.gather(*(engine.generate(r, priority=int(r.user)) for r in requests))
    assert [body["messages"][1]["content"] for body in server.bodies] == ["0", "1", "2", "3"]


async def test_a_cancelled_request_gives_its_place_back(endpoint: Endpoint) -> None:
    _, engine = await endpoint(Reply(delay=30), Reply(), concurrency=1)
    first = asyncio.create_task(engine.generate(REQUEST))
    second = asyncio.create_task(engine.generate(REQUEST))
    third = asyncio.create_task(engine.generate(REQUEST))
    await asyncio.sleep(0.05)
    second.cancel()
    first.cancel()
    assert (await third).finish == "stop"
    assert (engine.stats()["running"], engine.stats()["waiting"]) == (0, 0)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, b"who?"), r"HTTP 401: .who\?.; .*OPENAI_API_KEY holds a key"),
        (Reply(400, problem("no json_schema here")), "does not answer .* refused: HTTP 400"),
        (Reply(400, problem("use max_completion_tokens")), "failed: .* max_completion_tokens"),
    ],
)
async def test_a_start_that_cannot_work_says_why(
    endpoint: Endpoint, reply: Reply, words: str
) -> None:
    server = await endpoint.server(reply)
    config = OpenAIConfig(kind="openai", model="m", urls=(server.url,))
    with pytest.raises(EngineError, match=words):
        await asyncio.to_thread(OpenAIEngine.start, config)


async def test_a_started_engine_answers(endpoint: Endpoint) -> None:
    ready = Reply(body=answer('{"ready": true}'))
    server = await endpoint.server(Reply(body=answer("", "length")), ready, Reply())
    config = OpenAIConfig(kind="openai", model="m", urls=(server.url,))
    engine = await asyncio.to_thread(OpenAIEngine.start, config)
    endpoint.engines.append(engine)
    assert (await engine.generate(REQUEST)).text == "fine"
    first, second, _ = (body["max_tokens"] for body in server.bodies)
    assert first < second  # it may have been thinking
    assert engine.stats()["requests"] == 1  # the probe is not counted


async def test_closing_ends_what_is_open(endpoint: Endpoint) -> None:
    _, engine = await endpoint(Reply(delay=30), concurrency=1)
    calls = [asyncio.create_task(engine.generate(REQUEST)) for _ in range(2)]
    await asyncio.sleep(0.05)
    assert (engine.stats()["running"], engine.stats()["waiting"]) == (1, 1)
    await engine.close()
    ended = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert [type(end) for end in ended] == [EngineError, EngineError]


def test_it_is_an_engine() -> None:
    config = OpenAIConfig(kind="openai", model="m", urls=("http://127.0.0.1:1/v1",))
    engine: Engine = OpenAIEngine(config, config.urls[0])
    assert (engine.model, engine.max_num_seqs) == ("m", 32)
    assert "timeout" in engine.describe()


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["good", "congested", "neither"]))),
)
async def test_the_limit_stays_within_bounds(most: int, waves: list[tuple[int, Any]]) -> None:
    limit = AdaptiveLimit(most)
    for size, outcome in waves:
        before = limit.limit
        size = min(size, before)
        tickets = [await limit.acquire() for _ in range(size)]
        assert limit.running == size
        for ticket in tickets:
            limit.release(ticket, outcome)
        expected = {
            "congested": max(1, before // 2),
            "neither": before,
        }.get(outcome)
        assert limit.limit == expected if expected else before <= limit.limit <= before + 1
        assert 1 <= limit.limit <= most
        assert limit.running == 0


@pytest.mark.parametrize(
    "url", ["localhost:8000/v1", "ftp://host/v1", "http://", "https://u:p@h/v1"]
)
def test_a_url_that_cannot_work_is_a_config_error(tmp_path: Any, url: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"run_dir: x\nengine: {{kind: openai, model: m, urls: ['{url}']}}")
    with pytest.raises(ConfigError, match="urls"):
        load_config(path)
