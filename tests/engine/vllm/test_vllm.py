"""The real engine with the embedded model: what the rest of the package counts on."""

import asyncio
import json
import re
from dataclasses import replace

import pytest

from toolace_mt.calls.ask import closed
from toolace_mt.calls.request import Request
from toolace_mt.config import VllmConfig
from toolace_mt.engine.vllm.engine import VllmEngine
from toolace_mt.errors import EngineError
from toolace_mt.texts.constrained import text_schema

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]

ANSWER = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["pass", "fail"]},
        "turns": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "reason": {"type": "string", "maxLength": 40},
    },
    "required": ["verdict", "turns", "reason"],
    "additionalProperties": False,
}
REQUEST = Request(
    dialogue="d1",
    stage="verification",
    kind="expert",
    round=0,
    slot="",
    system="You check dialogues between a user and an assistant that calls tools. " * 12,
    user="Dialogue:\n[0] user: Is it raining in Oslo?\n\nIs this dialogue sound? Answer as JSON.",
    schema=ANSWER,
    seed=7,
    max_tokens=160,
)


async def test_a_schema_decides_keys_types_and_that_there_is_no_whitespace(
    vllm_engine: VllmEngine,
) -> None:
    completion = await vllm_engine.generate(REQUEST)
    assert completion.finish == "stop"
    answer = json.loads(completion.text)
    assert list(answer) == ["verdict", "turns", "reason"]
    assert answer["verdict"] in ("pass", "fail")
    assert [type(turn) for turn in answer["turns"]] == [int, int]
    assert completion.text == json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    assert completion.output_tokens > 5
    assert completion.prompt_tokens > 150
    assert completion.seconds > 0


async def test_values_stand_in_the_text_in_order(vllm_engine: VllmEngine) -> None:
    user = text_schema(["Lisbon", "2026-05-02"])
    schema = {
        "type": "object",
        "properties": {"user": user, "reply": text_schema(["119.5"])},
        "required": ["user", "reply"],
        "additionalProperties": False,
    }
    instruction = 'Example: {"user":"I fly from Lisbon on 2026-05-02.","reply":"It is 119.5."}'
    request = replace(REQUEST, user=instruction, schema=schema, max_tokens=400)
    completions = await asyncio.gather(
        *(vllm_engine.generate(replace(request, seed=seed)) for seed in range(8))
    )
    assert {completion.finish for completion in completions} == {"stop"}
    texts = [json.loads(completion.text)["user"] for completion in completions]
    assert all(re.fullmatch(user["pattern"], text) for text in texts)
    assert len(set(texts)) > 1  # another seed, another text


