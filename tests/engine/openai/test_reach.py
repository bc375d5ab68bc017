import pytest
from fake_endpoint import Endpoint, Reply

from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.openai.reach import answering
from toolace_mt.errors import EngineError

DEAD = "http://127.0.0.1:9/v1"


def settings(*urls: str) -> OpenAIConfig:
    return OpenAIConfig(kind="openai", model="m", urls=urls)


async def test_a_dead_url_of_several_is_told_and_left_out(endpoint: Endpoint) -> None:
    refusing, broken = await endpoint.server(Reply(401)), await endpoint.server(Reply(hang_up=True))
    said: list[str] = []
    found = await answering(settings(refusing.url, DEAD, broken.url), said.append)
    assert found.urls == (refusing.url, broken.url)
    assert len(said) == 1
    assert said[0].startswith(f"engine.urls: left out: {DEAD}: ConnectError")


async def test_nobody_anywhere_is_an_error_and_a_single_url_is_left_alone() -> None:
    with pytest.raises(EngineError, match=r"engine\.urls: nobody answers at any of them.*:9/v1"):
        await answering(settings(DEAD, DEAD), print)
    assert (await answering(settings(DEAD), print)).urls == (DEAD,)
