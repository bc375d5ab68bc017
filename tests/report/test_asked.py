from dataclasses import replace

import pytest
from report_pages import derived

from toolace_mt.query import Derivation, Selection, Source
from toolace_mt.report.asked import asked, way
from toolace_mt.trajectory import ToolCall, Turn


def test_a_choice_has_its_phrase_its_query_and_its_place() -> None:
    chosen, known = asked(derived())
    assert (chosen.turn, chosen.path, chosen.kind) == (3, "calls[0].arguments.flight", "chosen")
    assert (chosen.phrase, chosen.told, chosen.reads) == ("the cheapest one", 0, 1)
    assert chosen.formula == "id of argmin(price) over turn 2, call00000: flights"
    assert chosen.places == (("call00000", "flights[1].id"),)
    assert (known.kind, known.formula, known.places, known.told) == ("known", "", (), 0)


def test_a_sum_has_the_places_of_all_that_it_adds() -> None:
    whole = Selection((Source("call00000", "flights"),), "price", pick="sum")
    derivation = Derivation("call00001", "total", (whole,), "all prices")
    (found,) = asked(replace(derived(), derivations=(derivation,)))
    assert found.kind == "computed"
    assert found.places == (("call00000", "flights[0].price"), ("call00000", "flights[1].price"))
    assert found.told == -1


def test_joined_tables_have_a_place_in_the_one_with_the_field() -> None:
    dialogue = derived()
    sources = (Source("call00000", "flights"), Source("call00002", "seats"))
    joined = Selection(sources, "seats", by="price", pick="first", key="id")
    first = dialogue.turns[2].outputs[0]
    second = replace(first, call_id="call00002", content={"seats": [{"id": "f2", "seats": 4}]})
    turns = list(dialogue.turns)
    turns[1] = replace(turns[1], calls=(*turns[1].calls, ToolCall("call00002", "find", {})))
    turns[2] = replace(turns[2], outputs=(first, second))
    derivation = Derivation("call00001", "count", (joined,), "x")
    (found,) = asked(replace(dialogue, turns=tuple(turns), derivations=(derivation,)))
    assert found.places == (("call00002", "seats[0].seats"),)
    assert found.reads == 2


@pytest.mark.parametrize(("said", "told"), [("Some time.", 0), ("Pour me.", 6)])
def test_a_phrase_is_looked_for_as_words_first(said: str, told: int) -> None:
    dialogue = derived()
    turns = (
        replace(dialogue.turns[0], content="For me, please."),
        *dialogue.turns[1:6],
        Turn("user", said),
        Turn("assistant", calls=(ToolCall("call00002", "book", {"who": "Ann"}),)),
    )
    known = Derivation("call00002", "who", (), "me")
    (found,) = asked(replace(dialogue, turns=turns, derivations=(known,)))
    assert found.told == told


def test_what_is_no_longer_there_is_left_out() -> None:
    dialogue = derived()
    assert asked(replace(dialogue, turns=(Turn("user", "Hello."),))) == []
    lost = replace(dialogue, turns=(*dialogue.turns[:2], *dialogue.turns[3:]))
    assert asked(lost)[0].places == ()


@pytest.mark.parametrize(
    ("kind", "source", "asked_as", "found"),
    [
        ("user", "turn 0 [value]", "", "told"),
        ("text", "3 of 4 words said before [text]", "", "told"),
        ("user", "system prompt [value]", "", "known"),
        ("user", "turn 0 [value]", "known", "known"),
        ("output", "turn 1: results[0].id [identifier]", "", "output"),
        ("output", "due of only over turn 1, call00000", "", "read"),
        ("chosen", "id of argmin(price) over turn 1, call00000: a", "", "chosen"),
        ("chosen", "count over turn 1, call00000: a", "", "computed"),
        ("chosen", "a of only over turn 1, c: x - b of only over turn 1, d", "", "computed"),
        ("derived", "turn 1: 3 * 20 [number]", "", "computed"),
        ("derived", "turn 1: the same date [date]", "", "output"),
        ("derived", "turn 0: the same date [date]", "", "told"),
        ("nowhere", "", "chosen", "nowhere"),
        ("schema", "its default", "", "schema"),
    ],
)
def test_ways_to_find_an_argument(kind: str, source: str, asked_as: str, found: str) -> None:
    assert way(kind, source, asked_as, ["user", "tool"]) == found
