"""Times of day of other languages in one form."""

import pytest

from toolace_mt.verification.provenance.parsing.tongues import plain


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("um halb 4", "3:30"),
        ("treffen um halb elf", "10:30"),
        ("a las 9 y media", "9:30"),
        ("alle 3 e mezza", "3:30"),
        ("à 9 et quart", "9:15"),
        ("mañana a las once y media", "11:30"),
    ],
)
def test_parts_of_an_hour_are_read_whatever_else_the_text_has(text: str, read: str) -> None:
    assert f"at {read}" in plain(text)


@pytest.mark.parametrize("text", ["one e mail", "room 4 y plan", "halb so gut", "table 7 et al"])
def test_words_that_name_no_part_of_an_hour_stay(text: str) -> None:
    assert plain(text) == text
