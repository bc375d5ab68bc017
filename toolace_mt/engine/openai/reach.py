"""Which of several URLs have anybody behind them, before engines are started."""

import asyncio
from collections.abc import Callable

from toolace_mt.config import OpenAIConfig
from toolace_mt.engine.openai.endpoint import Endpoint, Passing
from toolace_mt.errors import EngineError

PATIENCE = 5.0  # seconds


async def answering(config: OpenAIConfig, say: Callable[[str], None]) -> OpenAIConfig:
    """Return the settings without URLs at which nobody answers; `say` gets a line for each.

    Any HTTP answer counts, a refusal too: what is wrong then is told by the start of the engine. A
    single URL is left to that as well. Raises EngineError if nobody answers anywhere.
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
    """Return why nobody answers at a URL, "" if somebody does."""
    endpoint = Endpoint(config.model_copy(update={"timeout": PATIENCE}), url)
    try:
        await endpoint.post(b"{}")
    except Passing as passing:
        return f"{endpoint.shown}: {passing}" if passing.unreachable or passing.timeout else ""
    finally:
        await endpoint.close()
    return ""
