"""Passages are found latest first, and none is read further back than a look-up needs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.verification.provenance.evidence import Evidence
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
        found = [passage.label for passage in made.having("words", frozenset((word,)))]
        assert found == [f"turn {at}" for at in reversed(range(len(texts))) if texts[at] == word]


@given(st.lists(st.sampled_from(("red", "green", "red green", "green blue")), max_size=150))
def test_all_words_of_several_have_to_stand_in_a_passage(texts: list[str]) -> None:
    found = [
        passage.label for passage in history(texts).having("words", frozenset(("red", "green")))
    ]
    assert found == [f"turn {at}" for at in reversed(range(len(texts))) if texts[at] == "red green"]


def test_words_that_never_stand_together_are_looked_for_in_few_passages() -> None:
    class Counted(Passage):
        looked = 0

        def __getattribute__(self, name: str) -> Any:
            if name == "words":
                Counted.looked += 1
            return super().__getattribute__(name)

    def looked_into(count: int) -> int:
        made = History()
        made.every += [Counted("user", "", WORDS[at % 2]) for at in range(count)]
        apart = frozenset(WORDS[:2])
        assert list(made.having("words", apart)) == []  # older passages are read once
        Counted.looked = 0
        assert list(made.having("words", apart)) == []
        return Counted.looked

    assert 0 < looked_into(1280) == looked_into(2560)


@pytest.mark.parametrize("count", [5, 40, 200])
def test_passages_before_the_one_found_are_not_read(count: int) -> None:
    made = history([*["green"] * count, "red"])
    assert next(made.having("words", frozenset(("red",)))).label == f"turn {count}"
    assert not any("words" in passage.__dict__ for passage in made.every[:-1])


def test_a_word_told_once_is_no_word_told_twice() -> None:
    known = Evidence()
    known.tell("user", "turn 0", "Is it a very good one?")
    assert known.holding(" very ") is not None
    assert known.holding(" very very ") is None
