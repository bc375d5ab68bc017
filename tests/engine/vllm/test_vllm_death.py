"""Engine or owner is killed: the owner learns that it is over, the engine's processes end."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from toolace_mt.calls.request import Request
from toolace_mt.config import VllmConfig
from toolace_mt.engine.vllm.engine import VllmEngine
from toolace_mt.errors import EngineError

OWNER = """
import sys, time
from toolace_mt.config import VllmConfig
from toolace_mt.engine.vllm.engine import VllmEngine
if __name__ == "__main__":
    engine = VllmEngine.start(VllmConfig.model_validate_json(sys.argv[1]))
    print("started", flush=True)
    time.sleep(600)
"""

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def _children(parent: int) -> set[int]:
    task = Path(f"/proc/{parent}/task")
    return {
        int(child)
        for thread in task.iterdir()
        for child in (thread / "children").read_text().split()
    }


def _name(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


async def test_death_and_stopping_of_the_engine_process(vllm_config: VllmConfig) -> None:
    before = _children(os.getpid())
    engine = VllmEngine.start(vllm_config)
    core = next(child for child in _children(os.getpid()) - before if b"EngineCore" in _name(child))
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
    with pytest.raises(EngineError, match=r"^engine.model \S+: .* gave no reason: it was killed"):
        await asyncio.wait_for(call, 60)
    with pytest.raises(EngineError, match="gave no reason"):
        await engine.generate(replace(request, seed=2))
    await engine.close()


def test_a_kill_of_the_owner_ends_the_engine_processes(
    vllm_config: VllmConfig, tmp_path: Path
) -> None:
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    command = [sys.executable, str(script), vllm_config.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert b"started\n" in iter(owner.stdout.readline, b"")
        children = _children(owner.pid)
        engines = children | {worker for child in children for worker in _children(child)}
        watched = [os.pidfd_open(engine) for engine in engines if b"VLLM" in _name(engine)]
        assert len(watched) >= 2  # EngineCore and its worker
        owner.kill()
    for engine in watched:
        ended = select.poll()
        ended.register(engine, select.POLLIN)
        assert ended.poll(10_000)  # milliseconds; never, were it not for `lifeline`
        os.close(engine)


async def test_an_engine_says_why_it_died(vllm_config: VllmConfig) -> None:
    # What `engine_args` prevents: a seed, and a prompt that is read in two steps.
    chunked = {"enable_chunked_prefill": True, "max_num_batched_tokens": 64}
    engine = VllmEngine.start(vllm_config.model_copy(update={"args": chunked}))
    request = Request("d", "verification", "x", 0, "", "", "Tell a story. " * 60, temperature=1.0)
    with pytest.raises(EngineError, match=r"^engine.model \S+: CPU Generator does not use offset$"):
        await asyncio.wait_for(engine.generate(replace(request, seed=1)), 60)
    await engine.close()


def test_an_engine_says_why_it_does_not_start(vllm_config: VllmConfig) -> None:
    too_few = vllm_config.model_copy(update={"args": {"num_gpu_blocks_override": 4}})
    with pytest.raises(EngineError, match=r"^engine.model \S+: To serve at least one request"):
        VllmEngine.start(too_few)
