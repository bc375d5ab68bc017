"""Runs of digits, and that reading them once finds what searching the whole text finds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.verification.provenance.parsing.dates import minutes_in, moments_in
from toolace_mt.verification.provenance.parsing.numbers import numbers_in
from toolace_mt.verification.provenance.parsing.runs import Runs, read_runs

DIGITS = ("3", "12", "2025-06-03", "10:30", "5/6", "1,250.50", " ", "  ", "\n", "-", ".", ":")
LETTERS = ("a", "pm", "p.m", "a m", "th", "nd", "k", "million", "dozen", "march ", "of", "x", "é")
PIECES = st.lists(st.sampled_from([*DIGITS, *LETTERS, "万"]), max_size=12).map("".join)


@given(PIECES)
def test_runs_leave_nothing_out(lower: str) -> None:
    runs = read_runs(lower)
    unaware = Runs(set(re.findall(r"\d[\d.,:/-]*", lower)), None)
    assert set(runs) == set(unaware)
    assert minutes_in(lower, runs) == minutes_in(lower, unaware)
    assert moments_in(lower, runs) == moments_in(lower, unaware)
    assert numbers_in(lower, runs) == numbers_in(lower, unaware)


def test_what_follows_a_run_is_known_of_ascii_alone() -> None:
    runs = read_runs("at 3 pm, 2025-06-03 and 5th")
    assert set(runs) == {"3", "2025-06-03", "5"}
    assert runs.before == {"pm", "and", "th"}
    assert not runs.may_precede(frozenset("k"))
    assert read_runs("3 años").may_precede(frozenset("k"))
