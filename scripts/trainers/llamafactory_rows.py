"""Load `sharegpt` as LLaMA-Factory does, and render every call with four of its templates."""

import importlib.machinery
import json
import sys
import types

stub = types.ModuleType("torchaudio")  # imported for sound only
stub.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
sys.modules["torchaudio"] = stub

from importlib.metadata import version  # noqa: E402

from llamafactory.data.loader import _load_single_dataset  # noqa: E402
from llamafactory.data.parser import get_dataset_list  # noqa: E402
from llamafactory.data.template import TEMPLATES  # noqa: E402
from llamafactory.hparams import DataArguments, ModelArguments  # noqa: E402
from transformers import Seq2SeqTrainingArguments  # noqa: E402

folder = sys.argv[1]
(attributes,) = get_dataset_list(["toolace_mt"], folder)
data = _load_single_dataset(
    attributes,
    ModelArguments(model_name_or_path="none"),
    DataArguments(dataset_dir=folder, dataset=["toolace_mt"]),
    Seq2SeqTrainingArguments(output_dir="/tmp/none"),
)
kept = [row for row in data if row["_prompt"]]
print(f"llamafactory {version('llamafactory')}: {len(kept)} of {len(data)} rows kept")
for name in ("qwen", "llama3", "mistral", "default"):
    template = TEMPLATES[name]
    calls = texts = 0
    for row in kept:
        template.format_tools.apply(content=row["_tools"])
        for message in row["_prompt"] + row["_response"]:
            if message["role"] != "function":
                continue
            text, tag, rest = message["content"].partition("<tool_call>")
            made = json.loads(rest.removesuffix("</tool_call>") if tag else text)
            made = made if isinstance(made, list) else [made]
            (rendered,) = template.format_function.apply(
                content=message["content"],
                thought_words=template.thought_words,
                tool_call_words=template.tool_call_words,
            )[:1]
            assert all(call["name"] in rendered for call in made), rendered
            assert not tag or text.strip() in rendered, rendered
            calls += len(made)
            texts += bool(tag)
    print(f"  template {name}: {calls} calls rendered, {texts} turns with text beside them")
