"""Load `messages_json` as ms-swift does, encode rows and look at what its loss covers."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

from datasets import load_dataset
from swift.dataset.preprocessor.core import AutoPreprocessor

files = sorted(map(str, Path(sys.argv[1]).glob("train-*.parquet")))
data = load_dataset("parquet", data_files=files, split="train")
kept = AutoPreprocessor()(data, strict=True, num_proc=1)
print(f"ms-swift {version('ms-swift')}: {len(kept)} of {len(data)} rows kept")

model = os.environ.get("TOOLACE_MT_MODEL", "models/smollm2-135m-instruct")
if not Path(model).exists():
    sys.exit(f"{model}: no model, so no labels were looked at; set TOOLACE_MT_MODEL")

from swift.model import get_processor  # noqa: E402
from swift.template import get_template  # noqa: E402

processor = get_processor(model, model_type="qwen2")
template = get_template(processor, template_type="qwen2_5", agent_template="hermes")
template.set_mode("train")
wrong = right = rows = 0
for row in kept:
    marked = [m for m in row["messages"] if m["role"] == "tool_call" and m.get("loss") is False]
    if not marked or rows == 50:
        continue
    rows += 1
    labels = template.encode({"messages": row["messages"], "tools": row["tools"]})["labels"]
    learned = processor.decode([label for label in labels if label >= 0])
    blocks = learned.count("<tool_call>")
    calls = sum(m["role"] == "tool_call" for m in row["messages"])
    wrong += blocks - (calls - len(marked))
    right += blocks
print(
    f"  template qwen2_5: in {rows} rows with a call that is wrong on purpose, {right} calls are"
    f" learned and {wrong} of those that are wrong"
)
