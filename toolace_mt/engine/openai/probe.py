"""The first question to an endpoint: does it answer, and in the JSON that was asked for?"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from toolace_mt.calls.ask import Unreadable, closed, read_json
from toolace_mt.calls.request import Completion, Request
from toolace_mt.engine.openai.answers import quote
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.errors import EngineError
from toolace_mt.schemas.check import check_value

# The question does not suggest the answer, so a server that ignores the schema cannot guess it.
PROBE: Final = Request(
    *("probe", "probe", "probe", 0, "0", "Be brief.", "Say hello."),
    schema=closed({"ready": {"type": "boolean"}}),
    max_tokens=128,
)
ROOM_TO_THINK: Final = 4096  # tokens, for models that reason before they answer


async def probe(
    generate: Callable[[Request], Awaitable[Completion]], dialect: Dialect, where: str
) -> None:
    """Ask one constrained question; `dialect` learns what the server refuses.

    If the server ignores the schema and schemas may go into prompts, they do so from then on.
    Raises EngineError if there is no answer, or none in the JSON asked for.
    """
    completion = await generate(PROBE)
    if completion.finish == "length":
        completion = await generate(replace(PROBE, max_tokens=ROOM_TO_THINK))
    if completion.finish == "stop" and _ready(completion.text):
        return
    if completion.finish in ("stop", "refused") and dialect.may_prompt and not dialect.all_prompted:
        dialect.all_prompted = True
        await probe(generate, dialect, where)
        return
    if completion.finish == "stop" or (completion.finish == "length" and completion.text):
        raise EngineError(
            f"{where}: response_format is ignored: asked for JSON by a schema, it answered"
            f" {quote(completion.text)}; take a server that constrains answers, or set"
            " engine.allow_prompted=true to ask in the prompt alone"
        )
    said = f"{completion.finish}: {completion.text}"
    raise EngineError(f"{where} does not answer a first request: {said}")


def _ready(text: str) -> bool:
    try:
        value = read_json(text)
    except Unreadable:
        return False
    return PROBE.schema is not None and not check_value(PROBE.schema, value)
