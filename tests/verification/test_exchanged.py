"""Values of a reply in each other's place: told from words that only look like a field's name."""

from typing import Any

import pytest
from dialogues import Script, reply, tool, user

from toolace_mt.verification import check


def exchanged(told: dict[str, Any], text: str) -> list[str]:
    script = Script(tool("look", code="string")).say(user("Tell me about Z-81."))
    made = script.call(("look", {"code": "Z-81"}, told)).say(reply(text)).done("told")
    return [found.message for found in check(made) if "is spoken of" in found.message]


def test_two_values_in_the_place_of_each_other_are_found() -> None:
    assert exchanged({"price": 18, "stock": 72}, "Its price is 72, and its stock is 18.")
    assert exchanged({"price": 18, "stock": 72}, "It costs 72, and its stock is 18.")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"rate": 14, "deposit": 300}, "Your deposit earns 14 percent, and it costs 300 to open."),
        ({"stock": 40, "days": 13}, "In the next days 40 arrive, and 13 are left until Friday."),
        ({"length": 12, "seats": 40}, "The seats run along 12 metres, and it takes 40 people."),
        ({"length": 12, "seats": 40}, "The seats run along 12 metres, and it is 40 years long."),
        ({"population": 5000, "visits": 300}, "Visits find 5000 at home, and 300 people come."),
        ({"distance": 14, "age": 36}, "It is 14 km away, and its age is 36."),
        ({"rating": 14, "visits": 36}, "It is rated 14, and has had 36 visits."),
        ({"reviews": 14, "stock": 36}, "It has 14 reviews, and 36 are available."),
        ({"temperature": 14, "wind": 36}, "It is 14 degrees warm, and the wind blows at 36."),
    ],
)
def test_a_word_of_another_meaning_names_no_field(told: dict[str, Any], text: str) -> None:
    assert exchanged(told, text) == []
