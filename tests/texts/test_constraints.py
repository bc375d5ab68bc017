import random

import pytest

from toolace_mt.query import Derivation, Selection, Source
from toolace_mt.texts.constraints import about_row, asking, sayable
from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.profile import own_part
from toolace_mt.texts.slots import fill_slots
from toolace_mt.texts.world import consistent, facts_of, in_order
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn, UsageExample

CHEAPEST = Selection((Source("c", "flights"),), "x", (), "fare", pick="first")


@pytest.mark.parametrize(
    ("template", "path", "phrase", "said"),
    [
        ("Send {amount_usd} dollars.", "amount_usd", "the total fee", "Send the total fee."),
        ("Move it to {day}.", "day", "the refund date", "Move it to the refund date."),
        (
            "What is the status of flight {flight_id}?",
            "flight_id",
            "the cheapest flight",
            "What is the status of the cheapest flight?",
        ),
        (
            "Reserve room offer {room_offer_id} for me.",
            "room_offer_id",
            "the best rated offer",
            "Reserve the best rated offer for me.",
        ),
        ("Add it.", "entry_date", "the due date", "Add it. The entry date should be the due date."),
    ],
)
def test_a_phrase_stands_where_the_value_would(
    template: str, path: str, phrase: str, said: str
) -> None:
    each = Derivation("call1", path, (CHEAPEST,), phrase)
    slotted = asking(template, each, random.Random(0))
    assert fill_slots(slotted, {f"chosen[call1].{path}": phrase}) == said


def test_a_choice_that_the_template_does_not_name_is_said_first() -> None:
    each = Derivation("call1", "flight_id", (CHEAPEST,), "the cheapest flight")
    slotted = asking("Book it for me.", each, random.Random(0))
    assert slotted.endswith("{chosen[call1].flight_id}. Book it for me.")
    assert without_slot(slotted, "chosen[call1].flight_id") == "Book it for me."


def test_a_reply_tells_of_the_chosen_row_unless_it_singles_out_the_first() -> None:
    assert about_row("It is {outputs.a[0].x}.", 2) == "It is {outputs.a[2].x}."
    cheapest = "The cheapest is {outputs.a[0].x}."
    assert about_row(cheapest, 2) == cheapest


@pytest.mark.parametrize(
    ("parameter", "part"),
    [
        ("passenger_name", "name"),
        ("reserved_for", "name"),
        ("update_email", "email"),
        ("contact_phone", "phone"),
        ("shipping_address.street", "street"),
        ("town", "city"),
        ("recipient_name", ""),
        ("guest_email", ""),
        ("file_name", ""),
        ("destination_city", ""),
        ("email", ""),
    ],
)
def test_what_a_parameter_may_take_from_the_user(parameter: str, part: str) -> None:
    assert own_part(parameter) == part


def test_what_was_returned_or_written_of_an_entity_is_returned_again() -> None:
    rows = {"lights": [{"light_id": "L1", "brightness_now": 40, "room": "hall"}]}
    turns = (
        Turn("assistant", calls=(ToolCall("a", "find_lights", {}),)),
        Turn("tool", outputs=(ToolOutput("a", rows),)),
        Turn("assistant", calls=(ToolCall("b", "dim", {"light_id": "L1", "brightness": 5}),)),
        Turn("tool", outputs=(ToolOutput("b", {"status": "done"}),)),
    )
    drawn = {"lights": [{"light_id": "L1", "brightness_now": 90, "room": "attic"}]}
    again = consistent(drawn, {}, facts_of(turns))
    assert again == {"lights": [{"light_id": "L1", "brightness_now": 5, "room": "hall"}]}
    assert consistent({"brightness_now": 1}, {"light_id": "L2"}, facts_of(turns)) == {
        "brightness_now": 1
    }


def test_lists_are_in_the_order_that_their_description_promises() -> None:
    rows = [{"id": 1, "fare_usd": 30}, {"id": 2, "fare_usd": 10}]
    listed = {"type": "array", "description": "Flights found, cheapest first."}
    schema = {"type": "object", "properties": {"flights": listed}}
    assert in_order({"flights": rows}, schema, schema, "") == {"flights": rows[::-1]}
    assert in_order({"flights": rows}, {"properties": {"flights": {}}}, schema, "") == {
        "flights": rows
    }


@pytest.mark.parametrize(
    ("template", "path", "kept"),
    [
        ("I'll take it. Put it under the name {guest_name}.", "guest_name", "I'll take it."),
        ("Please keep me posted. My email is {email}.", "email", "Please keep me posted."),
        ("Please reserve the room for {guest_name}.", "guest_name", None),
        ("Send it to {email}.", "email", None),
    ],
)
def test_nobody_says_that_their_name_is_me(template: str, path: str, kept: str | None) -> None:
    [example] = sayable([UsageExample(template, "Done.")], [path])
    assert example.user == (kept or template)


def test_examples_that_speak_of_the_user_by_name_are_passed_over() -> None:
    usage = [
        UsageExample(f"{asked} {{town}}?", "Yes.") for asked in ("Who is in", "We just moved to")
    ]
    assert sayable(usage, ["town"]) == (usage[0],)
    named = UsageExample("Can {visitor_name} visit it on {day}?", "Yes.")
    plain = UsageExample("Book a visit for {visitor_name} on {day}.", "Done.")
    assert sayable([named, plain], ["visitor_name"]) == (plain,)


def test_a_statement_and_a_bound_leave_no_fragment() -> None:
    assert without_slot("I move to Rome. The kind should be {kind}.", "kind") == "I move to Rome."
    assert without_slot("Show homes with {rooms} rooms or more.", "rooms") == "Show homes."


def test_messages_are_not_taken() -> None:
    mail = Selection((Source("c", "messages"),), "message_id", pick="first")
    each = Derivation("call1", "message_id", (mail,), "the message from Pavel Novak")
    said = {asking("Answer it.", each, random.Random(seed)).split(" {")[0] for seed in range(20)}
    assert said == {"I mean", "It is", "The one I mean is"}
