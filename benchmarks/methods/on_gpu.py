"""Plays `fast` and the strongest baseline on one GPU, through vLLM in this process.

    python -m benchmarks.methods.on_gpu MODEL_DIR [--dummy SHAPE] [--dialogues N] [--minutes M]
                                        [--out FILE.md] [key=value ...]

- Each method's requests are then sent again, all at once and without our code between them. The
  speed of the run over that of these is what waiting for each other costs.
- `--dummy` needs no weights: vLLM draws them, in the shape named (`own`: that of MODEL_DIR, which
  then is a configuration with a tokenizer). Such a model writes nothing of use. So the texts are
  those of the scripted engine, and vLLM reads every prompt and writes as many tokens, without
  grammars. SHAPE other than `own` needs the configuration of a Llama model.
- What cannot end within `--minutes` (default: 8, loading included) is left out, judged by the
  dialogues that warm the engine up.
- key=value are settings, such as engine.max_num_seqs=512 or engine.device=cpu.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from benchmarks.methods.compare_methods import ROOT, RUNS
from benchmarks.methods.h100 import lengthened
from benchmarks.methods.play import Played, figures, play_on, shown
from benchmarks.results import replace_section
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import RunConfig, ScriptedConfig, validate_config
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.engine.vllm.engine import VllmEngine, _sampling

METHODS = ("fast", "baseline, guided, drawn values")
SHAPES: dict[str, dict[str, Any]] = {
    "own": {},
    "llama-1b": {
        **{"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16},
        **{"num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64},
        "vocab_size": 128256,
    },
    "llama-8b": {
        **{"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32},
        **{"num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128},
        **{"vocab_size": 128256, "tie_word_embeddings": False},
    },
}
_WARM_UP = 8  # dialogues


@dataclass(frozen=True, slots=True)
class Part:
    """One method's run, and the seconds that its requests took when sent at once."""

    played: Played
    bare: float


