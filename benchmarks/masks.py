"""What constrained texts cost the engine: grammar to compile, and a mask for every token.

    python benchmarks/masks.py MODEL_DIR [MODEL_DIR ...] [--texts 12] [--write]

Before an engine samples a token of a constrained answer it works out which tokens of its vocabulary
the grammar admits: CPU time of one thread, for every token of every sequence, while the model
waits. Here xgrammar does just that, without a model, for texts around values as `fast` asks for
them, with the tokenizers of the models named. Beside our own grammar stand the two it replaced:
letters of a word counted (`{0,17}`), and the JSON schema with its pattern as it is.
"""

import argparse
import itertools
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import xgrammar
from results import replace_section
from transformers import AutoTokenizer

from toolace_mt.around import text_schema
from toolace_mt.engine.answers import closed
from toolace_mt.engine.grammar import schema_grammar
from toolace_mt.seeds import derive_random
from toolace_mt.slots import fill_slots, slots_in, spoken
from toolace_mt.tools.pool import load_pool
from toolace_mt.tools.values import draw
from toolace_mt.trajectory import JsonObject, Tool

Compile = Callable[[Any, JsonObject], Any]
_TOOLS = load_pool("starter").tools
_FEW = 2  # texts for the schema as it is, which takes seconds each


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


WAYS: dict[str, Compile] = {
    "rules, letters not counted (in use)": ours,
    "rules, letters counted": counted,
    "JSON schema": as_it_is,
}


def texts(count: int) -> Iterator[tuple[JsonObject, str]]:
    """Yield schemas of texts around values, and an answer to each: two requests in one message."""
    rng = derive_random("masks")
    requests = filter(None, (_request(rng.choice(_TOOLS), rng) for _ in itertools.count()))
    for _ in range(count):
        (one, first), (other, second) = next(requests), next(requests)
        text = f"{one} {other}"
        answer = json.dumps({"turn_0": text}, separators=(",", ":"))
        yield closed({"turn_0": text_schema([*first, *second], like=text)}), answer


def _request(tool: Tool, rng: random.Random) -> tuple[str, list[str]] | None:
    """Return what a user says to have a tool called, and the values in it."""
    values = draw(tool.parameters, rng)
    for usage in tool.usage:
        slots = slots_in(usage.user)
        if slots and set(slots) <= values.keys():
            return fill_slots(usage.user, values), [spoken(values[slot]) for slot in slots]
    return None


def measure(model: Path, way: Compile, count: int) -> tuple[list[float], list[float]]:
    """Return CPU milliseconds: of compiling each text, and of the mask before each token."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    size = json.loads((model / "config.json").read_bytes())["vocab_size"]
    info = xgrammar.TokenizerInfo.from_huggingface(tokenizer, vocab_size=size)
    compiler = xgrammar.GrammarCompiler(info, max_threads=1)
    bits = xgrammar.allocate_token_bitmask(1, size)
    compiled, masked = [], []
    for schema, answer in texts(count):
        began = time.process_time()
        matcher = xgrammar.GrammarMatcher(way(compiler, schema))
        compiled.append(1000 * (time.process_time() - began))
        for token in tokenizer(answer, add_special_tokens=False).input_ids:
            began = time.process_time()
            matcher.fill_next_token_bitmask(bits)
            masked.append(1000 * (time.process_time() - began))
            if not matcher.accept_token(token):
                raise SystemExit(f"{answer}: refused by its own grammar")
    return compiled[1:], masked  # the first text also pays for what all have in common


def table(model: Path, count: int) -> str:
    """Return the costs of one vocabulary, a row for each way to say the grammar."""
    rows = [
        "| grammar of a text | compile, median ms | mask of a token, mean ms | most |",
        "|---|---:|---:|---:|",
    ]
    for name, way in WAYS.items():
        compiled, masked = measure(model, way, _FEW if way is as_it_is else count)
        mean = sum(masked) / len(masked)
        rows.append(f"| {name} | {median(compiled):,.1f} | {mean:.3f} | {max(masked):.1f} |")
        print(rows[-1], flush=True)
    return "\n".join([f"{model.name}:", "", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "models", nargs="+", type=Path, help="directories with tokenizer and config"
    )
    parser.add_argument("--texts", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    options = parser.parse_args()
    found = [table(model, options.texts) for model in options.models]
    if options.write:
        replace_section("masks", "\n\n".join(("## Masks of constrained texts", *found)))


if __name__ == "__main__":
    main()
