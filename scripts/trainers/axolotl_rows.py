"""Tokenize `axolotl` as axolotl's `type: chat_template` does, and look at what its loss covers."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

from axolotl.prompt_strategies.chat_template import StrategyLoader
from axolotl.utils.chat_templates import get_chat_template
from axolotl.utils.dict import DictDefault
from datasets import load_dataset
from transformers import AutoTokenizer

files = sorted(map(str, Path(sys.argv[1]).glob("train-*.parquet")))
data = load_dataset("parquet", data_files=files, split="train")
model = os.environ.get("TOOLACE_MT_MODEL", "models/smollm2-135m-instruct")
tokenizer = AutoTokenizer.from_pretrained(model)
tokenizer.chat_template = get_chat_template("qwen_25")
settings = DictDefault(
    {"chat_template": "tokenizer_default", "sequence_len": 100_000, "train_on_inputs": False}
)
source = DictDefault(
    {
        "type": "chat_template",
        "field_messages": "messages",
        "field_tools": "tools",
        "message_field_training": "train",
        "roles_to_train": ["assistant"],
        "message_property_mappings": {
            "role": "role",
            "content": "content",
            "tool_calls": "tool_calls",
            "tool_call_id": "tool_call_id",
            "name": "name",
        },
    }
)
strategy = StrategyLoader()(tokenizer, settings, ds_cfg=source)
kept = wrong = right = marked = 0
for row in data.select(range(min(len(data), 100))):
    learned = tokenizer.decode(
        [label for label in strategy.tokenize_prompt(row)["labels"] if label >= 0]
    )
    kept += 1
    messages = [m for m in row["messages"] if m.get("tool_calls")]
    marked += sum(not m["train"] for m in messages)
    to_learn = sum(len(m["tool_calls"]) for m in messages if m["train"])
    right += learned.count("<tool_call>")
    wrong += learned.count("<tool_call>") - to_learn
print(
    f"axolotl {version('axolotl')}: {kept} of {kept} rows tokenized, {right} calls are learned"
    f" and {wrong} of the {marked} that are wrong on purpose"
)
