"""Rows in TRL's own data preparation: which tokens it trains, and a step of training."""

from pathlib import Path

import pytest
from datasets import load_dataset
from export_examples import published, settings
from test_formats import failing

from toolace_mt.dataset.writer import write_dataset

trl = pytest.importorskip("trl")
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    run = published(tmp_path / "run", [failing()], 1)
    names = ("openai", "prompt_completion")
    return str(write_dataset(run, settings(run, 1), formats=names).path)


@pytest.fixture(scope="module")
def tokenizer():
    """Bytes as tokens, with ChatML's markers and a template of Qwen's family that marks answers."""
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
def trainer(tmp_path, tokenizer):
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    small = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **sizes, **heads))

    def make(data, **more):
        args = trl.SFTConfig(
            output_dir=str(tmp_path / "out"),
            max_steps=1,
            per_device_train_batch_size=1,
            max_length=None,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            report_to=[],
            save_strategy="no",
            **more,
        )
        return trl.SFTTrainer(small, args, train_dataset=data, processing_class=tokenizer)

    return make


def learned(tokenizer, row) -> str:
    """What the loss sees."""
    return tokenizer.decode([label for label in row["labels"] if label >= 0])


CALL = '{"name": "send_email", "arguments": {"to": "ann@x.org"}}'
WRONG = '{"name": "send_email", "arguments": {"to": ["ann@x.org"]}}'


def test_completions_are_learned_and_what_is_wrong_on_purpose_is_not(folder, trainer, tokenizer):
    data = load_dataset(folder, "prompt_completion", split="train")
    made = trainer(data)
    rows = list(made.train_dataset)
    assert len(rows) == 5
    texts = [learned(tokenizer, row) for row in rows]
    assert [text.rstrip().endswith("<|im_end|>") for text in texts] == [True] * 5
    assert texts[0].startswith("From where?")
    assert texts[1].count("<tool_call>") == 2
    assert "Let me look." in texts[1]
    assert "Köln" in texts[1]
    assert CALL in texts[3]
    assert not any(WRONG in text for text in texts)
    whole = tokenizer.decode(rows[4]["input_ids"])
    assert WRONG in whole
    assert "Find flights | between two cities." in whole  # the tools are in the prompt
    assert "None" not in whole
    assert made.train().training_loss > 0


def test_messages_are_learned_by_the_mask_of_the_assistant(folder, trainer, tokenizer):
    data = load_dataset(folder, split="train").select_columns(["messages", "tools"])
    made = trainer(data, assistant_only_loss=True)
    text = learned(tokenizer, made.train_dataset[0])
    for said in ("From where?", "Let me look.", CALL, "F1 costs 99.5.", "Done."):
        assert said in text
    assert "no such city" not in text
    assert "Flights please." not in text
    assert WRONG in text  # TRL knows no marks of messages: `prompt_completion` is the way
    assert made.train().training_loss > 0
