import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.report.diversity import distinct, entropy, measure, texts_of
from toolace_mt.texts.ngrams import words_of
from toolace_mt.trajectory import ToolCall, ToolOutput, Trajectory, Turn

TURNS = (
    Turn("user", "Is the train late?"),
    Turn("assistant", calls=(ToolCall("a", "t", {}), ToolCall("b", "t", {}))),
    Turn("tool", "never counted", outputs=(ToolOutput("a", "x"), ToolOutput("b", "y"))),
    Turn("assistant", "The train is late.", calls=(ToolCall("c", "t", {}),)),
    Turn("tool", outputs=(ToolOutput("c", "z"),)),
    Turn("assistant", "The train is on time."),
    Turn("user", "Thanks."),
    Turn("assistant", "Is the train late?"),
)


def test_words():
    assert words_of("It's a low-cost, 12-hour flight -- OK?") == [
        *("it's", "a", "low-cost", "12-hour", "flight", "ok")
    ]
    assert words_of("Zürich l’été") == ["zürich", "l’été"]


def test_hand_computed_dialogue():
    made = measure([Trajectory("d", 1, turns=TURNS), Trajectory("e", 1, turns=TURNS[6:])])
    assert (made.dialogues, made.turns, made.user_turns, made.calls) == (2, 5, 1.5, 1.5)
    assert made.calls_per_user_turn == 1
    # is the train late | the train is late | the train is on time | thanks | is the train late
    # | thanks | is the train late
    assert made.words == 4 + 4 + 5 + 1 + 4 + 1 + 4
    counts = {"is": 5, "the": 5, "train": 5, "late": 4, "on": 1, "time": 1, "thanks": 2}
    shares = [count / 23 for count in counts.values()]
    assert made.entropy == pytest.approx(-sum(p * math.log2(p) for p in shares))
    assert made.distinct[0] == 7 / 23
    # is the, the train, train late | train is, is late | is on, on time
    assert made.distinct[1] == 7 / (3 + 3 + 4 + 0 + 3 + 0 + 3)
    # is the train, the train late | the train is, train is late | train is on, is on time
    assert made.distinct[2] == 6 / (2 + 2 + 3 + 0 + 2 + 0 + 2)


def test_only_the_first_words_count_for_diversity_and_all_turns_for_the_means():
    made = measure([Trajectory("d", 1, turns=TURNS)], words=6)
    assert made.words == 6  # is the train late | the train
    assert made.distinct == (4 / 6, 3 / 4, 1.0)
    assert made.turns == 8


def test_nothing_gives_zeros():
    made = measure([])
    assert (made.turns, made.calls_per_user_turn, made.entropy, made.distinct) == (
        0,
        0,
        0,
        (0,) * 3,
    )


def test_tool_outputs_are_not_prose():
    texts = texts_of([Trajectory("d", 1, turns=TURNS)])
    assert len(texts) == 5
    assert "never" not in {word for text in texts for word in text}


def test_entropy_of_known_distributions():
    assert entropy(Counter("abcd")) == 2
    assert entropy(Counter("aabbccdd" * 9)) == pytest.approx(2)
    assert entropy(Counter("aaaa")) == 0
    assert entropy(Counter("aab")) == pytest.approx(math.log2(3) - 2 / 3)


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=50))
def test_entropy_agrees_with_the_textbook_in_numpy(counts):
    shares = np.array(counts) / sum(counts)
    expected = float(-(shares * np.log2(shares)).sum())
    assert entropy(Counter({str(i): n for i, n in enumerate(counts)})) == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=8), max_size=8), st.integers(1, 3))
def test_distinct_counts_whole_ngrams_inside_texts(texts, n):
    grams = ["".join(t[i : i + n]) for t in texts for i in range(len(t)) if i + n <= len(t)]
    assert distinct(texts, n) == (len(set(grams)) / len(grams) if grams else 0)
