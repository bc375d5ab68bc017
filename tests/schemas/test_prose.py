import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.schemas.patterns import _parsed, bounded, parsed
from toolace_mt.schemas.prose import draw_text

PATTERNS = [
    r"[^{}]{5,80}\{origin_city\}[^{}\n]{1,60}\{date\}[^{}]{0,40}\{outputs\[0\]\.n\}[^{}]{3,50}",
    r"[A-Z][A-Za-z ,']{4,60} \{city\}[A-Za-z ,']{1,60}\{day\}([A-Za-z ,']{0,60}[a-z])?[.!?]",
    r"^[A-Z]{2}-\d{4}$",
    r"[a-z0-9_-]{3,20}",
    r"(yes|no): [^{}\n]{5,60}\.",
    r"[^{}]{1,2}\{x\}",
    r"\w+@\w+\.(com|org)",
    r".+",
    r"^([a-fA-F0-9]{0,4}:){1,8}\/[0-9]{1,3}$",
    r'[ -"]{3}',
    r"[A-Z][a-z ]{0,3}[a-z]",
    r"[A-Z][A-Z a-z]{2,5}[A-Z]",
    r"\S+ \D{2}\W\s",
    r"[^x]{2}[é-ü]",
    r"[a-z ]{2,3}[a-z ]{2,3}[a-z]",
    r"(ab?c*|[^\d]d+){2,}",
    r"\bword\b",
    r"",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_match_their_pattern_and_the_bounded_one_is_part_of_it(pattern):
    rng = random.Random(7)
    narrow = bounded(pattern)
    for _ in range(200):
        assert re.fullmatch(pattern, draw_text(pattern, rng))
        assert re.fullmatch(pattern, draw_text(narrow, rng))
    assert bounded(narrow) == narrow


@given(st.integers(0, 10**6))
def test_sentences_around_slots_read_as_words(seed):
    pattern = (
        r"[A-Z][A-Za-z ,']{4,60} \{city\}[A-Za-z ,']{1,60}\{day\}([A-Za-z ,']{0,60}[a-z])?[.!?]"
    )
    text = draw_text(pattern, random.Random(seed))
    assert re.fullmatch(r"[A-Z][a-z ]+ \{city\}( [a-z]+)* \{day\}( [a-z]+)*[.!?]", text), text
    assert "  " not in text
    assert text == draw_text(pattern, random.Random(seed))


def test_lengths_reach_from_the_bounds_on():
    rng = random.Random(0)
    lengths = {len(draw_text(r"[a-z ]{3,12}", rng)) for _ in range(500)}
    assert lengths == set(range(3, 13))
    narrowed = {len(draw_text(r"^[a-z ]+$", rng, 5, 7)) for _ in range(200)}
    assert narrowed == {5, 6, 7}


@pytest.mark.parametrize(
    "pattern", [r"(?=a)a", r"(a)\1", r"a(?!b)", r"(", r"\p{L}", r"[\x00-\x02]"]
)
def test_what_cannot_be_turned_round_is_refused(pattern):
    with pytest.raises(ValueError, match=r"\w"):
        draw_text(pattern, random.Random(0))


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [('say "hi"', 0, None), (r"a\\b", 0, None), (r'["\\]{2}', 0, None), ("[a-z]{3}", 5, 9)],
)
def test_no_bounded_form_for_what_would_break_the_json_around_it(pattern, low, high):
    with pytest.raises(ValueError, match=r"\w"):
        bounded(pattern, low, high)


def test_bounded_has_no_open_end():
    assert bounded(r"\d+") == "^[0-9]{1,64}$"
    assert bounded(r"(ab)*") == "^(ab){0,8}$"
    assert bounded(r"[a-z]+", 3, 10) == "^[a-z]{3,10}$"
    rng = random.Random(0)
    anything = "".join(draw_text(bounded(r"[^a-z]{2}"), rng) for _ in range(2000))
    assert not set(anything) & set('"\\\n')


PIECES = [
    r"\{",
    "ab",
    "-",
    " ",
    r"[A-Z ,\]]",
    r"[^{}]{1,9}",
    r"(a|\(b|[)]x)?",
    "(cd)",
    "(e){2}",
    r"(i( j){0,2} [(]?)?",
    "(k(l|m)?)",
    "(n(o(p)))",
    "f?",
    "g|h",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
def test_a_pattern_read_piece_by_piece_is_what_it_is_as_a_whole(pattern: str) -> None:
    assert parsed(pattern) == _parsed(pattern)
