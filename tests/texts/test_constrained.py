import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.calls.ask import Unreadable
from toolace_mt.schemas.prose import draw_text
from toolace_mt.texts.constrained import held, prose_pattern, read_text, text_schema, tidy, worded
from toolace_mt.texts.slots import spoken


def test_pattern_wants_every_slot_once_and_in_order() -> None:
    pattern = re.compile(prose_pattern(["{city}", "{outputs[0].price}"]))
    assert pattern.fullmatch("In {city} it costs {outputs[0].price} dollars.")
    assert pattern.fullmatch("{city} costs {outputs[0].price}")
    assert pattern.fullmatch("{city} {outputs[0].price}")
    assert not pattern.fullmatch("Pro{city} costs {outputs[0].price}.")
    assert not pattern.fullmatch("In {city}it costs {outputs[0].price}.")
    assert not pattern.fullmatch("It costs {outputs[0].price} in {city}.")
    assert not pattern.fullmatch("In {city} it costs nothing.")
    assert not pattern.fullmatch("In {city} {other} costs {outputs[0].price}.")


def test_pattern_has_single_blanks_and_words_that_end() -> None:
    pattern = re.compile(prose_pattern(["{city}"]))
    assert pattern.fullmatch("We go to {city}'s museum (again), too.")
    assert pattern.fullmatch("Two nights ({city}), please.")
    assert pattern.fullmatch("'{city}', in your words.")
    assert not pattern.fullmatch("We go to  {city}.")
    assert not pattern.fullmatch("We go to {city}  again.")
    assert not pattern.fullmatch("We go to {city} ")
    assert not pattern.fullmatch("We go to {city} at .")
    assert pattern.fullmatch("We go (you and I), and/or he (well), to {city}.")
    assert not pattern.fullmatch("We go ---- ---- to {city}.")
    assert not pattern.fullmatch("We go,again to {city}.")
    assert not pattern.fullmatch("We go (((over to {city}.")
    assert not pattern.fullmatch(f"We go{' on' * 16} to {{city}}.")
    assert not re.fullmatch(prose_pattern([]), "We go  to the sea and back.")


def test_pattern_leaves_room_for_a_few_words_more_than_the_example() -> None:
    like = "I would like to go to Bath by train on the 5th, please."
    pattern = re.compile(prose_pattern(["Bath", "5th"], like=like))
    assert pattern.fullmatch(like)
    assert pattern.fullmatch("Bath 5th")
    assert pattern.fullmatch("To Bath by a fast train and then on the 5th, if it is there.")
    assert not pattern.fullmatch(f"To Bath{' by' * 9} 5th.")
    assert not pattern.fullmatch(f"To Bath by train on the 5th{' or' * 7}.")
    other = re.compile(prose_pattern(["Bath", "5th"], like="On the 5th to Bath."))
    assert other.fullmatch(f"To Bath{' by' * 14} 5th.")
    assert not other.fullmatch(f"To Bath{' by' * 15} 5th.")


def test_pattern_of_a_question() -> None:
    pattern = re.compile(prose_pattern([], question=True, about="party size"))
    assert pattern.fullmatch("Of course, what is the party size?")
    assert not pattern.fullmatch("Of course, what is the city?")
    assert not pattern.fullmatch("The party size is fine.")


def test_tidy_ends_a_sentence() -> None:
    assert tidy("Book {city}. And then I") == "Book {city}."
    assert tidy("Good. Book {city} for") == "Good. Book {city} for."
    assert tidy("Is {city}  nice?") == "Is {city} nice?"
    assert tidy("Write: '{text}'") == "Write: '{text}'."
    assert tidy("Write: {text} and '") == "Write: {text} and."


def test_values_stand_in_a_template_as_far_as_a_grammar_can_hold_them() -> None:
    values = {"city": "Bath", "note": 'say "hi"', "name": "Zoë", "rows": "x" * 121, "n": 4}
    assert worded("{n} in {city}: {note}, {name}, {rows}", values) == (
        "4 in Bath: {note}, {name}, {rows}"
    )
    assert held(["n", "name", "city"], values) == ("4", "{name}", "Bath")


def test_a_text_must_hold_its_values() -> None:
    values = {"city": "New York", "state": "York", "n": 2, "also": 2, "note": 'say "hi"'}

    def read(text: str, *slots: str) -> str:
        return read_text({"user": text}, "user", slots, values)

    assert read("2 nights in New York and", "n", "city") == "2 nights in New York and."
    assert read("York, no, New York", "state", "city") == "York, no, New York."
    assert read("2 rooms for 2", "n", "also") == "2 rooms for 2."
    assert read("Write {note} to 2", "note", "n") == 'Write say "hi" to 2.'
    for text, slots in (
        ("In New York.", ("city", "state")),
        ("In 2026.", ("n",)),
        ("In {city}, {other}.", ("city",)),
        ("Write it to 2.", ("note", "n")),
        (" ", ()),
    ):
        with pytest.raises(Unreadable):
            read(text, *slots)
    assert read_text({"user": "Anything {goes}"}, "user", None, {}) == "Anything {goes}"


VALUES = st.one_of(
    st.text(min_size=1, max_size=30).filter(str.strip),
    st.integers(-999, 10**6),
    st.floats(-100, 100, allow_nan=False),
    st.lists(st.text("ab c", min_size=1, max_size=5).filter(str.strip), min_size=1, max_size=3),
)


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(0, 10**6))
def test_what_the_schema_admits_holds_every_value(values: list[object], seed: int) -> None:
    named = {f"slot_{number}": value for number, value in enumerate(values)}
    pattern = text_schema(held(tuple(named), named))["pattern"]
    text = draw_text(pattern, random.Random(seed))
    assert re.fullmatch(pattern, text)
    written = json.loads(json.dumps({"user": text}))
    said = read_text(written, "user", tuple(named), named)
    for value in values:
        assert " ".join(spoken(value).split()).rstrip(".") in " ".join(said.split())


def test_drawn_prose_is_made_of_words_in_small_letters() -> None:
    texts = [draw_text(prose_pattern(["5th"]), random.Random(seed)) for seed in range(40)]
    behind = [text.partition("5th")[2].split()[1:] for text in texts]
    assert max(map(len, behind)) > 2
    assert not [word for words in behind for word in words if word != word.lower()]


def test_a_letter_before_prose_is_written_beside_it() -> None:
    for seed in range(200):
        assert re.fullmatch("[a-z][a-z ]{6,9}", draw_text("[a-z][a-z ]{6,9}", random.Random(seed)))
