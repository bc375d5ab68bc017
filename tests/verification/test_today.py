"""What day it is, as texts tell."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.verification.provenance.parsing.dates import read_dates
from toolace_mt.verification.provenance.parsing.today import today_in


def test_a_day_that_is_told_is_today() -> None:
    assert today_in("today is 2026-05-04.", marked=True) == date(2026, 5, 4)
    assert today_in("delivered on 2026-05-04.", marked=True) is None
    assert today_in("delivered on 2026-05-04.", marked=False) == date(2026, 5, 4)


def test_a_date_without_a_day_is_no_day() -> None:
    assert today_in("today is 2026-05-00, they say", marked=True) is None


@given(st.text(alphabet="0123456789-/.: ", max_size=40))
def test_every_date_that_is_read_has_a_reading(digits: str) -> None:
    assert all(read_dates(digits))
    today_in(f"today is {digits}", marked=True)
