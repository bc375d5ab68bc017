import asyncio

import pytest

from benchmarks.methods.h100 import (
    BLOCK,
    H100,
    KEPT,
    STEP,
    STEP_PER_PROMPT_TOKEN,
    STEP_PER_REQUEST,
    lengthened,
    run_virtually,
)
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig

YES = {"enum": ["yes"]}  # 5 characters, 2 tokens


def request(user: str = "x" * 400, dialogue: str = "d", slot: str = "") -> Request:
    return Request(dialogue, "simulation", "user", 0, slot, "", user, YES)


def timed(*requests: Request, slots: int = 256, caching: bool = True) -> list[Completion]:
    async def main() -> list[Completion]:
        engine = H100(ScriptedConfig(kind="scripted", max_num_seqs=slots), caching)
        done = await asyncio.gather(*(engine.generate(each) for each in requests))
        await engine.close()
        return done

    return run_virtually(main())


def test_one_request_takes_its_prompt_and_its_steps():
    (done,) = timed(request())
    # the first step starts before anybody runs in it
    assert done.seconds == pytest.approx(
        2 * STEP + STEP_PER_PROMPT_TOKEN * 100 + 2 * STEP_PER_REQUEST, abs=2 * STEP_PER_REQUEST
    )
    assert done.cached_tokens == 0


def test_requests_share_steps_and_wait_for_slots():
    together = timed(*(request(dialogue=str(n)) for n in range(8)), caching=False)
    alone = timed(*(request(dialogue=str(n)) for n in range(8)), slots=1, caching=False)
    assert max(c.seconds for c in together) < 0.5 * max(c.seconds for c in alone)
    times = sorted(c.seconds for c in alone)
    assert times[7] == pytest.approx(8 * times[0], rel=0.01)


def test_whole_blocks_of_earlier_prompts_are_cached():
    prompt = "".join(f"{n:04d}" for n in range(100))  # 400 characters after the newline
    first, longer = request(prompt), request(prompt + "and more", slot="2")

    async def main() -> list[Completion]:
        engine = H100(ScriptedConfig(kind="scripted"))
        done = [await engine.generate(each) for each in (first, longer)]
        for name in ("d", *map(str, range(KEPT))):
            done.append(await engine.generate(longer))
            engine.forget(name)
        done.append(await engine.generate(longer))
        await engine.close()
        return done

    cached = [completion.cached_tokens for completion in run_virtually(main())]
    assert cached == [0, *[401 // BLOCK * BLOCK // 4] * (KEPT + 2), 0]
    assert not any(c.cached_tokens for c in timed(first, longer, caching=False))


def test_what_dialogues_have_in_common_stays_cached_and_their_own_does_not():
    common = "".join(f"{n:04d}" for n in range(4 * BLOCK // 16))
    of_d, of_e, of_f = (request(common + name * 2 * BLOCK, name) for name in "def")

    async def main() -> list[Completion]:
        engine = H100(ScriptedConfig(kind="scripted"))
        done = [await engine.generate(of_d), await engine.generate(of_e)]
        for name in ("d", "e", *map(str, range(KEPT))):
            engine.forget(name)
        done += [await engine.generate(each) for each in (of_f, of_d, of_f)]
        await engine.close()
        return done

    blocks = [4 * c.cached_tokens // BLOCK for c in run_virtually(main())]
    assert blocks == [0, 1, 1, 1, 3]


def test_free_texts_get_the_length_of_sentences():
    schema = {"properties": {"a": {"type": "string", "maxLength": 600}, "b": {"enum": ["c"]}}}
    made = lengthened(schema)["properties"]
    assert "pattern" in made["a"]
    assert made["b"] == {"enum": ["c"]}
    assert lengthened({"type": "string", "maxLength": 40}) == {"type": "string", "maxLength": 40}


def test_a_wait_that_nobody_ends_is_an_error():
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="every coroutine waits"):
        run_virtually(main())
