"""Patterns rewritten as grammar rules admit the same answers, and compile fast."""

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.engine.vllm.grammar import schema_grammar
from toolace_mt.schemas.prose import draw_text
from toolace_mt.texts.constrained import text_schema

xgrammar = pytest.importorskip("xgrammar", reason="comes with toolace-mt[cpu] or [gpu]")

PATTERNS = (
    r"^[A-Z][a-z ,]{2,12} \{origin\}( on \{date\})?[.!?]$",
    r"^(ab|c|d[0-9]{2}){1,3}-?x$",
    r"^\{outputs\[0\]\.price\} EUR\.$",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    r"^[a-c]+z*$",
    r"^(x|)y$",
    r"^[A-Z][a-z]{0,4}( [a-z]{1,6}){0,3} \(?\{city\}\)?$",
)


def answers(*patterns: str) -> str:
    properties = {f"p{n}": {"type": "string", "pattern": p} for n, p in enumerate(patterns)}
    return json.dumps(
        {
            "type": "object",
            "properties": {**properties, "count": {"type": "integer"}},
            "required": [*properties, "count"],
            "additionalProperties": False,
        }
    )


def compiler(*words: str) -> "xgrammar.GrammarCompiler":
    vocabulary = [chr(code) for code in range(32, 127)] + [*words, "</s>"]
    tokens = xgrammar.TokenizerInfo(vocabulary, stop_token_ids=[len(vocabulary) - 1])
    return xgrammar.GrammarCompiler(tokens)


def admits(grammar: str, text: str) -> bool:
    matcher = xgrammar.GrammarMatcher(compiler().compile_grammar(grammar))
    return bool(matcher.accept_string(text) and matcher.is_completed())


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), place=st.integers(0, 40), other=st.sampled_from("aZ0 {}.-x"))
def test_the_same_texts_are_admitted(pattern: str, seed: int, place: int, other: str) -> None:
    grammar = schema_grammar(answers(pattern))
    assert grammar is not None
    text = draw_text(pattern, random.Random(seed))
    assert admits(grammar, f'{{"p0":"{text}","count":3}}')
    changed = text[:place] + other + text[place + 1 :]
    expected = re.fullmatch(pattern, changed) is not None
    assert admits(grammar, f'{{"p0":"{changed}","count":3}}') is expected


@pytest.mark.parametrize(
    ("times", "least", "most"), [("*", 0, 9), ("+", 1, 9), ("{2,}", 2, 9), ("{0,3}", 0, 3)]
)
def test_repetitions_have_their_bounds(times: str, least: int, most: int) -> None:
    grammar = schema_grammar(answers(f"^x[ab]{times}$"))
    assert grammar is not None
    for count in range(6):
        admitted = admits(grammar, f'{{"p0":"x{"a" * count}","count":3}}')
        assert admitted is (least <= count <= most), count


def test_everything_around_the_patterns_stays_as_the_schema_says() -> None:
    grammar = schema_grammar(answers("^[a-z]{1,9}$", "^[a-z]{1,9}$"))
    assert grammar is not None
    assert admits(grammar, '{"p0":"ab","p1":"cd","count":-12}')
    for wrong in (
        '{"p0": "ab","p1":"cd","count":1}',  # whitespace
        '{"p1":"ab","p0":"cd","count":1}',
        '{"p0":"ab","p1":"cd"}',
        '{"p0":"ab","p1":"cd","count":"1"}',
        '{"p0":"ab","p1":"cd","count":1,"more":2}',
    ):
        assert not admits(grammar, wrong)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 9},
        {"type": "string", "pattern": "^[^{}]+$"},  # not what it admits, but what it does not
        {"type": "string", "pattern": '^"[a-z]+"$'},  # JSON writes a quote as two characters
        {"type": "string", "pattern": "^.+$"},
        {"type": "string", "pattern": "^é+$"},
        {"type": "string", "pattern": "^[a-z]+$", "maxLength": 4},
        {"type": "string", "pattern": "^(?=a)[a-z]+$"},
        {"type": "string", "pattern": "^(?i:a)[a-z]+$"},
        {"type": "string", "pattern": r"^[a-z ]+\bx[a-z ]+$"},
        {"type": "object", "properties": {"pattern": {"type": "string"}}},
    ],
)
def test_what_cannot_be_rewritten_exactly_is_left_alone(schema: dict[str, object]) -> None:
    assert schema_grammar(json.dumps(schema)) is None


def shared_rules(*values: str) -> list[str]:
    pattern = text_schema(values, like=f"From {values[0]} to there on {values[-1]}, please.")
    grammar = schema_grammar(answers(str(pattern["pattern"])))
    assert grammar is not None
    return [line for line in grammar.splitlines() if line.startswith("shared_")]


def test_what_is_dear_to_compile_is_the_same_whatever_the_values() -> None:
    """The engine's compiler knows rules again; only those with values in them are new."""
    rules = shared_rules("Oslo", "2026-03-14")
    assert rules == shared_rules("North Harbor", "May 4")
    assert rules
    assert not [rule for rule in rules if "Oslo" in rule]


def test_no_letters_are_counted_and_no_word_consists_of_several_rules() -> None:
    """Either made masks of tokens many times as dear (benchmarks/throughput/masks.py)."""
    for rule in shared_rules("Oslo", "2026-03-14"):
        name, _, body = rule.partition(" ::= ")
        assert "shared_" not in body, name
        counts = re.findall(r"\]\{\d+,(\d*)\}", body)
        assert all(int(most or 99) <= 3 for most in counts), rule
