"""OpenAI-compatible servers as people run them, each a process on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx2

from toolace_mt.config import VllmConfig
from toolace_mt.engine.vllm.launch import actor_env, bind_cores, engine_args

_LLAMA_CPP = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port = ["127.0.0.1"], int(sys.argv[2])
params.n_ctx, params.n_parallel = 4096, 2
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # several spin on a busy machine
server = xllamacpp.Server(params)
time.sleep(3600)
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def llama_cpp(gguf: str) -> Iterator[str]:
    """llama.cpp's own server, of PyPI's `xllamacpp`; yields its base URL."""
    port = free_port()
    with _process([sys.executable, "-c", _LLAMA_CPP, gguf, str(port)], {}, port) as url:
        yield url


@contextmanager
def vllm_serve(config: VllmConfig) -> Iterator[str]:
    """vLLM's OpenAI server on CPUs, with the settings of our own engine; yields its base URL."""
    port = free_port()
    given = engine_args(config, cpu=True) | {"host": "127.0.0.1", "port": port}
    options: list[str] = []
    for name, value in given.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            options.append(f"--{'' if value else 'no-'}{flag}")
        else:
            text = json.dumps(value) if isinstance(value, Mapping) else str(value)
            options += [f"--{flag}", text]
    bind_cores()
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *options]
    with _process(command, actor_env(config), port) as url:
        yield url


@contextmanager
def _process(command: list[str], environment: Mapping[str, str], port: int) -> Iterator[str]:
    log = tempfile.TemporaryFile()  # noqa: SIM115
    started = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,
    )
    try:
        _wait_for(started, port, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        log.close()


def _wait_for(
    started: subprocess.Popen[bytes], port: int, log: IO[bytes], seconds: float = 240.0
) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if started.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"the server ended: {log.read().decode()[-2000:]}")
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/v1/models", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"no answer at port {port} within {seconds} s")


def gguf_of(directory: Path) -> str:
    """The embedded model as it is fetched; TOOLACE_MT_GGUF names one that is there already."""
    from toolace_mt.engine.embedded import fetch_gguf

    return os.environ.get("TOOLACE_MT_GGUF") or fetch_gguf(directory)[0]