class Logged(VllmEngine):
    """Keeps the requests that it answered, to be sent again."""

    log: list[Request]

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer one request, and keep it."""
        self.log.append(request)
        return await self._generate(request, priority)

    async def _generate(self, request: Request, priority: int) -> Completion:
        return await super().generate(request, priority)


class Dummy(Logged):
    """Reads and writes as many tokens as are wanted; what it says is drawn from the schema."""

    _scripted = ScriptedEngine(ScriptedConfig(kind="scripted"))

    async def _generate(self, request: Request, priority: int) -> Completion:
        """Let the model write as much as the drawn answer has, and return that."""
        schema = request.schema and lengthened(request.schema)
        drawn = await self._scripted.generate(replace(request, schema=schema))
        length = len(self._llm.get_tokenizer().encode(drawn.text))
        made = await super()._generate(replace(request, max_tokens=length), priority)
        if made.finish not in ("stop", "length"):
            return made
        return replace(made, text=drawn.text, finish=drawn.finish)

    async def _answer(self, ids: list[int], request: Request, room: int, priority: int) -> Any:
        from vllm.inputs.engine import tokens_input

        self._submitted += 1
        wanted = _sampling(replace(request, schema=None), room)
        wanted.ignore_eos, wanted.min_tokens, wanted.repetition_detection = True, room, None
        name = f"{request.dialogue}:{self._submitted}"
        outputs = self._llm.generate(tokens_input(ids), wanted, name, priority=priority)
        return [output async for output in outputs][-1]


def main() -> None:
    options = _options()
    until = time.monotonic() + 60 * options.minutes
    config = _config(METHODS[0], options, _WARM_UP, seed=2)
    engine = (Dummy if options.dummy else Logged).start(config.engine)  # type: ignore[arg-type]
    engine.log = []
    with asyncio.Runner() as runner:
        parts = dict(runner.run(_measured(engine, options, until)))
    text = markdown(parts, options, engine.describe())
    print(f"\n{text}")
    if options.out:
        replace_section("gpu", text, options.out)


async def _measured(
    engine: Logged, options: argparse.Namespace, until: float
) -> list[tuple[str, Part]]:
    """Return the methods that could be played in time."""
    began = time.monotonic()
    await play_on(engine, _config(METHODS[0], options, _WARM_UP, seed=2))
    most = (time.monotonic() - began) * options.dialogues / _WARM_UP  # alone, they take longest
    parts: list[tuple[str, Part]] = []
    for name in METHODS:
        if parts and time.monotonic() + most > until:
            print(f"{name}: left out, no time is left for it")
            continue
        began = time.monotonic()
        parts.append((name, await _part(engine, _config(name, options, options.dialogues, seed=1))))
        most = 3 * (time.monotonic() - began)  # the baseline writes and reads more
    await engine.close()
    return parts


async def _part(engine: Logged, config: RunConfig) -> Part:
    await engine.forget_prefixes()
    engine.log.clear()
    played = await play_on(engine, config)
    requests = list(engine.log)
    await engine.forget_prefixes()
    began = time.monotonic()
    await asyncio.gather(*map(engine.generate, requests))
    return Part(played, time.monotonic() - began)


def _config(name: str, options: argparse.Namespace, dialogues: int, seed: int) -> RunConfig:
    preset, *levers = RUNS[name]
    engine = {"kind": "vllm", "model": str(options.model), "max_num_seqs": 256}
    if options.dummy:
        shape = SHAPES[options.dummy]
        engine |= {"args": {"load_format": "dummy", **({"hf_overrides": shape} if shape else {})}}
    preset_settings = OmegaConf.load(ROOT / f"configs/{preset}.yaml")
    preset_settings.pop("engine")
    merged = OmegaConf.merge(
        *(preset_settings, {"engine": engine}),
        OmegaConf.from_dotlist([*levers, *options.overrides]),
        {"dialogues": dialogues, "seed": seed},
    )
    return validate_config(OmegaConf.to_container(merged), name)


def markdown(parts: dict[str, Part], options: argparse.Namespace, engine: dict[str, Any]) -> str:
    """Return what each method did in a GPU-hour, and its speed over that of bare vLLM."""
    weights = f"weights drawn in the shape {options.dummy}, no grammars" if options.dummy else ""
    what = ", ".join(filter(None, (options.model.name, weights)))
    lines = [
        "## Methods on one GPU",
        "",
        f"{what}; vLLM {engine['vllm']} on {engine['device']}, {engine['dtype']},"
        f" {engine['max_num_seqs']} requests at once, room for {engine['kv_cache_tokens']:,} tokens"
        f" in its cache. {options.dialogues} dialogues each. Costs per planned dialogue.",
        "",
        "|  | accepted | accepted / GPU-hour | GPU-seconds | calls | output tokens | prompt tokens"
        " | cached | uncached prompt tokens | output tokens/s | of bare vLLM |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(f"| {name} | {' | '.join(_cells(part))} |" for name, part in parts.items()),
    ]
    if len(parts) > 1:
        ours, theirs = (figures(parts[name].played)[7] for name in METHODS)
        lines += ["", f"Accepted per GPU-hour, first over second: {_over(ours, theirs)}."]
    return "\n".join(lines) + "\n"


def _cells(part: Part) -> Iterator[str]:
    usage, planned, seconds = part.played.usage, part.played.planned, part.played.engine_seconds
    yield f"{part.played.accepted} of {planned}"
    yield shown(3600 * part.played.accepted / seconds)
    yield shown(seconds / planned)
    for total in (usage.calls, usage.output_tokens, usage.prompt_tokens):
        yield shown(total / planned)
    yield f"{usage.cached_tokens / usage.prompt_tokens:.1%}"
    yield shown((usage.prompt_tokens - usage.cached_tokens) / planned)
    yield shown(usage.output_tokens / seconds)
    yield shown(part.bare / seconds)


def _over(above: float, below: float) -> str:
    return shown(above / below) if below else "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, metavar="MODEL_DIR")
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    parser.add_argument("--dummy", choices=SHAPES, metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--dialogues", type=int, default=400)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--out", type=Path, help="a Markdown file; its section `gpu` is replaced")
    return parser.parse_intermixed_args()


if __name__ == "__main__":
    main()
