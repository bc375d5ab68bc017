"""Preferences and tasks as `datasets` loads them, and in TRL's own trainers."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import Dataset, load_dataset
from dialogues import GOOD
from export_examples import dialogue, published, settings

from toolace_mt.dataset.messages import to_row
from toolace_mt.dataset.writer import write_dataset
from toolace_mt.tasks import score
from toolace_mt.tasks.adapters import trl_reward, trl_row
from toolace_mt.trajectory import Trajectory, Verdict


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, tmp_path):
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def good() -> list[Trajectory]:
    return [replace(made(), verdict=Verdict("accepted")) for made in GOOD.values()]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    run = published(tmp_path / "run", [*good(), dialogue("bad", "rejected")], 3)
    names = ("openai", "preferences", "tasks", "nemo_gym")
    return str(write_dataset(run, settings(run, 8), formats=names).path)


def test_both_sides_are_single_messages_after_the_same_prompt(folder):
    data = load_dataset(folder, "preferences")
    assert list(data) == ["train"]  # the rejected dialogue gives no rows, so that there is no split
    rows = {made.id: to_row(made) for made in good()}
    assert {row["id"] for row in data["train"]} == set(rows)
    for row in data["train"]:
        whole = rows[row["id"]]
        assert row["prompt"] + row["chosen"] == whole["messages"][: row["message"] + 1]
        assert row["tools"] == whole["tools"]
        assert [m["role"] for m in (*row["chosen"], *row["rejected"])] == ["assistant"] * 2
        assert row["chosen"] != row["rejected"]
        assert row["source"] == "planted"
        assert row["rule"]
        assert row["change"]
        assert row["path"].startswith(("calls[", "content["))


def test_the_other_formats_keep_a_split_without_preferences(folder):
    assert list(load_dataset(folder, "openai")) == ["train", "rejected"]
    card = Path(folder, "README.md").read_text()
    assert "preferences/train-*" in card
    assert "preferences/rejected-*" not in card


def test_a_task_is_scored_by_its_own_answer(folder):
    data = load_dataset(folder, "tasks", split="train")
    rows = {made.id: to_row(made) for made in good()}
    assert len(data) > 20
    for row in data:
        whole = rows[row["id"]]
        assert row["prompt"] == whole["messages"][: row["message"]]
        message = whole["messages"][row["message"]]
        assert row["expects"] == ("calls" if "tool_calls" in message else "reply")
        assert score(row["answer"], message).reward == 1.0
    flights = next(row for row in data if row["id"] == "flights")
    assert score(flights["answer"], "Which day?").reasons


def test_what_is_wrong_on_purpose_is_no_task(folder):
    data = load_dataset(folder, "tasks", split="train")
    assert '"14-May"' not in "".join(data["answer"])
    assert '"14-May"' in json.dumps([row["prompt"] for row in data])


@pytest.fixture(scope="module")
def tokenizer():
    trl = pytest.importorskip("trl")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    model = models.BPE(vocab={letter: n for n, letter in enumerate(alphabet)}, merges=[])
    bytes_ = Tokenizer(model)
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytes_.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=bytes_, eos_token="<|im_end|>")
    made.add_special_tokens(
        {"pad_token": "<|endoftext|>", "additional_special_tokens": ["<|im_start|>"]}
    )
    template = Path(trl.__file__).parent / "chat_templates" / "qwen2_5_training.jinja"
    made.chat_template = template.read_text()
    return made


@pytest.fixture
def small(tokenizer):
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **sizes, **heads))


def common(tmp_path: Path):
    return {
        "output_dir": str(tmp_path / "out"),
        "max_steps": 1,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": [],
        "save_strategy": "no",
    }


@pytest.mark.slow
def test_dpo_learns_one_message_on_each_side(folder, tmp_path, tokenizer, small):
    import trl

    data = load_dataset(folder, "preferences", split="train")
    args = trl.DPOConfig(per_device_train_batch_size=1, max_length=None, **common(tmp_path))
    trainer = trl.DPOTrainer(
        small, copy.deepcopy(small), args=args, train_dataset=data, processing_class=tokenizer
    )
    assert len(trainer.train_dataset) == len(data)
    for row, given in zip(trainer.train_dataset, data, strict=True):
        prompt = tokenizer.decode(row["prompt_ids"])
        chosen, rejected = (tokenizer.decode(row[f"{side}_ids"]) for side in ("chosen", "rejected"))
        assert given["tools"][0]["function"]["description"] in prompt
        for side in (chosen, rejected):
            assert side.rstrip().endswith("<|im_end|>")
            assert side.count("<|im_end|>") == 1
            assert "<tool_response>" not in side
        calls = given["chosen"][0].get("tool_calls", ())
        assert chosen.count("<tool_call>") == len(calls)
        assert chosen != rejected
        assert "null" not in chosen
    assert trainer.train().training_loss > 0


@pytest.mark.slow
def test_grpo_sees_the_tools_and_is_rewarded_by_the_key(folder, tmp_path, tokenizer, small):
    import trl

    tasks = load_dataset(folder, "tasks", split="train").select(range(2))
    # Not `tasks.map`: it keeps the type of `prompt`, and makes a list of letters of a text.
    data = Dataset.from_list([trl_row(row, tokenizer.apply_chat_template) for row in tasks])
    assert "search_flights" in data[0]["prompt"]
    assert data[0]["prompt"].endswith("<|im_start|>assistant\n")
    seen = []

    def reward(completions, **columns):
        seen.append((completions, columns["answer"]))
        return trl_reward(completions, **columns)

    batch = {"per_device_train_batch_size": 2, "num_generations": 2, "max_completion_length": 4}
    args = trl.GRPOConfig(**batch, **common(tmp_path))
    trainer = trl.GRPOTrainer(
        small, reward_funcs=reward, args=args, train_dataset=data, processing_class=tokenizer
    )
    trainer.train()
    ((completions, answers),) = seen
    assert len(completions) == len(answers) == 2
    assert set(answers) <= set(tasks["answer"])
