"""Which of several URLs have a server, tested before engines start."""

import asyncio
from collections.abc import Callable

from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.openai.endpoint import Endpoint, Passing
from toolace_mt.errors import EngineError

PATIENCE = 5.0  # seconds to wait for any reply


async def answering(config: OpenAIConfig, say: Callable[[str], None]) -> OpenAIConfig:
    """Return the settings without URLs that do not answer; `say` gets a line for each.

    Any HTTP reply counts, even a refusal: the start of the engine reports that. A single URL is
    left to the engine as well. Raises EngineError if no URL answers.
    """
    if len(config.urls) == 1:
        return config
    causes = await asyncio.gather(*(_silent(config, url) for url in config.urls))
    alive = tuple(url for url, cause in zip(config.urls, causes, strict=True) if not cause)
    dead = [cause for cause in causes if cause]
    if not alive:
        raise EngineError(f"engine.urls: nobody answers at any of them; the first: {dead[0]}")
    for cause in dead:
        say(f"engine.urls: left out: {cause}")
    return config.model_copy(update={"urls": alive})


async def _silent(config: OpenAIConfig, url: str) -> str:
    """Return why a URL does not answer, "" if it does."""
    endpoint = Endpoint(config.model_copy(update={"timeout": PATIENCE}), url)
    try:
        await endpoint.post(b"{}")
    except Passing as passing:
        return f"{endpoint.shown}: {passing}" if passing.unreachable or passing.timeout else ""
    finally:
        await endpoint.close()
    return ""
