"""The families: whose template, which of vLLM's parsers, and which markers its tokenizer knows."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from toolace_mt.errors import InputError


@dataclass(frozen=True, slots=True)
class Family:
    """One family of models.

    `template` is a file of TRL's (its stem), or a path. `parser` is one of vLLM's; "" where it has
    none that reads text: then calls are only looked for. `stops` end an assistant's text, and
    `markers` are what the parser looks up in the tokenizer's vocabulary.
    """

    name: str
    template: str
    parser: str
    stops: tuple[str, ...]
    markers: tuple[str, ...] = ()

    @property
    def training(self) -> Path:
        """The template with `{% generation %}` marks that TRL swaps in, which may not exist."""
        return _trl_templates() / f"{self.template}_training.jinja"

    def text(self) -> str:
        """Return the template. Raises InputError if it cannot be read."""
        path = Path(self.template)
        if path.suffix != ".jinja" and not path.is_file():
            path = _trl_templates() / f"{self.template}.jinja"
        return read_template(path)


def read_template(path: Path) -> str:
    """Return a template's text. Raises InputError if the file is missing or no text."""
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"{path}: the template cannot be read: {reason}") from error


def _trl_templates() -> Path:
    spec = importlib.util.find_spec("trl")
    if spec is None or spec.origin is None:
        raise InputError("TRL's templates are not here: pip install 'trl>=1.16,<1.17'")
    return Path(spec.origin).parent / "chat_templates"


_CHATML = ("<|im_end|>",)
_HERMES = ("<tool_call>", "</tool_call>")
_GLM = ("<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>")
_GEMMA = ("<|tool_call>", "<tool_call|>", '<|"|>')
_LFM = ("<|tool_call_start|>", "<|tool_call_end|>")
_LLAMA = ("<|python_tag|>",)
_DEEPSEEK = (
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁calls▁end｜>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁call▁end｜>",
    "<｜tool▁sep｜>",
)

_ALL = (
    Family("qwen2.5", "qwen2_5", "hermes", _CHATML, _HERMES),
    Family("qwen2.5-vl", "qwen2_5_vl", "hermes", _CHATML, _HERMES),
    Family("qwen3", "qwen3", "hermes", _CHATML, _HERMES),
    Family("qwen3-2507", "qwen3_instruct_2507", "hermes", _CHATML, _HERMES),
    Family("qwen3-vl", "qwen3_vl", "hermes", _CHATML, _HERMES),
    Family("qwen3.5", "qwen3_5_think", "qwen3_coder", _CHATML, _HERMES),
    Family("qwen3.5-nothink", "qwen3_5_nothink", "qwen3_coder", _CHATML, _HERMES),
    Family("qwen3.6", "qwen3_6", "qwen3_coder", _CHATML, _HERMES),
    Family("qwen3.8", "qwen3_8", "qwen3_coder", _CHATML, _HERMES),
    Family("nemotron-3-nano", "nemotron_3_nano", "qwen3_coder", _CHATML, _HERMES),
    Family("nemotron-3-super", "nemotron_3_super", "qwen3_coder", _CHATML, _HERMES),
    Family("nemotron-3-ultra", "nemotron_3_ultra", "qwen3_coder", _CHATML, _HERMES),
    Family("glm-4.5", "glm4moe", "glm45", ("<|observation|>", "<|user|>"), _GLM),
    Family("llama-3.1", "llama3_1", "llama3_json", ("<|eot_id|>", "<|eom_id|>"), _LLAMA),
    Family("llama-3.2", "llama3_2", "llama3_json", ("<|eot_id|>", "<|eom_id|>"), _LLAMA),
    Family("gemma-4", "gemma4", "gemma4", ("<turn|>", "<|tool_response>"), _GEMMA),
    Family("gemma-4-v5", "gemma4_v5", "gemma4", ("<turn|>", "<|tool_response>"), _GEMMA),
    Family("lfm2", "lfm2", "lfm2", _CHATML, _LFM),
    Family("lfm2-v2", "lfm2_v2", "lfm2", _CHATML, _LFM),
    Family("lfm2.5", "lfm2_2_5_v2", "lfm2", _CHATML, _LFM),
    Family("muse-glimmer", "muse_glimmer", "muse_glimmer", _CHATML),
    Family("nemotron-3.5-lightning", "nemotron_3_5_lightning", "qwen3_coder", _CHATML, _HERMES),
    Family("lfm2.5-vl", "lfm2_2_5_vl", "lfm2", _CHATML, _LFM),
    Family("gpt-oss", "gptoss", "", ("<|return|>", "<|call|>")),
    Family("deepseek-r1-distill", "deepseek_r1_distill", "", ("<｜end▁of▁sentence｜>",)),
    Family("cohere", "cohere", "", ("<|END_OF_TURN_TOKEN|>",)),
    Family("cohere2", "cohere2", "", ("<|END_OF_TURN_TOKEN|>",)),
    Family("diffusion-gemma", "diffusion_gemma", "gemma4", ("<turn|>", "<|tool_response>"), _GEMMA),
    Family("gemma", "gemma", "", ("<end_of_turn>",)),
    Family("gemma-3", "gemma3", "", ("<end_of_turn>",)),
    Family("llama-3", "llama3", "", ("<|eot_id|>",)),
    Family("phi-3", "phi3", "", ("<|end|>",)),
    Family("phi-3.5", "phi3_5", "", ("<|end|>",)),
    Family("deepseek-v3", "deepseekv3", "deepseek_v3", ("<｜end▁of▁sentence｜>",), _DEEPSEEK),
)
FAMILIES = {family.name: family for family in _ALL}


def family_named(name: str) -> Family:
    """Return the family of that name. Raises InputError that lists the names there are."""
    if name not in FAMILIES:
        raise InputError(f"--model: no family {name!r}; there are {', '.join(FAMILIES)}")
    return FAMILIES[name]
