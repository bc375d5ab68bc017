"""Measures what constrained texts cost an engine: compiling grammars, and a mask for every token.

    python -m benchmarks.throughput.masks MODEL_DIR [MODEL_DIR ...] [--answers 40] [--write]

Before an engine samples a token of a constrained answer, it works out which tokens the grammar
admits. This takes CPU time of one thread, for every token of every sequence, while the model waits.
Here xgrammar does only that, without a model, with the tokenizers of the models named. Requests are
those of `fast` for texts, answers are the examples in their prompts. Our grammar is compared with
one that counts the letters of a word (`{0,17}`), and with the JSON schema and its patterns.

A second table has bounded strings without a pattern, which all other kinds of calls ask for. Our
rules count words and admit escapes. They are compared with rules that count characters and escapes,
and with the JSON schema, which counts characters and refuses escapes (its answer here has none).
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import xgrammar
from transformers import AutoTokenizer

from benchmarks.methods.play import play_on
from benchmarks.results import replace_section
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig, load_config
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.engine.vllm.grammar import schema_grammar
from toolace_mt.trajectory import JsonObject

Compile = Callable[[Any, JsonObject], Any]
FAST = Path(__file__).parents[2] / "configs" / "fast.yaml"


def ours(compiler: Any, schema: JsonObject) -> Any:
    """Compile as the engine is given it."""
    return compiler.compile_grammar(schema_grammar(json.dumps(schema)))


def counted(compiler: Any, schema: JsonObject) -> Any:
    """Compile with the letters of every word counted."""
    text = json.dumps(schema)
    return compiler.compile_grammar(schema_grammar(re.sub(r"\]\*(?=\[)", "]{0,17}", text)))


def as_it_is(compiler: Any, schema: JsonObject) -> Any:
    """Compile the JSON schema."""
    return compiler.compile_json_schema(
        json.dumps(schema), any_whitespace=False, separators=(",", ":")
    )


def escaped(compiler: Any, schema: JsonObject) -> Any:
    """Compile a bounded string as characters, each of them counted, or an escape."""
    char = r'[^"\\\x00-\x1f]'
    runs = rf'{char}{{0,{schema["maxLength"]}}} ("\\" ["\\/bfnrt] {char}{{0,100}}){{0,8}}'
    return compiler.compile_grammar(f'root ::= "\\"" {runs} "\\""\n')


FREE = (
    'The flight from Lisbon to Oslo leaves at 10:30 on Friday, it costs "119.5 EUR".\nShall I'
    " book it for you now, or would you like others?"
)
STRINGS: dict[str, tuple[Compile, str]] = {
    "rules, words counted (in use)": (ours, json.dumps(FREE)),
    "rules, characters counted": (escaped, json.dumps(FREE)),
    "JSON schema, no escapes": (as_it_is, json.dumps(FREE.replace('"', "'").replace("\n", " "))),
}
WAYS: dict[str, Compile] = {
    "rules, letters not counted (in use)": ours,
    "rules, letters counted": counted,
    "JSON schema": as_it_is,
}


class Noting(ScriptedEngine):
    """Writes texts from the seed, and notes what it was asked for, with the example as answer."""

    def __init__(self) -> None:
        super().__init__(ScriptedConfig(kind="scripted"))
        self.noted: list[tuple[JsonObject, str]] = []

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        """Answer a request, and note one for texts."""
        if request.kind == "fill" and request.schema is not None:
            example = json.loads(request.user.rpartition("\n")[2])
            self.noted.append((request.schema, json.dumps(example, separators=(",", ":"))))
        return await super().generate(request, priority)


def asked_for(count: int) -> list[tuple[JsonObject, str]]:
    """Return schemas of the first requests for texts that `fast` makes, each with an answer."""
    engine = Noting()
    asyncio.run(play_on(engine, load_config(FAST, [f"dialogues={count}"])))
    return engine.noted[:count]  # a dialogue makes one at least


def measure(
    model: Path, way: Compile, requests: list[tuple[JsonObject, str]]
) -> tuple[list[float], list[float]]:
    """Return CPU milliseconds: of compiling each grammar, and of the mask before each token."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    size = json.loads((model / "config.json").read_bytes())["vocab_size"]
    info = xgrammar.TokenizerInfo.from_huggingface(tokenizer, vocab_size=size)
    compiler = xgrammar.GrammarCompiler(info, max_threads=1)
    bits = xgrammar.allocate_token_bitmask(1, size)
    compiled, masked = [], []
    for schema, answer in requests:
        began = time.process_time()
        matcher = xgrammar.GrammarMatcher(way(compiler, schema))
        compiled.append(1000 * (time.process_time() - began))
        for token in tokenizer(answer, add_special_tokens=False).input_ids:
            began = time.process_time()
            matcher.fill_next_token_bitmask(bits)
            masked.append(1000 * (time.process_time() - began))
            if not matcher.accept_token(token):
                raise SystemExit(f"{answer}: refused by its own grammar")
    return compiled, masked


def table(model: Path, requests: list[tuple[JsonObject, str]]) -> str:
    """Return the costs of one vocabulary, a row for each way to say the grammar."""
    rows = [
        "| grammar of an answer | compile, median ms | mask of a token, mean ms | most |",
        "|---|---:|---:|---:|",
    ]
    for name, way in WAYS.items():
        compiled, masked = measure(model, way, requests)
        compiled = compiled[1:]  # the first also pays for what all have in common
        mean = sum(masked) / len(masked)
        rows.append(f"| {name} | {median(compiled):,.1f} | {mean:.3f} | {max(masked):.1f} |")
        print(rows[-1], flush=True)
    return "\n".join([f"{model.name}:", "", *rows])


def strings(model: Path) -> str:
    """Return what bounded strings cost, a row for each way and length."""
    rows = [
        "| a string of at most | compile, once, ms | mask of a token, mean ms | most |",
        "|---|---:|---:|---:|",
    ]
    for length in (200, 600):
        for name, (way, answer) in STRINGS.items():
            schema: JsonObject = {"type": "string", "maxLength": length}
            (compiled,), masked = measure(model, way, [(schema, answer)])
            mean, most = sum(masked) / len(masked), max(masked)
            rows.append(f"| {length}: {name} | {compiled:,.1f} | {mean:.3f} | {most:.1f} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "models", nargs="+", type=Path, help="directories with tokenizer and config"
    )
    parser.add_argument("--answers", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    options = parser.parse_args()
    requests = asked_for(options.answers)
    found = [f"{table(model, requests)}\n\n{strings(model)}" for model in options.models]
    if options.write:
        replace_section("masks", "\n\n".join(("## Masks of constrained texts", *found)))


if __name__ == "__main__":
    main()
