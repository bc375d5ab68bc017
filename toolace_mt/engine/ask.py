"""Asking the model for something that can be read: bounded local retries, typed failure.

Bad model text is data. `ask` returns either what the parser made of an answer or `Unusable`, and
its caller decides what that means; it is never an exception, a pass or a fail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from toolace_mt.engine.answers import Unreadable
from toolace_mt.engine.base import Generate, Request
from toolace_mt.seeds import derive_seed

T = TypeVar("T")

_WARMER = 0.3  # added to the temperature with every attempt, up to 1


@dataclass(frozen=True, slots=True)
class Unusable:
    """No attempt gave a readable answer; `reason` is that of the last one."""

    reason: str


async def ask(
    generate: Generate, request: Request, parse: Callable[[str], T], attempts: int
) -> T | Unusable:
    """Send `request` up to `attempts` times until `parse` accepts the answer.

    Each attempt has a seed of its own and is sampled warmer than the one before: a cold model would
    say the same again. A prompt that is too long or a schema that is refused fails the same way
    every time, so it is not sent again.
    """
    reason = "no attempt was made"
    for attempt in range(attempts):
        seed = derive_seed(request.seed, request.kind, request.slot, attempt)
        warm = max(request.temperature, min(1.0, request.temperature + _WARMER * attempt))
        completion = await generate(replace(request, attempt=attempt, seed=seed, temperature=warm))
        if completion.finish == "stop":
            try:
                return parse(completion.text)
            except Unreadable as unreadable:
                reason = str(unreadable)
                continue
        reason = (
            f"{completion.finish}: {completion.text[:200]}"
            if completion.text
            else completion.finish
        )
        if completion.finish in ("too_long", "refused"):
            break
    return Unusable(f"{request.kind}: {reason}")
