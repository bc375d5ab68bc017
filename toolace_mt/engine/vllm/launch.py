"""How a vLLM engine is started: environment, arguments, cores. Does not import vLLM."""

import os
from pathlib import Path
from typing import Any

from toolace_mt.config import VllmConfig

# vLLM's "auto" keeps one core free, which costs much of the speed if there are few cores.
_FEW_CORES = 8


def actor_env(config: VllmConfig) -> dict[str, str]:
    """Return the environment variables for the process that hosts the engine.

    They must be set before Python starts there (Ray: `runtime_env.env_vars`). Variables that are
    already set here are passed on unchanged.
    """
    wanted = {
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
        "TORCH_CPP_LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore::FutureWarning",
        "TOKENIZERS_PARALLELISM": "false",
        # vLLM's default on a CPU and in a Ray actor; a forked process would skip `end_with_owner`.
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    }
    if config.device != "cuda":
        wanted["VLLM_CPU_KVCACHE_SPACE"] = str(config.cpu_kvcache_gib)
        # Threads that wait for one another release the core soon. By default they spin, which is
        # several times slower when anything else uses the engine's cores, as the driver, the
        # stages and vLLM's scheduler do.
        wanted["GOMP_SPINCOUNT"] = "3000"
    chosen = {name: os.environ.get(name, value) for name, value in wanted.items()}
    if config.device != "cuda" and config.cpu_cores:
        chosen["VLLM_CPU_OMP_THREADS_BIND"] = config.cpu_cores
    return chosen


def engine_args(config: VllmConfig, cpu: bool) -> dict[str, Any]:
    """Return the AsyncEngineArgs of this configuration; `config.args` has the last word."""
    chosen: dict[str, Any] = {
        "model": config.model,
        "tensor_parallel_size": config.tensor_parallel,
        "max_model_len": config.max_model_len,
        "max_num_seqs": config.max_num_seqs,
        "enforce_eager": config.enforce_eager,
        "enable_prefix_caching": True,
        "scheduling_policy": "priority",
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
    }
    if cpu:
        # The default of 128 makes cache hits coarse; seeded sampling with chunked prefill kills
        # the CPU engine ("CPU Generator does not use offset").
        chosen |= {"block_size": 32, "enable_chunked_prefill": False}
        if not _knows_bfloat16():
            chosen["dtype"] = "float32"
    elif config.tensor_parallel > 1:
        chosen["distributed_executor_backend"] = "ray"
    return {name: value for name, value in (chosen | config.args).items() if value is not None}


def _knows_bfloat16(cpuinfo: str = "/proc/cpuinfo") -> bool:
    """Return whether the CPU computes in bfloat16 natively.

    A CPU that emulates bfloat16 is about twice as fast in float32.
    """
    try:
        flags = Path(cpuinfo).read_text()
    except OSError:
        return True
    return "avx512_bf16" in flags or "amx_bf16" in flags or " bf16" in flags


def bind_cores() -> None:
    """Bind to all cores this process may use, if they are few and nothing else was configured."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) <= _FEW_CORES:
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", ",".join(map(str, cores)))
