from pathlib import Path

import pytest

from toolace_mt.config import VllmConfig
from toolace_mt.engine.base import process_environment
from toolace_mt.engine.vllm import launch

CONFIG = VllmConfig(kind="vllm", model="m", args={"block_size": 64})


@pytest.mark.parametrize(
    ("flags", "known"),
    [("flags: avx2 avx512_vnni", False), ("flags: avx512_bf16", True), ("flags: amx_bf16", True)],
)
def test_bfloat16_is_read_off_the_cpu(tmp_path: Path, flags: str, known: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(flags)
    assert launch._knows_bfloat16(str(cpuinfo)) is known
    assert launch._knows_bfloat16(str(tmp_path / "none"))


def test_a_cpu_without_bfloat16_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_knows_bfloat16", lambda: False)
    assert launch.engine_args(CONFIG, cpu=True)["dtype"] == "float32"
    assert "dtype" not in launch.engine_args(CONFIG, cpu=False)
    monkeypatch.setattr(launch, "_knows_bfloat16", lambda: True)
    assert "dtype" not in launch.engine_args(CONFIG, cpu=True)


def test_given_arguments_have_the_last_word() -> None:
    assert launch.engine_args(CONFIG, cpu=True)["block_size"] == 64


def test_the_engine_is_spawned_since_a_forked_one_would_skip_its_plugins() -> None:
    assert launch.actor_env(CONFIG)["VLLM_WORKER_MULTIPROC_METHOD"] == "spawn"


def test_the_process_of_the_engine_gets_its_variables() -> None:
    assert process_environment(CONFIG) == launch.actor_env(CONFIG)
