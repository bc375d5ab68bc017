"""Rules and experts on anybody's dialogues: one engine in this process, no Ray."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from pathlib import Path

from toolace_mt.config import RunConfig, VerificationConfig
from toolace_mt.engine.base import Generate
from toolace_mt.engine.start import start_engine
from toolace_mt.export.files import Row, read_rows
from toolace_mt.export.reading import Unread
from toolace_mt.export.verify_file import Summary, read_row, refused, result, summarize
from toolace_mt.memory import remembering
from toolace_mt.trajectory import JsonObject
from toolace_mt.verification import verify


def verify_with_experts(path: Path, findings_path: Path | None, config: RunConfig) -> Summary:
    """Apply the rules, and the experts of `config` where the rules find no error, to a file.

    The engine of `config` is started in this process. Findings are written as by `verify_file`, in
    the order of the file. Raises InputError for files that cannot be read or written, EngineError
    if the engine cannot be started or dies.
    """
    results = asyncio.run(_all_results(path, config))
    return summarize(results, findings_path)


async def _all_results(path: Path, config: RunConfig) -> list[JsonObject]:
    engine = start_engine(config.engine, 0)
    try:
        window = 2 * engine.max_num_seqs
        stream = judged(read_rows(path), engine.generate, config.verification, window)
        return [answer async for answer in stream]
    finally:
        await engine.close()


async def judged(
    rows: Iterable[Row], generate: Generate, config: VerificationConfig, window: int
) -> AsyncIterator[JsonObject]:
    """Yield the results of rows in order, working on up to `window` of them at once."""
    waiting: deque[asyncio.Task[JsonObject]] = deque()
    left = iter(rows)
    while True:
        fresh = islice(left, window - len(waiting))
        waiting.extend(asyncio.create_task(_judge(row, generate, config)) for row in fresh)
        if not waiting:
            return
        yield await waiting.popleft()


async def _judge(row: Row, generate: Generate, config: VerificationConfig) -> JsonObject:
    dialogue = read_row(row)
    if isinstance(dialogue, Unread):
        return refused(row, dialogue)
    with remembering():
        verdict = (await verify(dialogue.trajectory, generate, config)).verdict
    if verdict is None:
        raise AssertionError("verify sets a verdict on every dialogue without a failure")
    return result(row, dialogue, verdict.outcome, verdict.findings)
