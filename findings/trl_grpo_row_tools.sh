#!/usr/bin/env bash
# 2026-12-01. trl 1.16.0: SFTTrainer renders the tools of a row's column `tools` into the prompt; DPOTrainer,
# too. GRPOTrainer, given prompts with the same column, renders no tool at all and says nothing. The column
# is not unknown to it: the reward function gets it.
#
# Surprises because the column is TRL's own format for tools and stands in the same dataset for all three. A
# model that was trained to call what it is shown is then rewarded for calls to tools that it cannot see,
# and learns either to call blindly or not to call. Way round: render the prompt with the row's tools
# beforehand and give the text as `prompt`, or pass functions as the trainer's `tools`, the same for all
# rows.
#
# Seen: SFT: < tool > get_weather < user > Oslo < assistant > rain | GRPO: < user > Oslo, reward: got tools
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
# PyTorch's build for CPUs where pip knows an index that has it, otherwise the common one.
"$folder/env/bin/pip" install --quiet --no-compile "torch==2.13.0+cpu" ||
    "$folder/env/bin/pip" install --quiet --no-compile "torch==2.13.0" || exit 2
"$folder/env/bin/pip" install --quiet --no-compile "trl==1.16.0" "transformers==5.24.0" "datasets==5.2.0" || exit 2
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import sys

import trl
from datasets import Dataset, disable_progress_bars
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

disable_progress_bars()
words = "<unk> <pad> <eos> tool user assistant get_weather Oslo rain < >".split()
words = {word: number for number, word in enumerate(words)}
backend = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
backend.pre_tokenizer = pre_tokenizers.Whitespace()
marks = {"unk_token": "<unk>", "pad_token": "<pad>", "eos_token": "<eos>"}
tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, **marks)
tokenizer.chat_template = (
    "{% for tool in tools or [] %}<tool> {{ tool.function.name }} {% endfor %}"
    "{% for message in messages %}<{{ message.role }}> {{ message.content }} {% endfor %}"
)
size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
config = Qwen2Config(vocab_size=len(words), num_key_value_heads=1, eos_token_id=2, pad_token_id=1, **size)
common = {"report_to": [], "use_cpu": True, "bf16": False, "per_device_train_batch_size": 2, "max_steps": 1}
schema = {"type": "object", "properties": {}}
tools = [{"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": schema}}]
user, answer = {"role": "user", "content": "Oslo"}, {"role": "assistant", "content": "rain"}

sft = SFTTrainer(
    Qwen2ForCausalLM(config), SFTConfig("sft", **common), processing_class=tokenizer,
    train_dataset=Dataset.from_list([{"messages": [user, answer], "tools": tools}] * 2),
)
given = []


def reward(prompts, tools=None, **_):
    given.append(tools is not None)
    return [0.0] * len(prompts)


grpo = GRPOTrainer(
    Qwen2ForCausalLM(config), reward, GRPOConfig("grpo", num_generations=2, max_completion_length=2, **common),
    processing_class=tokenizer, train_dataset=Dataset.from_list([{"prompt": [user], "tools": tools}] * 2),
)
batch = grpo._generate_and_score_completions([dict(grpo.train_dataset[0]) for _ in range(2)])
trained, prompted = (tokenizer.decode(ids) for ids in (sft.train_dataset[0]["input_ids"], batch["prompt_ids"][0]))
print(f"trl {trl.__version__}: SFT: {trained} | GRPO: {prompted}, reward: got {'tools' if given[0] else 'none'}")
print("expected: get_weather in both")
as_described = "get_weather" in trained and "Oslo" in prompted and "get_weather" not in prompted and all(given)
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
