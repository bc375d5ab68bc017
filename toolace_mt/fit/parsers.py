"""vLLM's tool parsers without an engine, and chat templates without a model."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template
from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
from vllm.tool_parsers import ToolParserManager

from toolace_mt.errors import InputError, one_line
from toolace_mt.trajectory import JsonObject

logging.getLogger("vllm.tool_parsers").setLevel(logging.CRITICAL + 1)  # fit says what is lost

Parsed = tuple[str, list[tuple[str, Any]]]
"""The text beside the calls, and of each call its name and its arguments."""


def render(template: str, messages: list[JsonObject], tools: list[JsonObject], ask: bool) -> str:
    """Return what the template writes; `ask` adds the beginning of the assistant's answer.

    Raises InputError with the template's own words if it refuses the messages.
    """
    with _template_errors():
        texts, _ = render_jinja_template(
            [messages],
            tools=tools or None,
            chat_template=template,
            add_generation_prompt=ask,
            bos_token="",
            eos_token="",
        )
    return str(texts[0])


def trained(template: str, messages: list[JsonObject], tools: list[JsonObject]) -> list[str]:
    """Return the pieces of text between a template's `{% generation %}` marks, in order."""
    text, spans = _with_spans(template, messages, tools)
    return [text[start:end] for start, end in spans]


def marked(template: str, messages: list[JsonObject], tools: list[JsonObject]) -> str:
    """Return the whole text, with what stands between those marks in brackets."""
    text, spans = _with_spans(template, messages, tools)
    for start, end in reversed(spans):
        text = f"{text[:start]}\u27e6{text[start:end]}\u27e7{text[end:]}"
    return text


def _with_spans(
    template: str, messages: list[JsonObject], tools: list[JsonObject]
) -> tuple[str, list[tuple[int, int]]]:
    with _template_errors():
        texts, spans = render_jinja_template(
            [messages],
            tools=tools or None,
            chat_template=template,
            return_assistant_tokens_mask=True,
            bos_token="",
            eos_token="",
        )
    return texts[0], spans[0]


@contextmanager
def _template_errors() -> Iterator[None]:
    """Translate whatever a template raises: it is a program that somebody else wrote."""
    try:
        yield
    except Exception as error:
        raise InputError(f"the template refuses: {one_line(error)}") from error


def parse(parser: str, markers: tuple[str, ...], text: str, tools: list[JsonObject]) -> Parsed:
    """Return what vLLM's parser of that name reads in an assistant's text.

    Arguments that are no JSON stay the string that the parser returned. Raises InputError if the
    parser raises.
    """
    try:
        request = ChatCompletionRequest(messages=[], model="", tools=tools or None)
        made = ToolParserManager.get_tool_parser(parser)(_tokenizer(markers), request.tools)
        found = made.extract_tool_calls(text, request)
    except Exception as error:
        raise InputError(f"vLLM's parser {parser} raises: {one_line(error)}") from error
    calls = [(call.function.name, _json(call.function.arguments)) for call in found.tool_calls]
    return found.content or "", calls


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@lru_cache
def _tokenizer(markers: tuple[str, ...]) -> PreTrainedTokenizerFast:
    """Return a tokenizer of single bytes that knows the family's markers, exact for any text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_only = Tokenizer(models.BPE({byte: at for at, byte in enumerate(alphabet)}, []))
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_only.decoder = decoders.ByteLevel()
    bytes_only.add_tokens([AddedToken(marker, normalized=False) for marker in markers])
    return PreTrainedTokenizerFast(tokenizer_object=bytes_only)


def counter(model: str) -> Callable[[str], int]:
    """Return what counts a text's tokens. Raises InputError if there is no such tokenizer."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise InputError(f"--tokenizer {model}: cannot be loaded: {one_line(error)}") from error
    return lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"])


def parsers() -> list[str]:
    """Return the names of vLLM's tool parsers."""
    return sorted(ToolParserManager.list_registered())
