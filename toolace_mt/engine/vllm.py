"""vLLM's asynchronous engine behind `generate`. Importing this module does not import vLLM."""

import json
import os
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Self

from toolace_mt.config import VllmConfig
from toolace_mt.engine.base import Completion, Finish, Request
from toolace_mt.engine.chat import ChatPrompt
from toolace_mt.engine.gauge import Gauge
from toolace_mt.engine.grammar import schema_grammar
from toolace_mt.errors import EngineError

# vLLM's "auto" keeps one core back: a third of the speed on two cores, nothing on many.
_FEW_CORES = 8
_FINISH: dict[str, Finish] = {"stop": "stop", "length": "length", "repetition": "length"}


def actor_env(config: VllmConfig) -> dict[str, str]:
    """Return the environment variables that the process hosting the engine needs.

    They must be set before Python starts there (Ray: `runtime_env.env_vars`); a variable that is
    already set here is passed on as it is.
    """
    wanted = {
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
        "TORCH_CPP_LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore::FutureWarning",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if config.device != "cuda":
        wanted["VLLM_CPU_KVCACHE_SPACE"] = str(config.cpu_kvcache_gib)
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
    elif config.tensor_parallel > 1:
        chosen["distributed_executor_backend"] = "ray"
    return {name: value for name, value in (chosen | config.args).items() if value is not None}


class VllmEngine:
    """One vLLM engine: constrained answers, prefix cache, priorities, a seed per request.

    A prompt that leaves no room for an answer ends as "too_long" before it is submitted, a schema
    that the grammar backend does not take as "refused", a runaway repetition as "length". The
    death of the engine's processes raises EngineError, then and for ever after.
    """

    def __init__(self, llm: Any, config: VllmConfig) -> None:
        self._llm = llm
        self._config = config
        self._resolved = llm.vllm_config
        self._prompt = ChatPrompt(llm.get_tokenizer(), config.model)
        self._gauge = Gauge(self.max_num_seqs)
        self._submitted = 0

    @classmethod
    def start(cls, config: VllmConfig) -> Self:
        """Load the model and start the engine's processes: half a minute or more.

        Blocks, and needs no running event loop. Raises EngineError.
        """
        for name, value in actor_env(config).items():
            os.environ.setdefault(name, value)
        try:
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.platforms import current_platform
            from vllm.usage.usage_lib import UsageContext
            from vllm.v1.engine.async_llm import AsyncLLM
        except ImportError as error:
            raise EngineError(
                f"vLLM cannot be imported ({error}); install toolace-mt[cpu] or toolace-mt[gpu]"
            ) from error
        cpu = current_platform.is_cpu()
        if config.device != "auto" and cpu != (config.device == "cpu"):
            found = "CPU" if cpu else current_platform.device_name
            raise EngineError(f"engine.device is {config.device}, but this vLLM runs on {found}")
        if cpu:
            _bind_cores()
        gauges: list[VllmEngine] = []
        try:
            llm = AsyncLLM.from_engine_args(
                AsyncEngineArgs(**engine_args(config, cpu)),
                usage_context=UsageContext.LLM_CLASS,
                stat_loggers=[_progress_logger(gauges)],
            )
        except Exception as error:  # whatever vLLM, torch or the Hub raise: no engine, one cause
            raise EngineError(f"engine.model {config.model}: {_reason(error)}") from error
        engine = cls(llm, config)
        gauges.append(engine)
        return engine

    @property
    def model(self) -> str:
        """The model's directory or Hub name."""
        return self._config.model

    @property
    def max_num_seqs(self) -> int:
        """How many sequences the scheduler runs at once."""
        return int(self._resolved.scheduler_config.max_num_seqs)

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer one request; a lower `priority` is scheduled first."""
        from vllm.exceptions import VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        ids = self._prompt.ids(request.system, request.user)
        room = self._resolved.model_config.max_model_len - len(ids)
        if room <= 0:
            text = f"the prompt has {len(ids)} tokens, the model takes {len(ids) + room}"
            return Completion(text, "too_long", len(ids))
        started = self._gauge.now()
        try:
            with self._gauge.request():
                output = await self._answer(ids, request, min(request.max_tokens, room), priority)
        except VLLMClientError as error:
            return Completion(_reason(error), "refused", len(ids))
        except (EngineDeadError, EngineGenerateError) as error:
            if self._llm.errored:
                raise EngineError(f"vLLM engine of {self.model} died: {_reason(error)}") from error
            return Completion(_reason(error), "abort", len(ids))
        answer = output.outputs[0]
        return self._gauge.finished(
            Completion(
                text=answer.text,
                finish=_FINISH.get(answer.finish_reason, "abort"),
                prompt_tokens=len(ids),
                cached_tokens=output.num_cached_tokens or 0,
                output_tokens=len(answer.token_ids),
                seconds=self._gauge.now() - started,
            )
        )

    async def _answer(self, ids: list[int], request: Request, room: int, priority: int) -> Any:
        from vllm.inputs.engine import tokens_input

        self._submitted += 1
        outputs = self._llm.generate(
            tokens_input(ids),
            _sampling(request, room),
            f"{request.dialogue}:{self._submitted}",
            priority=priority,
        )
        return [output async for output in outputs][-1]  # FINAL_ONLY: there is just one

    def describe(self) -> dict[str, Any]:
        """Return versions and vLLM's resolved settings."""
        import vllm

        resolved = self._resolved
        return {
            "engine": "vllm",
            "model": self.model,
            "vllm": vllm.__version__,
            "xgrammar": version("xgrammar"),
            "torch": version("torch"),
            "device": resolved.device_config.device_type,
            "dtype": str(resolved.model_config.dtype).removeprefix("torch."),
            "tensor_parallel": resolved.parallel_config.tensor_parallel_size,
            "max_model_len": resolved.model_config.max_model_len,
            "max_num_seqs": self.max_num_seqs,
            "max_num_batched_tokens": resolved.scheduler_config.max_num_batched_tokens,
            "chunked_prefill": resolved.scheduler_config.enable_chunked_prefill,
            "block_size": resolved.cache_config.block_size,
            "kv_cache_tokens": resolved.cache_config.kv_cache_size_tokens,
            "enforce_eager": resolved.model_config.enforce_eager,
            "split_prompt": self._prompt.splits,
        }

    def stats(self) -> dict[str, float]:
        """Return the counters that `Engine.stats` promises."""
        return self._gauge.stats()

    def stalled(self) -> float:
        """Return the seconds since the engine's last step while requests are open, else 0.0."""
        return self._gauge.stalled()

    def progress(self) -> None:
        """Called for every step of the engine that produced tokens."""
        self._gauge.progress()

    async def close(self) -> None:
        """Stop the engine's processes."""
        self._llm.shutdown()


def _sampling(request: Request, max_tokens: int) -> Any:
    from vllm.sampling_params import (
        RepetitionDetectionParams,
        RequestOutputKind,
        SamplingParams,
        StructuredOutputsParams,
    )

    constraint = None
    if request.schema is not None:
        constraint = StructuredOutputsParams(**_constraint(json.dumps(request.schema)))
    return SamplingParams(
        temperature=request.temperature,
        top_p=request.top_p,
        seed=request.seed if request.temperature else None,
        max_tokens=max_tokens,
        output_kind=RequestOutputKind.FINAL_ONLY,
        structured_outputs=constraint,
        repetition_detection=RepetitionDetectionParams(
            max_pattern_size=16, min_pattern_size=1, min_count=12
        ),
        skip_clone=True,
    )


@lru_cache(maxsize=1024)
def _constraint(schema: str) -> dict[str, str]:
    """Return the schema as a fast grammar, or as it is where it must be, or will be refused."""
    from vllm.v1.structured_output.backend_xgrammar import has_xgrammar_unsupported_json_features

    if not has_xgrammar_unsupported_json_features(json.loads(schema)):
        with suppress(RuntimeError):  # xgrammar cannot read it: vLLM says so, in its own words
            if grammar := schema_grammar(schema):
                return {"grammar": grammar}
    return {"json": schema}


def _progress_logger(engines: list[VllmEngine]) -> Any:
    """Return a stat logger factory that tells the engine about every step with output."""
    from vllm.v1.metrics.loggers import StatLoggerBase

    class Progress(StatLoggerBase):  # type: ignore[misc]
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def record(self, *_: Any, **__: Any) -> None:
            for engine in engines:
                engine.progress()

        def log_engine_initialized(self) -> None:
            pass

    return Progress


def _bind_cores() -> None:
    """Bind to all cores this process may use, if they are few and nothing else was asked for."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) <= _FEW_CORES:
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", ",".join(map(str, cores)))


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
