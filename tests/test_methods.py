from itertools import groupby
from pathlib import Path

import pytest
from stage_worlds import POOL, Recorder, empty

from toolace_mt.caching import cached
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import load_config
from toolace_mt.methods import METHODS, RunContext

CONFIG = Path(__file__).parents[1] / "configs" / "scripted.yaml"


@pytest.mark.parametrize("method", METHODS)
async def test_each_stage_of_a_dialogue_has_a_memory_of_its_own(method: str) -> None:
    worked_out: list[str] = []
    record = object()
    recorder = Recorder()

    @cached
    def note(_: object) -> None:
        worked_out.append(recorder.requests[-1].stage)

    async def generate(request: Request) -> Completion:
        completion = await recorder(request)
        note(record)
        return completion

    context = RunContext(load_config(CONFIG, [f"method={method}"]), POOL)
    for number in range(2):
        dialogue = empty(number)
        for stage in METHODS[method].values():
            dialogue = await stage(dialogue, generate, context)
    stages = groupby((request.dialogue, request.stage) for request in recorder.requests)
    assert worked_out == [stage for (_, stage), _ in stages]
    assert len(recorder.requests) > 2 * len(worked_out)
