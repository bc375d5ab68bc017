"""The engine's processes are killed under it: the host must learn that it is over."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from toolace_mt.config import VllmConfig
from toolace_mt.engine.base import Request
from toolace_mt.engine.vllm import VllmEngine
from toolace_mt.errors import EngineError

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def _children() -> set[int]:
    task = Path(f"/proc/{os.getpid()}/task")
    return {
        int(child)
        for thread in task.iterdir()
        for child in (thread / "children").read_text().split()
    }


async def test_death_and_stopping_of_the_engine_process(vllm_config: VllmConfig) -> None:
    before = _children()
    engine = VllmEngine.start(vllm_config)
    core = next(
        child
        for child in _children() - before
        if b"EngineCore" in Path(f"/proc/{child}/cmdline").read_bytes()
    )
    request = Request("d", "verification", "x", 0, "", "", "Tell a long story.", max_tokens=1500)
    call = asyncio.create_task(engine.generate(request))
    await asyncio.sleep(3)
    assert engine.stalled() < 2

    os.kill(core, signal.SIGSTOP)  # a hang shows as no progress while a request is open
    await asyncio.sleep(3)
    assert engine.stalled() > 2
    os.kill(core, signal.SIGCONT)
    await asyncio.sleep(2)
    assert engine.stalled() < 2

    os.kill(core, signal.SIGKILL)
    with pytest.raises(EngineError, match=r"died: .* Ray's logs may say more$") as death:
        await asyncio.wait_for(call, 60)
    assert "above" not in death.value.message  # where there is nothing to be seen
    with pytest.raises(EngineError, match="died"):
        await engine.generate(replace(request, seed=2))
    await engine.close()
