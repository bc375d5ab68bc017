"""Sends the requests of a run again, through bare vLLM without any of our code.

The benchmarks run it as a process of its own, so that every repetition loads the model anew:

    python -m benchmarks.throughput.bare RUN_DIR RESULT.json [--one-by-one N] [--blocks N]
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.throughput.request_log import Log, read_log
from toolace_mt.config import VllmConfig
from toolace_mt.distributed.shard_task import load_context
from toolace_mt.engine.vllm.chat import ChatPrompt
from toolace_mt.engine.vllm.engine import _sampling
from toolace_mt.engine.vllm.launch import actor_env, bind_cores, engine_args
from toolace_mt.run.directory import RunDir

SHORT = 8  # output tokens where only prompts are of interest


def replay(log: Log, config: VllmConfig, *, one_by_one: bool, blocks: int | None) -> dict[str, Any]:
    """Send the log to `vllm.LLM` with the run's engine arguments, all at once or one by one.

    Returns the seconds after which each answer was there, its tokens, and its cached tokens.
    """
    from vllm import LLM
    from vllm.platforms import current_platform

    arguments = engine_args(config, current_platform.is_cpu())
    if blocks is not None:
        arguments["num_gpu_blocks_override"] = blocks
    llm = LLM(**arguments)
    prompt = ChatPrompt(llm.get_tokenizer(), config.model)
    room = llm.llm_engine.model_config.max_model_len
    ids = [prompt.ids(request.system, request.user) for request, _ in log]
    wanted = [
        _sampling(r, min(r.max_tokens, room - len(i))) for (r, _), i in zip(log, ids, strict=True)
    ]
    if one_by_one:
        for parameters in wanted:
            parameters.max_tokens = min(parameters.max_tokens, SHORT)
    groups = [[n] for n in range(len(log))] if one_by_one else [list(range(len(log)))]
    answers: dict[int, tuple[float, int, int]] = {}
    began = time.perf_counter()
    for group in groups:
        for number in group:
            llm.llm_engine.add_request(
                str(number), {"prompt_token_ids": ids[number]}, wanted[number]
            )
        while llm.llm_engine.has_unfinished_requests():
            for output in llm.llm_engine.step():
                if output.finished:
                    made = len(output.outputs[0].token_ids)
                    cached = output.num_cached_tokens or 0
                    answers[int(output.request_id)] = (time.perf_counter() - began, made, cached)
    resolved = llm.llm_engine.vllm_config.cache_config
    return {
        "answers": [answers[number] for number in range(len(log))],
        "prompts": ids,
        "block_size": resolved.block_size,
        "blocks": resolved.num_gpu_blocks,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--one-by-one", type=int, help="only the first N, each by itself")
    parser.add_argument("--blocks", type=int, help="of the cache (default: the engine's)")
    options = parser.parse_args()
    config = load_context(str(RunDir(options.run_dir.absolute()).path), 0).config.engine
    if not isinstance(config, VllmConfig):
        raise SystemExit(f"{options.run_dir}: not a run on vLLM")
    log = read_log(options.run_dir)[: options.one_by_one]
    for name, value in actor_env(config).items():
        os.environ.setdefault(name, value)
    bind_cores()
    measured = replay(log, config, one_by_one=bool(options.one_by_one), blocks=options.blocks)
    options.result.write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
