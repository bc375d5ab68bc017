import pytest

from benchmarks.throughput.utilisation import speed


def test_load_ends_at_nine_tenths_of_the_tokens_and_begins_at_the_first_answer() -> None:
    answers = [(10.0 + second, 10) for second in range(10)]  # 100 tokens, from 10 s to 19 s
    found = speed(answers)
    assert found.load == pytest.approx(90 / 8)
    assert found.tail == pytest.approx(10 / 1)
    assert found.whole == pytest.approx(100 / 19)
    assert found.tokens == 100


def test_the_order_in_which_answers_are_told_does_not_matter() -> None:
    answers = [(3.0, 5), (1.0, 50), (2.0, 45)]
    assert speed(answers) == speed(sorted(answers))
