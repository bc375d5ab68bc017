"""Patterns rewritten as grammar rules admit the same answers, and compile fast."""

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.calls.ask import read_json
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
    vocabulary = [chr(code) for code in range(127)] + [*words, "</s>"]
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
        {"type": "string"},
        {"type": "string", "maxLength": 9, "format": "date"},
        {"enum": [{"type": "string", "maxLength": 9}]},
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


def free(least: int = 0, most: int | None = 200) -> str:
    bounds = {"minLength": least} | ({} if most is None else {"maxLength": most})
    grammar = schema_grammar(json.dumps({"type": "string", **bounds}))
    assert grammar is not None
    return grammar


NOTE = 'The "Dune" file:\n\tC:\\temp\\a, 5\u2033 wide.'


@pytest.mark.parametrize("text", [NOTE, '"Dune" is in.', "Goodbye!\n", "Price: 3 €, naïve, 東京"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_bounded_texts_may_hold_quotes_backslashes_and_line_breaks(
    text: str, ascii_only: bool
) -> None:
    written = json.dumps(text, ensure_ascii=ascii_only)
    assert admits(free(8, 600), written)
    assert read_json(written) == text


@given(st.text(st.characters(codec="utf-8"), max_size=120))
@settings(deadline=None)
def test_what_json_writes_of_a_text_is_admitted_and_read_back(text: str) -> None:
    written = json.dumps(text, ensure_ascii=False)
    assert admits(free(most=7 * 121), written)
    assert read_json(written) == text


@pytest.mark.parametrize(("least", "most"), [(0, 20), (3, 20), (0, 200), (8, 600), (20, None)])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_whatever_the_grammar_lets_through_is_json(least: int, most: int | None, seed: int) -> None:
    """A walk over admitted tokens, with rare ends, as of a model that knows nothing."""
    rng = random.Random(seed)
    compiled = compiler().compile_grammar(free(least, most))
    matcher = xgrammar.GrammarMatcher(compiled)
    bits = xgrammar.allocate_token_bitmask(1, 128)
    text = ""
    while not matcher.is_completed():
        matcher.fill_next_token_bitmask(bits)
        admitted = [n for n in range(127) if int(bits[0, n // 32]) >> (n % 32) & 1]
        token = rng.choice([n for n in admitted if chr(n) != '"'] or admitted)
        if len(text) > 60 and ord('"') in admitted and not text.endswith("\\"):
            token = ord('"')
        assert matcher.accept_token(token)
        text += chr(token)
    value = json.loads(text)  # strict: no raw control characters
    assert value.encode()  # no half of a surrogate pair


@pytest.mark.parametrize("raw", ["\n", "\t", "\x00", "\x1f"])
@pytest.mark.parametrize("most", [20, 200])
def test_no_control_character_stands_raw(raw: str, most: int) -> None:
    assert admits(free(most=most), '"two words"')
    assert not admits(free(most=most), f'"two{raw}words"')


def test_lengths_are_characters_of_short_texts_and_words_of_long_ones() -> None:
    assert admits(free(2, 31), f'"{"x" * 31}"')
    assert not admits(free(2, 31), f'"{"x" * 32}"')
    assert not admits(free(2, 31), '"x"')
    assert admits(free(most=210), json.dumps(" ".join(["word"] * 31)))
    assert not admits(free(most=210), json.dumps(" ".join(["word"] * 32)))
    assert not admits(free(8, 600), '""')
    assert not admits(free(8, 600), '"Hi"')


def test_bounded_texts_stand_beside_patterns_in_arrays_and_unions() -> None:
    note = {"type": "string", "maxLength": 90}
    schema = {
        "type": "object",
        "properties": {
            "note": {"anyOf": [note, {"type": "null"}]},
            "tags": {"type": "array", "items": note, "maxItems": 2},
            "day": {"type": "string", "pattern": "^[0-9]{4}$"},
        },
        "required": ["note", "tags", "day"],
        "additionalProperties": False,
    }
    grammar = schema_grammar(json.dumps(schema))
    assert grammar is not None
    for noted in (None, NOTE):
        answer = {"note": noted, "tags": [NOTE, ""], "day": "2026"}
        assert admits(grammar, json.dumps(answer, separators=(",", ":"), ensure_ascii=False))
