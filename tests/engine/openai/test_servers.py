"""Servers that speak the format each in their own way: what is taken, remembered, refused, told."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from fake_endpoint import Endpoint, Reply, answer, problem

from toolace_mt.calls.request import Request
from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.openai.engine import OpenAIEngine
from toolace_mt.errors import EngineError

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
REQUEST = Request("d0", "initialization", "plan", 0, "0", "s", "u", SCHEMA, seed=7)
JSON = '{"a": 1}'
READY = Reply(body=answer('{"ready": true}'))


def body(message: Any, finish: Any = "stop", **more: Any) -> Reply:
    choice = {"message": message, "finish_reason": finish}
    return Reply(body=json.dumps({"choices": [choice], **more}).encode())


def events(*chunks: Any, done: bool = True) -> Reply:
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return Reply(body=(": waiting\n\n" + "".join(lines) + "data: [DONE]\n\n" * done).encode())


def delta(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


@pytest.mark.parametrize(
    "reply",
    [
        *(body({"content": JSON}, finish) for finish in (None, "", "eos", "stop_sequence", "STOP")),
        body({"content": JSON}, {"type": "stop", "matched": 2}),
        body({"content": JSON}, "tool_calls", usage=None),
        *(body({"content": JSON}, usage=odd) for odd in ([], "free", {"prompt_tokens": "many"})),
        body({"content": JSON}, usage={"prompt_tokens": -1, "prompt_tokens_details": 3}),
        body({"content": [{"type": "text", "text": '{"a":'}, {"type": "text", "text": " 1}"}]}),
        body({"content": [{"type": "thinking", "text": "{"}, {"type": "text", "text": JSON}]}),
        body({"content": JSON, "reasoning_content": "Let me see.", "tool_calls": []}),
        body({"content": f"```json\n{JSON}\n```"}),
        body({"content": f"<think>\nIs it {{}}?\n</think>\n\n{JSON}"}),
        body({"content": f"Is it so? Yes.</think>```\n{JSON}\n```\n"}),
        events(delta('{"a"'), delta(": 1}", "stop"), {"choices": [], "usage": {}}),
        events(delta(JSON)),
        Reply(body=b"\n\n  \xef\xbb\xbf".strip() + answer(JSON)),
    ],
)
async def test_a_whole_answer_is_taken_however_it_comes(endpoint: Endpoint, reply: Reply) -> None:
    server, engine = await endpoint(reply)
    done = await engine.generate(REQUEST)
    assert done.finish == "stop"
    assert json.loads(done.text) == {"a": 1}
    assert done.prompt_tokens == done.output_tokens == done.cached_tokens == 0
    assert len(server.bodies) == 1
    assert server.bodies[0]["stream"] is False
    assert engine.stats()["good"] == 1


@pytest.mark.parametrize(
    ("reply", "finish", "text"),
    [
        (body({"content": '{"a'}, "max_tokens"), "length", '{"a'),
        (body({"content": "no"}, "SAFETY"), "failed", "finish_reason safety"),
        (body({"content": None, "refusal": "I will not"}), "failed", "I will not"),
        (body({"content": "", "reasoning_content": "Hm."}), "failed", 'reasoning_content .*"Hm."'),
        (body({"content": None, "tool_calls": [{"id": 1}]}, "tool_calls"), "failed", "tool_calls"),
    ],
)
async def test_what_is_no_whole_answer_says_why(
    endpoint: Endpoint, reply: Reply, finish: str, text: str
) -> None:
    _, engine = await endpoint(reply)
    done = await engine.generate(REQUEST)
    assert done.finish == finish
    assert re.search(text, done.text)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(body=b"<html>" + b"x" * 500), 'the body: expected JSON, got "<html>x{53}…"'),
        (Reply(body=b'{"choices": []}'), r'choices: expected at least one, got "\[\]"'),
        (body({"content": {"a": 1}}), r"choices\[0\].message.content: expected text"),
        (body({"content": JSON}, "error"), r"choices\[0\].finish_reason: error"),
        (events(delta('{"a'), done=False), "a stream that breaks off after"),
        (events({"error": {"message": "overloaded"}}), "choices: .*overloaded"),
        (Reply(502, b"<html><title>502 Bad\nGateway</title></html>"), '502: "502 Bad Gateway"'),
    ],
)
async def test_what_cannot_be_read_names_the_field_and_is_tried_again(
    endpoint: Endpoint, reply: Reply, words: str
) -> None:
    _, engine = await endpoint(reply)
    done = await engine.generate(REQUEST)
    assert done.finish == "failed"
    assert re.search(words, done.text), done.text
    assert len(endpoint.waits) == 7


@pytest.mark.parametrize(
    ("complaint", "field"),
    [
        (problem("Unrecognized request argument supplied: seed"), "seed"),
        (problem("Unsupported value", param="temperature"), "temperature"),
        (problem("`temperature` and `top_p` cannot both be specified"), "top_p"),
        (b'[{"error": {"message": "Invalid JSON payload. Unknown name \\"seed\\""}}]', "seed"),
        (b'{"detail": [{"loc": ["body", "top_p"], "msg": "extra fields not permitted"}]}', "top_p"),
        (b'{"object": "error", "message": "stream is not supported", "code": 400}', "stream"),
        (problem("use 'max_completion_tokens' instead", param="max_tokens"), "max_tokens"),
    ],
)
async def test_a_field_that_is_refused_is_not_sent_again(
    endpoint: Endpoint, complaint: bytes, field: str
) -> None:
    server, engine = await endpoint(Reply(400, complaint), Reply(body=answer(JSON)))
    for slot in "012":
        assert (await engine.generate(replace(REQUEST, slot=slot))).finish == "stop"
    assert [field in sent for sent in server.bodies] == [True, False, False, False]
    others = {"seed", "temperature", "top_p", "stream"} - {field}
    assert all(others <= set(sent) for sent in server.bodies)
    assert ("max_completion_tokens" in server.bodies[1]) is (field == "max_tokens")
    assert endpoint.waits == []


async def test_what_is_refused_in_strict_mode_is_asked_once_a_kind(endpoint: Endpoint) -> None:
    refusal = Reply(400, problem("Invalid schema for response_format 'plan'"))
    server, engine = await endpoint(refusal, Reply(body=answer(JSON)))
    for kind in ("plan", "plan", "fill", "plan"):
        assert (await engine.generate(replace(REQUEST, kind=kind))).finish == "stop"
    sent = [body["response_format"]["json_schema"]["strict"] for body in server.bodies]
    assert sent == [True, False, False, True, False]
    assert engine.describe()["dialect"]["not_strict"] == ["plan"]


async def test_a_server_that_knows_no_strict_is_not_sent_it(endpoint: Endpoint) -> None:
    unknown = problem("Unknown parameter", param="response_format.json_schema.strict")
    server, engine = await endpoint(Reply(400, unknown), Reply(body=answer(JSON)))
    for kind in ("plan", "fill"):
        assert (await engine.generate(replace(REQUEST, kind=kind))).finish == "stop"
    sent = ["strict" in body["response_format"]["json_schema"] for body in server.bodies]
    assert sent == [True, False, False]


async def test_a_schema_that_speaks_of_a_field_does_not_cost_that_field(endpoint: Endpoint) -> None:
    refusal = problem("Invalid schema for response_format: 'temperature' is not permitted")
    server, engine = await endpoint(Reply(400, refusal))
    assert (await engine.generate(REQUEST)).finish == "refused"
    assert all("temperature" in sent for sent in server.bodies)


async def started(endpoint: Endpoint, *replies: Reply, **settings: Any) -> Any:
    server = await endpoint.server(*replies)
    config = OpenAIConfig(kind="openai", model="m", urls=(server.url,), **settings)
    engine = await asyncio.to_thread(OpenAIEngine.start, config)
    endpoint.engines.append(engine)
    return server, engine


@pytest.mark.parametrize("text", ["Sure! Hello, how can I help you today?" + "!" * 80, '{"hi": 1}'])
async def test_a_server_that_ignores_response_format_ends_the_start(
    endpoint: Endpoint, text: str
) -> None:
    with pytest.raises(EngineError) as raised:
        await started(endpoint, Reply(body=answer(text)))
    message = raised.value.message
    assert "response_format is ignored" in message
    assert text[:59] in message
    assert text[:61] == text or text[:61] not in message
    assert "engine.allow_prompted=true" in message


async def test_if_allowed_the_schema_goes_into_the_prompt_and_answers_are_mended(
    endpoint: Endpoint,
) -> None:
    replies = [
        Reply(body=answer("Hello!")),
        Reply(body=answer("{'ready': True}")),
        Reply(body=answer('Here you are:\n```json\n{"a": 2,}\n```\nAnything else?')),
        Reply(body=answer('{"a": "two"}')),
        Reply(body=answer("I'd rather not.")),
    ]
    server, engine = await started(endpoint, *replies, allow_prompted=True)
    good, misfit, none = [await engine.generate(replace(REQUEST, slot=s)) for s in "123"]
    assert (good.finish, json.loads(good.text)) == ("stop", {"a": 2})
    assert misfit.finish == none.finish == "failed"
    assert re.match("the answer: /?a: ", misfit.text)
    assert "rather not" in none.text
    assert "response_format" in server.bodies[0]
    for sent in server.bodies[1:]:
        assert "response_format" not in sent
        assert "JSON Schema" in sent["messages"][1]["content"]


async def test_if_allowed_a_server_that_refuses_response_format_is_prompted(
    endpoint: Endpoint,
) -> None:
    refusal = Reply(400, problem("This response_format type is unavailable now"))
    server, _ = await started(endpoint, refusal, refusal, READY, allow_prompted=True)
    assert len(server.bodies) == 3
    with pytest.raises(EngineError, match="response_format type is unavailable"):
        await started(endpoint, refusal)


async def test_a_server_that_is_still_loading_is_waited_for(endpoint: Endpoint) -> None:
    loading = Reply(503, problem("Loading model"), {"Retry-After": "0"})
    server, _ = await started(endpoint, loading, READY)
    assert len(server.bodies) == 2


async def test_a_url_with_a_trailing_slash_and_a_query(endpoint: Endpoint) -> None:
    server, _ = await endpoint(Reply(body=answer(JSON)))
    for url in (f"{server.url}/", f"{server.url}?api-version=1"):
        assert (await endpoint.engine(url).generate(REQUEST)).finish == "stop"
    paths = [head.split(" ")[1] for head in server.heads]
    assert paths == ["/v1/chat/completions", "/v1/chat/completions?api-version=1"]


async def test_nobody_at_the_url_ends_the_start_within_seconds(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolace_mt.engine.openai.engine.FIRST_WAIT", 0.0)
    config = OpenAIConfig(kind="openai", model="m", urls=("http://127.0.0.1:9/v1",))
    with pytest.raises(EngineError, match=r"given up after 4: ConnectError"):
        await asyncio.to_thread(OpenAIEngine.start, config)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (
            "ALL_PROXY",
            "socks5://u:hidden@h:1",
            r"ALL_PROXY .*pip install 'httpx2\[socks\]'",
        ),
        ("HTTPS_PROXY", "ftp://127.0.0.1:1", "HTTPS_PROXY: Unknown scheme"),
        ("SSL_CERT_FILE", "/nowhere.pem", "SSL_CERT_FILE: cannot be read"),
    ],
)
def test_an_environment_that_allows_no_connection_is_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    for name in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    config = OpenAIConfig(kind="openai", model="m", urls=("https://127.0.0.1:9/v1",))
    with pytest.raises(EngineError, match=words) as raised:
        OpenAIEngine(config, config.urls[0])
    assert "hidden" not in raised.value.message
    assert "\n" not in raised.value.message


async def test_answers_that_stop_being_json_end_the_engine(endpoint: Endpoint) -> None:
    server, engine = await endpoint(Reply(body=answer("Sure, here is a plan.")))
    for number in range(7):
        done = await engine.generate(replace(REQUEST, dialogue=f"d{number}"))
        assert (done.finish, done.text) == ("stop", "Sure, here is a plan.")  # bad text is data
    with pytest.raises(EngineError, match=r"in a row, last: Sure, here.*retry RUN_DIR"):
        await engine.generate(replace(REQUEST, dialogue="last"))
    assert engine.stats()["not_json"] == 8
    assert len(server.bodies) == 8


async def test_an_engine_says_what_keeps_it_waiting(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolace_mt.engine.openai.causes.SILENT", 0.0)
    server, engine = await endpoint(Reply(429, problem("slow down")), Reply(delay=30))
    assert engine.trouble() == ""
    call = asyncio.create_task(engine.generate(REQUEST))
    while len(server.bodies) < 2:
        await asyncio.sleep(0.01)
    assert engine.trouble().startswith(f"{server.url}: no good answer for")
    assert "1 x HTTP 429: slow down" in engine.trouble()
    stats = engine.stats()
    assert (stats["retries"], stats["congested"], stats["timeouts"]) == (1, 1, 0)
    call.cancel()


async def test_patterns_are_sent_as_those_of_whole_strings(endpoint: Endpoint) -> None:
    """llama.cpp would take any text for one whose pattern is not anchored."""
    server, engine = await endpoint(Reply(body=answer(JSON)))
    given = {"a": {"pattern": "x|y"}, "b": {"items": {"pattern": "^z$"}}, "pattern": {"const": 1}}
    schema = {"type": "object", "properties": given, "enum": [{"pattern": "x"}]}
    await engine.generate(replace(REQUEST, schema=schema))
    sent = server.bodies[0]["response_format"]["json_schema"]["schema"]
    expected = {**given, "a": {"pattern": "^(x|y)$"}}
    assert sent == {**schema, "properties": expected}
