"""Prompts: keeping the ids of the system part never changes a single id."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolace_mt.engine.vllm.chat import ChatPrompt
from toolace_mt.errors import EngineError

pytestmark = pytest.mark.engine

LLAMA = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n\n{{ m.content | trim }}<|im_end|>"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n\n{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('none') }}{% endif %}"
    "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}<|im_start|>model\n"
)
DROPS_SYSTEM = (
    "{% for m in messages if m.role == 'user' %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
)
INSIDE_USER = "{{ messages[0].content }}\n\n{{ messages[1].content }}<|im_end|>"
UPPER = LLAMA.replace("trim", "upper")


@pytest.fixture(scope="session")
def tokenizer(embedded_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(embedded_model))


def rendered(tokenizer: Any, system: str, user: str) -> list[int]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return list(tokenizer.encode(text, add_special_tokens=False))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(system=st.text(max_size=60), user=st.text(max_size=60))
def test_ids_are_those_of_the_whole_template(tokenizer: Any, system: str, user: str) -> None:
    prompt = ChatPrompt(tokenizer, "model")
    assert prompt.splits
    expected = rendered(tokenizer, system.strip(), user.strip())
    assert prompt.ids(system, user) == expected
    assert prompt.ids(system, user) == expected  # now from the kept head


@pytest.mark.parametrize(
    ("template", "splits"),
    [
        (LLAMA, True),
        (NO_SYSTEM, False),
        (DROPS_SYSTEM, False),
        (INSIDE_USER, False),
        (UPPER, False),
    ],
)
def test_other_templates_lose_nothing(
    tokenizer: Any, monkeypatch: pytest.MonkeyPatch, template: str, splits: bool
) -> None:
    monkeypatch.setattr(tokenizer, "chat_template", template)
    prompt = ChatPrompt(tokenizer, "model")
    assert prompt.splits is splits
    text = tokenizer.decode(prompt.ids("Be terse.", "What is {a}?"))
    assert "be terse." in text.lower()
    assert "what is {a}?" in text.lower()


def test_special_tokens_are_single_ids(tokenizer: Any) -> None:
    ids = ChatPrompt(tokenizer, "model").ids("S", "U")
    assert [tokenizer.decode([i]) for i in ids][:1] == ["<|im_start|>"]
    assert ids.count(tokenizer.eos_token_id) == 2  # <|im_end|> after system and user
    assert tokenizer.decode([tokenizer.eos_token_id]) == "<|im_end|>"


def test_a_model_without_a_chat_template_is_refused(
    tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenizer, "chat_template", None)
    with pytest.raises(EngineError, match="model base-model: it has no chat template"):
        ChatPrompt(tokenizer, "base-model")
