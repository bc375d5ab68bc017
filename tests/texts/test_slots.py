import re

from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.slots import (
    SlotNames,
    fill_slots,
    rename_slots,
    slots_in,
    spoken,
    template_of,
    value_slots,
)
from toolace_mt.trajectory import ToolCall, ToolOutput, Turn

WORD = st.text("abcdefghijklmnop", min_size=3, max_size=9)


@given(st.lists(WORD, min_size=1, max_size=4, unique=True))
def test_a_text_becomes_a_template_and_back(values: list[str]) -> None:
    slots = {f"slot_{number}": value for number, value in enumerate(values)}
    text = "I want " + " and then ".join(values) + ", please."
    template = template_of(text, slots)
    assert set(slots_in(template)) == set(slots)
    assert fill_slots(template, slots) == text


@given(
    st.text("ab _1.é ", max_size=20),
    st.dictionaries(st.sampled_from("pqrst"), st.text("ab _1.é ", min_size=1, max_size=4)),
)
def test_values_become_slots_as_one_expression_over_all_would_have_it(
    text: str, values: dict[str, str]
) -> None:
    slot_of = {said: slot for slot, said in reversed(values.items()) if said.strip()}
    words = "|".join(re.escape(said) for said in sorted(slot_of, key=len, reverse=True))
    whole = rf"(?<!\w)(?:{words})(?!\w)" if words else "(?!)"
    expected = re.sub(whole, lambda match: "{" + slot_of[match[0]] + "}", text)
    assert template_of(text, values) == expected


def test_values_are_found_as_whole_words_and_longest_first() -> None:
    values = {"count": 2, "date": "2026-05-02", "city": "York", "metropolis": "New York"}
    template = template_of("2 seats to New York on 2026-05-02", values)
    assert template == "{count} seats to {metropolis} on {date}"


def test_values_are_said_as_people_say_them() -> None:
    assert spoken(["a", "b", "c"]) == "a, b and c"
    assert spoken([7]) == "7"
    assert spoken(12.0) == "12"
    assert spoken({"city": "Rome"}) == "city Rome"


def test_two_values_never_share_a_slot() -> None:
    names = SlotNames()
    assert names.of_arguments(ToolCall("a", "f", {"city": "Rome", "flag": True})) == {
        "city": "city"
    }
    assert names.of_arguments(ToolCall("b", "f", {"city": "Oslo"})) == {"city": "city_2"}
    assert names.of_arguments(ToolCall("c", "f", {"city": "Rome"})) == {"city": "city"}


def test_slots_of_a_sub_task() -> None:
    turns = [
        Turn(
            "assistant", calls=(ToolCall("a", "f", {"who": {"name": "Ada"}, "tags": ["x", "y"]}),)
        ),
        Turn("tool", outputs=(ToolOutput("a", {"rows": [{"id": "r1"}], "note": "n" * 90}),)),
    ]
    assert value_slots(turns) == {
        "who.name": "Ada",
        "tags": ["x", "y"],
        "outputs[0].rows[0].id": "r1",
    }


def test_a_value_that_is_a_sentence_ends_once() -> None:
    assert fill_slots("Say: {text}.", {"text": "It is done."}) == "Say: It is done."
    assert fill_slots("Say: {text}.", {"text": "It is done"}) == "Say: It is done."
    assert fill_slots("Say: '{text}'.", {"text": "It is done."}) == "Say: 'It is done'."


def test_leaving_a_value_out_takes_its_preposition_along() -> None:
    template = "I fly from {origin} to {target} on {date}."
    assert without_slot(template, "date") == "I fly from {origin} to {target}."
    assert without_slot(template, "origin") == "I fly to {target} on {date}."
    assert without_slot("An annual {x} in the\n{x}, to {y}", "x") == "An annual, to {y}"
    assert without_slot("To {y}", "x") == "To {y}"


def test_leaving_a_value_out_leaves_no_fragment() -> None:
    stated = "Can you ship it? The cart id is {cart_id}, the speed is {speed} and the day is {day}."
    assert without_slot(stated, "speed") == (
        "Can you ship it? The cart id is {cart_id} and the day is {day}."
    )
    assert without_slot(stated, "cart_id").endswith("? The speed is {speed} and the day is {day}.")
    assert without_slot("Ship it. The cart id is {cart_id}.", "cart_id") == "Ship it."
    messages = "Which messages in the {folder} folder mention {word}?"
    assert without_slot(messages, "folder") == "Which messages mention {word}?"
    assert without_slot("Read {a}. Then {b} and {a}.", "a") == "Read it. Then {b}."
    assert without_slot("What is {number} about?", "number") == "What is it about?"
    assert without_slot("A copy of {owner}/{repo}, please.", "repo") == "A copy of {owner}, please."
    mail = "Write to {to} with the subject '{subject}'. Send it now."
    assert without_slot(mail, "subject") == "Write to {to}. Send it now."
    assert without_slot("A table for {n} people at {time}.", "n") == "A table at {time}."
    assert without_slot("It has {outputs.size} bytes.", "outputs.size") == "It has bytes."


def test_renaming_leaves_other_slots() -> None:
    assert rename_slots("{a} and {b}", {"a": "x"}) == "{x} and {b}"
