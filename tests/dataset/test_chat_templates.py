"""Rows rendered by chat templates that nobody here wrote, out of installed packages."""

import ast
import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from export_examples import dialogue

from toolace_mt.dataset.json_text import compact
from toolace_mt.dataset.messages import to_row

if find_spec("vllm") is None:
    pytest.skip("the packages that carry the templates come with vllm", allow_module_level=True)


def llama4() -> str:
    # A constant of the module, read without importing the model's code (20 s).
    source = Path(find_spec("transformers").origin).parent / "models/llama4/processing_llama4.py"
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "chat_template":
            return ast.literal_eval(node.value)
    raise AssertionError(f"{source}: no chat_template")


def minicpm() -> str:  # of the Qwen and Hermes family: ChatML with <tool_call> tags
    folder = Path(find_spec("vllm").origin).parent / "transformers_utils" / "chat_templates"
    return (folder / "template_minicpmv45.jinja").read_text()


def mistral() -> str:
    from mistral_common.integrations.chat_templates.template_generator import (
        TemplateConfig,
        build_chat_template,
    )
    from mistral_common.tokens.tokenizers.base import TokenizerVersion

    return build_chat_template(TemplateConfig(version=TokenizerVersion.v7, spm=False))


def plain() -> dict:
    """A row in whose text "null" and "None" could only come from keys that should be absent."""
    made = dialogue()
    tools = tuple(
        replace(tool, parameters=json.loads(json.dumps(tool.parameters).replace("null", "string")))
        for tool in made.tools
    )
    two = made.turns[3]
    calls = (two.calls[0], replace(two.calls[1], arguments={"origin": "Köln", "limit": 5}))
    turns = (*made.turns[:3], replace(two, calls=calls), *made.turns[4:])
    return to_row(replace(made, tools=tools, turns=turns))


def render(template: str, row: dict) -> str:
    from transformers.utils.chat_template_utils import render_jinja_template

    rendered, _ = render_jinja_template(
        [row["messages"]], tools=row["tools"], chat_template=template, bos_token="", eos_token=""
    )
    return rendered[0]


TEMPLATES = {"llama4": llama4, "minicpm": minicpm, "mistral": mistral}


@pytest.mark.parametrize("name", TEMPLATES)
def test_everything_of_a_row_reaches_the_training_text(name):
    row = plain()
    text = render(TEMPLATES[name](), row)
    squeezed = text.replace(": ", ":").replace(", ", ",")
    assert "null" not in text
    assert "None" not in text
    place = 0
    for message in row["messages"]:
        content = message["content"].strip().replace(": ", ":").replace(", ", ",")
        spelled = [content, compact(content)[1:-1], json.dumps(content)[1:-1]]
        found = [at for text in spelled if (at := squeezed.find(text, place)) >= 0]
        if name == "llama4" and message.get("tool_calls") and content:
            found = [place]  # this template drops the text beside calls
        assert found, message
        place = min(found)
        for call in message.get("tool_calls", ()):
            arguments = call["function"]["arguments"]
            spelled = [compact(arguments), json.dumps(arguments, separators=(",", ":"))]
            assert any(text in squeezed[place:] for text in spelled), call
    for tool in row["tools"]:
        assert tool["function"]["name"] in text
        assert tool["function"]["description"] in text


def test_the_check_would_see_leaks_and_double_encoding():
    row = plain()
    text = render(minicpm(), row)
    for message in row["messages"]:
        message.setdefault("name", None)
        for call in message.get("tool_calls", ()):
            arguments = call["function"]["arguments"]
            call["function"]["arguments"] = {**arguments, "date": None}
    assert "null" in render(minicpm(), row)
    assert "null" not in text