async def test_bounded_texts_hold_quotes_and_line_breaks(vllm_engine: VllmEngine) -> None:
    example = json.dumps({"note": 'He said "hello", then "bye".\nShe said "no".'})
    request = replace(
        REQUEST,
        user=f"Copy this word for word:\n{example}\nThe copy:",
        schema=closed({"note": {"type": "string", "minLength": 8, "maxLength": 600}}),
        temperature=0.3,
    )
    completions = await asyncio.gather(
        *(vllm_engine.generate(replace(request, seed=seed)) for seed in range(8))
    )
    whole = [json.loads(c.text)["note"] for c in completions if c.finish == "stop"]
    assert any('"' in note for note in whole), completions
    assert all(len(note.split(" ")) <= 600 // 7 + 1 for note in whole)


async def test_the_same_system_part_is_taken_from_the_cache(vllm_engine: VllmEngine) -> None:
    request = replace(REQUEST, dialogue="d2", system="Another preamble. " + REQUEST.system)
    first = await vllm_engine.generate(request)
    second = await vllm_engine.generate(replace(request, user="Dialogue:\n[0] user: Hello."))
    assert first.cached_tokens < 32
    assert second.cached_tokens > 0.6 * second.prompt_tokens


async def test_prefixes_that_were_forgotten_are_read_again(vllm_engine: VllmEngine) -> None:
    request = replace(REQUEST, dialogue="d2b", system="Yet another one. " + REQUEST.system)
    await vllm_engine.generate(request)
    await vllm_engine.forget_prefixes()
    assert (await vllm_engine.generate(request)).cached_tokens == 0
    assert (await vllm_engine.generate(request)).cached_tokens > 100


async def test_free_text_ends_at_the_end_of_the_turn(vllm_engine: VllmEngine) -> None:
    request = replace(REQUEST, schema=None, user="Say hello.", temperature=0.0, max_tokens=200)
    completion = await vllm_engine.generate(request)
    assert completion.finish == "stop"
    assert completion.text
    assert "<|im" not in completion.text


async def test_a_prompt_that_does_not_fit_is_not_submitted(vllm_engine: VllmEngine) -> None:
    before = vllm_engine.stats()["requests"]
    completion = await vllm_engine.generate(replace(REQUEST, user="word " * 3000))
    assert completion.finish == "too_long"
    assert completion.prompt_tokens > 3000
    assert "2048" in completion.text
    assert vllm_engine.stats()["requests"] == before


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"type": "string", "pattern": "^[a-z]{3}$", "maxLength": 9},
        {"type": "string", "pattern": "^(unclosed$"},
    ],
)
async def test_a_schema_that_is_refused_leaves_the_engine_alive(
    vllm_engine: VllmEngine, schema: dict[str, object]
) -> None:
    refused = await vllm_engine.generate(replace(REQUEST, schema=schema))
    assert refused.finish == "refused"
    assert refused.text
    assert (await vllm_engine.generate(replace(REQUEST, schema=None, max_tokens=2))).finish in (
        "length",
        "stop",
    )


async def test_answers_that_run_on_are_cut_as_length(vllm_engine: VllmEngine) -> None:
    short = await vllm_engine.generate(replace(REQUEST, max_tokens=3))
    assert (short.finish, short.output_tokens) == ("length", 3)
    endless = {"type": "string", "pattern": "^(ha ){900}$"}
    runaway = await vllm_engine.generate(replace(REQUEST, schema=endless, max_tokens=900))
    assert runaway.finish == "length"
    assert runaway.output_tokens < 100  # not max_tokens: the repetition was noticed


async def test_more_requests_than_sequences_are_queued_and_counted(
    vllm_engine: VllmEngine,
) -> None:
    before = vllm_engine.stats()
    calls = [
        asyncio.create_task(vllm_engine.generate(replace(REQUEST, slot=str(n), seed=n)))
        for n in range(20)
    ]
    await asyncio.sleep(0.3)
    during = vllm_engine.stats()
    assert (during["running"], during["waiting"]) == (8, 12)
    assert vllm_engine.stalled() < 30
    completions = await asyncio.gather(*calls)
    after = vllm_engine.stats()
    assert {completion.finish for completion in completions} <= {"stop", "length"}
    assert after["requests"] - before["requests"] == 20
    assert after["busy_seconds"] > before["busy_seconds"]
    assert (after["running"], after["waiting"], vllm_engine.stalled()) == (0, 0, 0.0)


async def test_what_was_resolved_is_told(vllm_engine: VllmEngine) -> None:
    told = vllm_engine.describe()
    assert told["max_num_seqs"] == vllm_engine.max_num_seqs == 8
    assert told["max_model_len"] == 2048
    assert told["max_num_batched_tokens"] >= 2048
    assert told["split_prompt"] is True
    assert json.loads(json.dumps(told)) == told


async def test_a_model_that_is_not_there_is_one_line() -> None:
    config = VllmConfig(kind="vllm", model="/nowhere/model")
    with pytest.raises(EngineError, match=r"engine\.model /nowhere/model: ") as caught:
        VllmEngine.start(config)
    assert "\n" not in caught.value.message
