"""Rules and model experts on the dialogues of a file, many at once, in the order of the file."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from itertools import islice

from toolace_mt.caching import dialogue_cache
from toolace_mt.calls.request import Generate
from toolace_mt.config import VerificationConfig
from toolace_mt.reading.checking.verdicts import read_row, refused, result
from toolace_mt.reading.dialogue import Unread
from toolace_mt.reading.row import Row
from toolace_mt.trajectory import JsonObject
from toolace_mt.verification import verify


async def judged(
    rows: Iterable[Row], generate: Generate, config: VerificationConfig, window: int
) -> AsyncIterator[tuple[Row, JsonObject]]:
    """Yield rows with their results in order; up to `window` of them are worked on at once."""
    waiting: deque[tuple[Row, asyncio.Task[JsonObject]]] = deque()
    left = iter(rows)
    while True:
        for row in islice(left, window - len(waiting)):
            waiting.append((row, asyncio.create_task(_judge(row, generate, config))))
        if not waiting:
            return
        row, task = waiting.popleft()
        yield row, await task


async def _judge(row: Row, generate: Generate, config: VerificationConfig) -> JsonObject:
    dialogue = read_row(row)
    if isinstance(dialogue, Unread):
        return refused(row, dialogue)
    with dialogue_cache():
        verdict = (await verify(dialogue.trajectory, generate, config)).verdict
    if verdict is None:
        raise AssertionError("verify sets a verdict on every dialogue without a failure")
    return result(row, dialogue, verdict.outcome, verdict.findings, verdict.answers)
