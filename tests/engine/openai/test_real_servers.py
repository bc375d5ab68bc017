"""The engine against servers that people run, with the embedded model: vLLM's and llama.cpp's."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from real_servers import gguf_of, llama_cpp, vllm_serve

from toolace_mt.calls.ask import closed
from toolace_mt.calls.request import Request
from toolace_mt.config import OpenAIConfig, VllmConfig
from toolace_mt.engine.openai.engine import OpenAIEngine
from toolace_mt.schemas.check import check_value
from toolace_mt.texts.constrained import text_schema

pytestmark = pytest.mark.engine

SCHEMA = closed(
    {
        "verdict": {"type": "string", "enum": ["pass", "fail"]},
        "turns": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "reason": {"type": "string", "maxLength": 40},
    }
)
REQUEST = Request(
    *("d1", "verification", "expert", 0, ""),
    system="You check dialogues between a user and an assistant that calls tools.",
    user="Dialogue:\n[0] user: Is it raining in Oslo?\n\nIs this dialogue sound? Answer as JSON.",
    schema=SCHEMA,
    seed=7,
    max_tokens=160,
)


@pytest.fixture(scope="module")
def llama_cpp_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("xllamacpp", reason="llama.cpp's server comes with toolace-mt[dev]")
    with llama_cpp(gguf_of(tmp_path_factory.mktemp("gguf"))) as url:
        yield url


@pytest.fixture(scope="module")
def vllm_url(vllm_config: VllmConfig) -> Iterator[str]:
    with vllm_serve(vllm_config) as url:
        yield url


@pytest.fixture(params=["llama_cpp", "vllm"])
async def engine(
    request: pytest.FixtureRequest, embedded_model: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OpenAIEngine]:
    """An engine that has passed its start check: the first answer was the JSON asked for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = request.getfixturevalue(f"{request.param}_url")
    started = OpenAIEngine.start(
        OpenAIConfig(kind="openai", model=str(embedded_model), urls=(url,), concurrency=2)
    )
    yield started
    await started.close()


async def test_answers_fit_their_schema(engine: OpenAIEngine) -> None:
    done = await engine.generate(REQUEST)
    assert done.finish == "stop", done
    assert check_value(SCHEMA, json.loads(done.text, strict=False)) == ()
    assert done.prompt_tokens > 30
    assert done.output_tokens > 10
    assert engine.describe()["dialect"] == {
        **{"left_out": [], "limit": "max_tokens", "not_strict": [], "prompted": []}
    }


async def test_values_stand_in_a_text(engine: OpenAIEngine) -> None:
    text = text_schema(["Lisbon"], like="I fly from Lisbon, please.")
    done = await engine.generate(
        replace(REQUEST, kind="fill", schema=closed({"user": text}), max_tokens=200)
    )
    assert done.finish == "stop", done
    assert re.fullmatch(text["pattern"], json.loads(done.text)["user"])


async def test_what_does_not_fit_the_model_is_too_long(engine: OpenAIEngine) -> None:
    assert (await engine.generate(replace(REQUEST, user="word " * 3000))).finish == "too_long"


async def test_what_is_cut_is_no_answer(engine: OpenAIEngine) -> None:
    cut = await engine.generate(replace(REQUEST, max_tokens=3))
    assert (cut.finish, cut.output_tokens) == ("length", 3)


async def test_a_schema_that_is_refused_leaves_the_engine_alive(engine: OpenAIEngine) -> None:
    unclosed = closed({"a": {"type": "string", "pattern": "^(unclosed$"}})
    refused = await engine.generate(replace(REQUEST, kind="other", schema=unclosed))
    assert refused.finish == "refused", refused
    assert (await engine.generate(REQUEST)).finish == "stop"


async def test_seeds_are_heard(engine: OpenAIEngine) -> None:
    free = replace(REQUEST, schema=None, temperature=1.0, max_tokens=12)
    texts = [(await engine.generate(replace(free, seed=seed))).text for seed in (1, 2)]
    assert texts[0] != texts[1]
