"""Recovers the requests of a run: plays its stages again, answered by its journals.

A journal keeps keys and completions, not prompts. A dialogue is a pure function of its journal, so
its stages ask the very same requests again, without an engine.
"""

import asyncio
from pathlib import Path

from toolace_mt.calls.request import Completion, Request
from toolace_mt.distributed.shard_task import load_context
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import entries
from toolace_mt.run.plan import empty_dialogues, read_plan
from toolace_mt.trajectory import Trajectory

Log = list[tuple[Request, Completion]]


def read_log(run_dir: Path) -> Log:
    """Return all requests of a run with their completions: shard by shard, as they were answered.

    Raises SystemExit if the run is not complete or was made by another version of the stages.
    """
    run = RunDir(run_dir.absolute())
    plan = read_plan(run)
    if plan is None:
        raise SystemExit(f"{run_dir}: no run")
    context = load_context(str(run.path), 0)
    log: Log = []
    for shard in plan.shards():
        answers: dict[str, Completion] = {}
        for stage in METHODS[context.config.method]:
            for key, completion, _ in entries(run.journal(stage, shard.index)):
                answers.setdefault(key, completion)
        dialogues = empty_dialogues(plan.seed, shard)
        asked = asyncio.run(_ask_again(dialogues, answers, context))
        log += [(asked[key], completion) for key, completion in answers.items() if key in asked]
    return log


async def _ask_again(
    dialogues: list[Trajectory], answers: dict[str, Completion], context: RunContext
) -> dict[str, Request]:
    asked: dict[str, Request] = {}
    model = context.config.engine.model

    async def answer(request: Request) -> Completion:
        await asyncio.sleep(0)
        key = request.key(model)
        if key not in answers:
            raise SystemExit(
                f"{request.dialogue} {request.kind}: not in the journal; the run is incomplete, or"
                " was made by another version: make it anew"
            )
        asked[key] = request
        return answers[key]

    async def one(dialogue: Trajectory) -> None:
        for stage in METHODS[context.config.method].values():
            if not dialogue.failure:
                dialogue = await stage(dialogue, answer, context)

    await asyncio.gather(*(one(dialogue) for dialogue in dialogues))
    return asked
