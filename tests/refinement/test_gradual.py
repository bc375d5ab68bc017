"""What the user leaves out of a gradual request, and how a correction speaks of a value."""

from toolace_mt.refinement.injections.extension import in_speech
from toolace_mt.refinement.injections.gradual import _without
from toolace_mt.refinement.said import Said


def test_what_is_left_of_a_request_has_no_sentence_about_what_is_missing() -> None:
    said = Said(
        "Make a scene called '{name}' for our {area}. The music volume is {volume}.",
        ("name", "area", "volume"),
        {"name": "Coffee", "area": "terrace", "volume": 60},
    )
    left = _without(said, ["volume", "name"])
    assert left.template == "Make a scene for our {area}."
    assert left.slots == ("area",)
    assert left.values == {"area": "terrace"}
    assert _without(said, ["area"]).template.endswith("The music volume is {volume}.")


def test_a_value_is_spoken_of_without_its_unit() -> None:
    assert in_speech("bill_amount_usd") == "bill amount"
    assert in_speech("stay.radius_km") == "radius"
    assert in_speech("km") == "km"
