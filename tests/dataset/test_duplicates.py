import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.dataset.duplicates import PERMUTATIONS, Sketches, bands
from toolace_mt.texts.ngrams import words_of

WORDS = [f"w{n}" for n in range(400)]


def turn(text: str, role: str = "user", **more):
    return {"role": role, "content": text, "calls": [], "outputs": [], **more}


def text(seed: int, words: int = 300) -> list[str]:
    return random.Random(seed).choices(WORDS, k=words)


def changed(words: list[str], places: int) -> list[str]:
    """Replace words that are far from each other, so that each costs three 3-grams."""
    new = list(words)
    for place in range(1, places + 1):
        new[place * 8] = f"other{place}"
    return new


def repeated(limit: float, *dialogues) -> dict[str, str]:
    sketches = Sketches(limit)
    sketches.add([(str(n), turns) for n, turns in enumerate(dialogues)])
    return sketches.repeated()


def jaccard(a: list[str], b: list[str]) -> float:
    sets = [{tuple(words[i : i + 3]) for i in range(len(words) - 2)} for words in (a, b)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@pytest.mark.parametrize(
    ("places", "limit", "found"), [(2, 0.9, True), (16, 0.9, False), (16, 0.6, True)]
)
def test_what_is_more_alike_than_the_limit_is_a_duplicate(places, limit, found):
    for seed in range(20):
        words = text(seed)
        other = changed(words, places)
        assert (jaccard(words, other) > limit + 0.05) is found or not found
        said = repeated(limit, [turn(" ".join(words))], [turn(" ".join(other))])
        assert ("near duplicate of 0 (similarity 0." in said.get("1", "")) is found, (seed, said)


def test_one_copy_is_kept_and_its_copies_are_compared_with_it_alone():
    """A chain of small steps away from the first is cut where the first is no longer alike."""
    words = text(1)
    chain = [changed(words, places) for places in range(30)]
    said = repeated(0.8, *([turn(" ".join(words))] for words in chain))
    assert all("of 0 " in said[n] for n in "123")
    later = [int(n) for n in said if "of 0 " not in said[n]]
    assert 4 < min(later) < 29
    assert len(said) < 29


def test_all_that_is_said_makes_a_dialogue_exactly_the_same():
    call = {"id": "c1", "name": "find", "arguments": {"a": 1, "b": 2}}
    again = {**call, "id": "c9", "arguments": {"b": 2, "a": 1}}
    output = {"call_id": "c1", "content": {"n": 3}}
    first, last = turn("Hello there my friend"), turn("", "tool", outputs=[output])
    turns = [first, turn("", "assistant", calls=[call]), last]
    same = [first, turn("", "assistant", calls=[again]), last]
    other = [*turns[:2], turn("", "tool", outputs=[{**output, "content": {"n": 4}}])]
    for limit in (1.0, 0.99):
        assert repeated(limit, turns, same, other)["1"] == "exact duplicate of 0"
    assert "2" not in repeated(1.0, turns, same, other)


@settings(max_examples=30)
@given(st.floats(0.3, 0.99))
def test_banding_finds_pairs_at_the_limit(limit):
    count = bands(limit)
    rows = PERMUTATIONS // count
    assert rows * count == PERMUTATIONS
    assert 1 - (1 - limit**rows) ** count >= 0.99


def test_languages_without_spaces_are_compared_too():
    said = "明日の朝、東京から大阪まで行く電車を予約してください。窓側の席がいいです。"
    assert len(words_of(said)) > 20
    assert [*repeated(0.8, [turn(said)], [turn(said + "はい")])] == ["1"]


def test_there_may_be_nothing_to_compare():
    assert repeated(0.9) == {}
    assert repeated(0.9, [], [turn("a b")]) == {}
