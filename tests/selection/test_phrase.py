import random
from typing import Any

import pytest

from toolace_mt.query import Condition, Selection, Source
from toolace_mt.selection.phrase import phrase_of
from toolace_mt.selection.words import field_words, noun_of

ROW = {
    **{"offer_id": "x", "price_usd": 20, "rating": 4.5, "leaves_at": "08:00", "bedrooms": 3},
    **{
        "status": "shipped",
        "capacity": 80,
        "hotel_name": "Mill",
        "offer_name": "A",
        "sent_on": "2026-01-01",
    },
}


def phrases(**changes: Any) -> set[str]:
    said = Selection((Source("c", "offers"),), changes.pop("field", "offer_id"), **changes)
    return {phrase_of(said, [ROW, ROW], random.Random(seed)) for seed in range(9)}


@pytest.mark.parametrize(
    ("by", "descending", "said"),
    [
        ("price_usd", False, "the cheapest offer"),
        ("rating", True, "the best rated offer"),
        ("leaves_at", False, "the earliest offer"),
        ("sent_on", True, "the newest offer"),
        ("bedrooms", True, "the offer with the most bedrooms"),
        ("capacity", False, "the offer with the lowest capacity"),
    ],
)
def test_an_order_is_said_in_the_words_of_its_field(by: str, descending: bool, said: str) -> None:
    assert said in phrases(by=by, descending=descending, pick="first")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition("leaves_at", "after", "12:00"), "the offer after noon"),
        (Condition("status", "not_equal", "shipped"), "the offer whose status is not shipped"),
        (Condition("offer_name", "equal", "A"), "the offer called A"),
        (Condition("hotel_name", "equal", "Mill"), "the offer at Mill"),
        (Condition("sender", "not_equal", "Mill"), "the offer not from Mill"),
        (Condition("stars", "at_least", 4), "the offer with a star rating of at least 4"),
        (Condition("visit_minutes", "at_most", 20), "the offer that takes at most 20 minutes"),
        (Condition("bedrooms", "at_least", 3), "the offer with at least 3 bedrooms"),
        (Condition("price_usd", "at_most", 20), "the offer for at most 20 dollars"),
    ],
)
def test_a_filter_follows_the_noun(condition: Condition, said: str) -> None:
    assert phrases(where=(condition,)) == {said}


def test_a_field_of_the_chosen_row_is_named() -> None:
    found = phrases(field="leaves_at", by="price_usd", pick="second")
    assert found == {"the departure time of the second cheapest offer"}


def test_wordings_differ_by_the_seed() -> None:
    assert phrases(by="price_usd", pick="first") == {
        "the cheapest offer",
        "the cheapest of the offers",
    }


@pytest.mark.parametrize(
    ("path", "field", "noun"),
    [
        ("open_times", "slot_id", "open time"),
        ("results", "order_id", "order"),
        ("", "price", "one"),
    ],
)
def test_a_row_is_called_after_its_list_or_its_key(path: str, field: str, noun: str) -> None:
    assert noun_of(path, field) == noun


def test_words_that_are_no_nouns_become_some() -> None:
    assert field_words("paid_usd", "", 3.5) == "amount paid"
    assert field_words("return_by", "", "12:00") == "return time"
    assert field_words("ready_on", "", "2026-01-01") == "ready date"
