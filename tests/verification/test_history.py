"""Passages are found latest first, and none is read further back than a look-up needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.verification.provenance.history import History
from toolace_mt.verification.provenance.passage import Passage

WORDS = ("red", "green", "blue")


def history(texts: list[str]) -> History:
    made = History()
    made.every += [Passage("user", f"turn {at}", text) for at, text in enumerate(texts)]
    return made


@given(st.lists(st.sampled_from(WORDS), max_size=150))
def test_all_passages_with_a_word_are_found_in_order(texts: list[str]) -> None:
    made = history(texts)
    for word in WORDS:
        found = [passage.label for passage in made.having("words", word)]
        assert found == [f"turn {at}" for at in reversed(range(len(texts))) if texts[at] == word]
        assert made.has("words", word) == (word in texts)


@pytest.mark.parametrize("count", [5, 40, 200])
def test_passages_before_the_one_found_are_not_read(count: int) -> None:
    made = history([*["green"] * count, "red"])
    assert made.has("words", "red")
    assert not any("words" in passage.__dict__ for passage in made.every[:-1])
