import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.tasks import Score, score

CALLS = {
    "expects": "calls",
    "calls": [
        {
            "name": "book",
            "arguments": {
                "id": "FL-3310",
                "seats": 2,
                "note": "By the window",
                "date": "2026-05-14T14:00:00",
                "cabin": "economy",
                "items": [{"sku": "A", "price": 1.5}],
                "city": "New York",
            },
            "rules": {
                "note": {"kind": "prose"},
                "date": {"kind": "name"},
                "cabin": {"kind": "choice", "of": ["economy", "first"]},
                "items[0].price": {"kind": "close", "within": 0.01},
                "city": {"kind": "name"},
            },
            "optional": {"cabin": ["economy"], "seats": [2], "lang": ["en"]},
        },
        {"name": "find", "arguments": {"q": "lamp"}},
    ],
}
FIND = {"name": "find", "arguments": {"q": "lamp"}}
REPLY = {"expects": "reply"}


def said(*functions, content=""):
    calls = [{"id": "x", "type": "function", "function": function} for function in functions]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def booked(**changed):
    arguments = CALLS["calls"][0]["arguments"] | changed
    return {"name": "book", "arguments": {k: v for k, v in arguments.items() if v is not ...}}


@pytest.mark.parametrize(
    "message",
    [
        said(booked(), FIND),
        said(FIND, booked()),
        said(FIND, booked(), content="Let me look."),
        said(booked(seats=2.0), FIND),
        said(booked(seats=...), FIND),
        said(booked(lang="en"), FIND),
        said(booked(note="at a window, please"), FIND),
        said(booked(date="2026-05-14 14:00"), FIND),
        said(booked(cabin="first"), FIND),
        said(booked(items=[{"price": 1.505, "sku": "A"}]), FIND),
        said(booked(city=" new  york "), FIND),
        said({"name": "find", "arguments": ' {"q" :\n"lamp"}'}, booked()),
    ],
)
def test_right_answers_are_rewarded(message):
    assert score(CALLS, message) == Score(1.0)
    assert score(json.dumps(CALLS), message) == Score(1.0)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (said(booked(id="FL-3311"), FIND), "id: 'FL-3311' in place of 'FL-3310'"),
        (said(booked(id=...), FIND), "id: missing"),
        (said(booked(seats="2"), FIND), "seats: '2'"),
        (said(booked(seats=True), FIND), "seats: True"),
        (said(booked(seats=3), FIND), "seats: 3"),
        (said(booked(lang="de"), FIND), "'lang': not expected"),
        (said(booked(note=" "), FIND), "note: ' '"),
        (said(booked(date="2026-05-14T15:00"), FIND), "date: "),
        (said(booked(cabin="business"), FIND), "cabin: 'business'"),
        (said(booked(cabin=None), FIND), "cabin: NoneType"),
        (said(booked(items=[]), FIND), "items: not a list of 1"),
        (said(booked(items=[{"sku": "A", "price": 1.6}]), FIND), "price: 1.6"),
        (said(booked(items={"0": 1}), FIND), "items: not a list"),
        (said(booked()), "2 calls were expected, 1 were made"),
        (said(booked(), FIND, FIND), "2 calls were expected, 3 were made"),
        (said(FIND, FIND), "book was expected, 'find' was called"),
        (said({"name": "Find", "arguments": {"q": "lamp"}}, booked()), "'Find' was called"),
        (said({"name": "find", "arguments": '{"q": "lamp"'}, booked()), "are no JSON"),
        (said({"name": "find", "arguments": "[1]"}, booked()), "are no object"),
        (said({"arguments": {}}, booked()), "it has no name"),
        (said(content="Done."), "2 calls were expected, 0"),
        ("Done.", "2 calls were expected, 0"),
        (None, "an object or a text, not NoneType"),
        ({"tool_calls": "none"}, "`tool_calls` is no list"),
    ],
)
def test_wrong_answers_are_not_and_the_reason_is_told(message, reason):
    got = score(CALLS, message)
    assert got.reward == 0.0
    assert any(reason in told for told in got.reasons), got.reasons


def test_a_reply_is_a_text_without_calls():
    assert score(REPLY, "Which day?").reward == 1.0
    assert score(REPLY, {"role": "assistant", "content": "Hi", "tool_calls": None}).reward == 1.0
    assert score(REPLY, {"role": "assistant", "content": None}).reasons == ("the reply is empty",)
    assert score(REPLY, said(FIND)).reasons == ("a reply was expected, 'find' was called",)


def test_calls_that_fit_several_places_are_matched_as_well_as_can_be():
    free = {"name": "find", "arguments": {"q": "x"}, "rules": {"q": {"kind": "prose"}}}
    key = {"expects": "calls", "calls": [free, FIND]}
    other = {"name": "find", "arguments": {"q": "stove"}}
    assert score(key, said(FIND, other)).reward == 1.0
    assert score(key, said(other, FIND)).reward == 1.0
    assert score(key, said(other, other)).reward == 0.0


def test_names_of_arguments_are_no_paths():
    want = {"name": "f", "arguments": {"a.b": 1}, "optional": {'["a.b"]': [1]}}
    key = {"expects": "calls", "calls": [want]}
    assert score(key, said({"name": "f", "arguments": {}})).reward == 1.0
    assert score(key, said({"name": "f", "arguments": {"a": {"b": 1}}})).reward == 0.0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.sampled_from(["book", "find", "", 7, None]), JSON), max_size=4), JSON)
def test_nothing_that_a_model_says_raises(calls, content):
    functions = [{"name": name, "arguments": arguments} for name, arguments in calls]
    for message in (said(*functions, content=content), content, {"tool_calls": content}):
        assert score(CALLS, message).reward == 0.0


@given(JSON, st.sampled_from(["id", "seats", "note", "date", "cabin", "items", "city"]))
def test_no_value_of_an_argument_raises(value, name):
    assert score(CALLS, said(booked(**{name: value}), FIND)).reward in (0.0, 1.0)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "9" * 10_000, '{"q": NaN}', '{"q": 1e999}', "\x00"]
)
def test_texts_that_are_hard_to_read_are_wrong(text):
    assert score(CALLS, said(booked(), {"name": "find", "arguments": text})).reward == 0.0
    assert score(CALLS, said(booked(seats=10**400), FIND)).reward == 0.0


def test_a_key_that_is_none_is_refused():
    with pytest.raises(ValueError, match="`expects`"):
        score({"calls": []}, "x")


def test_the_checker_needs_the_standard_library_alone():
    code = (
        "import sys, toolace_mt.tasks, toolace_mt.tasks.adapters; print(sorted({m.split('.')[0] "
        "for m in sys.modules} - set(sys.stdlib_module_names) - {'__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['toolace_mt']"
