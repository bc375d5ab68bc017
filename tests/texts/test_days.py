import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.texts.days import fits_today, timely

TODAY = "2026-08-15"


def moved(value: Any, seed: int = 0) -> Any:
    return timely(value, TODAY, random.Random(seed))


def test_what_is_done_now_has_the_day_of_today() -> None:
    output = {"changed_at": "2027-01-15T16:25:00Z", "sent_at": "2025-02-01T08:00:00Z"}
    assert moved(output) == {
        "changed_at": "2026-08-15T16:25:00Z",
        "sent_at": "2026-08-15T08:00:00Z",
    }


def test_what_is_planned_lies_ahead_and_what_happened_behind() -> None:
    output = {"ready_on": "2026-02-16", "messages": [{"received_on": "2027-02-03"}]}
    new = moved(output)
    assert new["ready_on"] > TODAY > new["messages"][0]["received_on"]


def test_days_that_fit_and_birthdays_stay() -> None:
    asked = {"visit_date": "2026-09-10", "since_date": "2026-07-15", "birth_date": "1961-03-12"}
    assert moved(asked) == asked
    assert timely({"visit_date": "1999-01-01"}, "", random.Random(0)) == {
        "visit_date": "1999-01-01"
    }


@given(st.lists(st.dates(), min_size=1), st.integers(0, 9))
def test_days_of_one_sort_keep_their_order_and_fit_today(days: list[Any], seed: int) -> None:
    near = [day.replace(year=2026 + day.year % 2) for day in days if (day.month, day.day) < (2, 28)]
    rows = [{"received_on": day.isoformat()} for day in near]
    new = [row["received_on"] for row in moved(rows, seed)]
    assert sorted(range(len(new)), key=lambda i: new[i]) == sorted(
        range(len(near)), key=lambda i: near[i]
    )
    assert all(fits_today({"received_on": day}, TODAY) for day in new)
