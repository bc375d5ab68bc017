"""A model that is asked for the next message, greedily, by vLLM's offline engine."""

import os
from collections.abc import Sequence
from typing import Any

from benchmarks.downstream.rows import TEMPLATE
from toolace_mt.config import VllmConfig
from toolace_mt.engine.vllm.launch import actor_env, bind_cores, engine_args

MOST_WRITTEN = 256
"""Tokens of an answer at most."""


class Asked:
    """A model in this process, with the template that it was trained with."""

    def __init__(self, model: str, longest: int) -> None:
        """Load `model`; `longest` is how many tokens prompt and answer may have together."""
        config = VllmConfig(kind="vllm", model=model, max_model_len=longest, enforce_eager=True)
        os.environ.update(actor_env(config))  # before vLLM is imported
        bind_cores()
        from vllm import LLM, SamplingParams
        from vllm.platforms import current_platform

        self._longest = longest
        self._engine = LLM(**engine_args(config, current_platform.is_cpu()))
        self._tokenizer: Any = self._engine.get_tokenizer()
        self._tokenizer.chat_template = TEMPLATE.read_text("utf-8")
        self._sampling = SamplingParams(
            temperature=0, max_tokens=MOST_WRITTEN, stop=["<|im_end|>"], skip_special_tokens=False
        )

    def answers(self, dialogues: Sequence[tuple[Sequence[Any], Sequence[Any]]]) -> list[str | None]:
        """Return the next message of each dialogue, given as messages and tools.

        None for a dialogue that is longer than the model may read.
        """
        prompts = [self._prompt(messages, tools) for messages, tools in dialogues]
        fits = [at for at, ids in enumerate(prompts) if len(ids) + MOST_WRITTEN <= self._longest]
        given: Any = [{"prompt_token_ids": prompts[at]} for at in fits]
        made = self._engine.generate(given, self._sampling, use_tqdm=False) if given else []
        found = dict(zip(fits, (each.outputs[0].text for each in made), strict=True))
        return [found.get(at) for at in range(len(prompts))]

    def _prompt(self, messages: Sequence[Any], tools: Sequence[Any]) -> list[int]:
        made = self._tokenizer.apply_chat_template(
            list(messages), tools=list(tools) or None, add_generation_prompt=True, return_dict=True
        )
        return list(made["input_ids"])
