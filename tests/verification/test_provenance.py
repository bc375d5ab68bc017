"""Where values come from: literal, derived, and nowhere; never from what comes later."""

import cProfile
import pstats
import string
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from dialogues import GOOD, Script, flights, reply, shopping, tool, user, weather
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace_mt.trajectory import Origin, Trajectory
from toolace_mt.verification import origins
from toolace_mt.verification.provenance.evidence import Evidence


def ask(
    said: str, name: str, value: Any, schema: Any = "string", returned: Any = None, system: str = ""
) -> Origin:
    """Return the origin of `value` as argument `name`, after the user said `said`.

    `returned` is what another tool has returned in answer to an earlier message.
    """
    script = Script(tool("use", **{name: schema}), tool("look", what="string"), system=system)
    if returned is not None:
        script.say(user("Look at everything first.")).call(
            ("look", {"what": "everything"}, returned)
        )
        script.say(reply("I have looked."))
    script.say(user(said)).call(("use", {name: value}, "ok")).say(reply("Done."))
    made = script.done("asked")
    wanted = len(made.turns) - 3
    (origin,) = (o for o in origins(made) if o.turn == wanted)
    return origin


NUMBER: dict[str, Any] = {"type": "number"}

TOLD: list[tuple[str, str, Any, Any, str]] = [
    ("Book FL-2093 for me", "flight_id", "FL-2093", "string", "user"),
    ("Fly me to new york", "city", "New York", "string", "user"),
    ("In São Paulo", "city", "Sao Paulo", "string", "user"),
    ("请问北京的天气", "city", "北京", "string", "user"),
    ("Call 555-123-4567", "phone", "5551234567", "string", "derived"),
    ("order FL2093", "order_id", "FL-2093", "string", "derived"),
    ("use wire transfer", "method", "wire_transfer", "string", "user"),
    ("use the wiretransfer", "method", "wire transfer", "string", "derived"),
    ("on May 14th, 2026", "date", "2026-05-14", "string", "derived"),
    ("on 14 May", "date", "2026-05-14", "string", "derived"),
    ("on 5/14/2026", "date", "2026-05-14", "string", "derived"),
    ("on 2026.5.14", "date", "2026-05-14", "string", "derived"),
    ("from 20260514", "date", "2026-05-14", "string", "derived"),
    ("on the 14th", "date", "2026-05-14", "string", "derived"),
    ("May 14 to 18, 2026", "date", "2026-05-18", "string", "derived"),
    ("from May 14, 2026 for 3 nights", "date", "2026-05-17", "string", "derived"),
    ("in May 2026", "date", "2026-05-31", "string", "derived"),
    ("during 2026", "date", "2026-12-31", "string", "derived"),
    ("tomorrow", "date", "2026-05-14", "string", "derived"),
    ("at 5 pm", "time", "17:00", "string", "derived"),
    ("at noon", "time", "12:00", "string", "derived"),
    ("at half past nine, 9:30 PM", "time", "21:30", "string", "derived"),
    ("in the morning", "time", "09:00", "string", "derived"),
    ("May 14, 2026 at 5:15pm", "start", "2026-05-14T17:15:00Z", "string", "derived"),
    ("from 8-11 tonight", "end_time", "23:00", "string", "derived"),
    ("between 3 to 5", "start", "15:00", "string", "derived"),
    ("How about 10, 11, and 12?", "start", "12:00", "string", "derived"),
    ("around 6 PM", "start_range", "17:00:00", "string", "derived"),
    ("at 9 for half an hour", "end_time", "09:30", "string", "derived"),
    ("from 9/15-9/21", "end", "2023-09-21", "string", "derived"),
    ("with 15-minute candles", "interval", "15m", "string", "derived"),
    ("daily data, please", "interval", "1D", "string", "derived"),
    ("news of the last day", "timeframe", "1 day", "string", "derived"),
    ("a house of $500,000, I have $100,000", "mortgage_amount", 400000, NUMBER, "derived"),
    ("for three people", "people", 3, NUMBER, "user"),
    ("twenty five chairs", "chairs", 25, NUMBER, "user"),
    ("two hundred thousand", "price", 200000, NUMBER, "user"),
    ("$1,250.50 please", "price", 1250.5, NUMBER, "user"),
    ("about 2.5k", "price", 2500, NUMBER, "user"),
    ("an interest of 7%", "rate", 0.07, NUMBER, "derived"),
    ("one and a half hours, 1.5", "duration_minutes", 90, NUMBER, "derived"),
    ("2 km away", "distance_meters", 2000, NUMBER, "derived"),
    ("5 ft 10", "height_inches", 70, NUMBER, "user"),
    ("for a week", "days", 7, NUMBER, "derived"),
    ("compounded quarterly", "times_per_year", 4, NUMBER, "derived"),
    ("until 11 PM", "closing_hour", 23, NUMBER, "derived"),
    ("in dollars", "currency", "USD", "string", "derived"),
    ("to NYC", "city", "New York, NY", "string", "derived"),
    ("in Paris", "city", "Paris, France", "string", "derived"),
    ("from Los Angeles", "airport", "LAX", "string", "derived"),
    ("shares of Netflix", "symbol", "NFLX", "string", "derived"),
    ("some apples", "item", "apple", "string", "derived"),
    ("the latest tech", "topic_area", "technology", "string", "derived"),
    ("for Ana and Joe", "people", "Joe, Ana", "string", "derived"),
    ("write that I am late for dinner", "message", "I will be late for dinner", "string", "text"),
    ("breakfast included", "breakfast", True, "boolean", "derived"),
    ("anything", "breakfast", True, "boolean", "schema"),
    ("anything", "mode", "fast", {"type": "string", "default": "fast"}, "schema"),
    ("anything", "mode", "fast", {"type": "string", "enum": ["fast", "slow"]}, "schema"),
    ("anything", "mode", "fast", {"type": "string", "description": "fast or slow"}, "schema"),
    ("anything", "limit", 25, {"type": "integer", "description": "Default is 25."}, "schema"),
    ("anything", "category", "any", "string", "schema"),
]

INVENTED: list[tuple[str, str, Any, Any]] = [
    ("Book FL-2093 for me", "flight_id", "FL-2098", "string"),
    ("Book FL-2093 for me", "flight_id", "FL-209", "string"),
    ("Call 555-123-4567", "phone", "5551234568", "string"),
    ("write to jon.smith@mail.example", "email", "jon.smyth@mail.example", "string"),
    ("on May 14th, 2026", "date", "2026-05-15", "string"),
    ("on May 14th, 2026", "date", "2025-05-14", "string"),
    ("on May 14th, 2026", "date", "2026-04-14", "string"),
    ("from May 14, 2026 for 3 nights", "date", "2026-05-19", "string"),
    ("next Friday", "date", "2026-05-14", "string"),  # a Thursday
    ("at 5 pm", "time", "18:00", "string"),
    ("from 8-11 tonight", "time", "22:00", "string"),
    ("around 6 PM", "time", "20:00", "string"),
    ("What is my balance now?", "date", "2026-05-14", "string"),
    ("in the morning", "time", "19:00", "string"),
    ("May 14, 2026 at 5:15pm", "start", "2026-05-14T17:45:00Z", "string"),
    ("for three people", "people", 5, NUMBER),
    ("with 15-minute candles", "interval", "1h", "string"),
    ("daily data, please", "interval", "2d", "string"),
    ("a house of $500,000, I have $100,000", "mortgage_amount", 450000, NUMBER),
    ("$1,250.50 please", "price", 1250.55, NUMBER),
    ("an interest of 7%", "rate", 0.08, NUMBER),
    ("in dollars", "currency", "EUR", "string"),
    ("in Paris", "city", "Lyon, France", "string"),
    ("to Oslo", "city", "Bergen", "string"),
    ("for Ana", "guest", "Bert", "string"),
    ("from Los Angeles", "airport", "DEN", "string"),
    ("about dinner", "message", "Quarterly revenue grew strongly in Asia", "string"),
    ("anything", "city", "Rome", {"type": "string", "description": "City, e.g. Rome"}),
    ("anything", "city", "Rome", {"type": "string", "examples": ["Rome"]}),
]


@pytest.mark.parametrize(("said", "name", "value", "schema", "kind"), TOLD)
def test_told_values(said: str, name: str, value: Any, schema: Any, kind: str) -> None:
    assert ask(said, name, value, schema).kind == kind


@pytest.mark.parametrize(("said", "name", "value", "schema"), INVENTED)
def test_invented_values(said: str, name: str, value: Any, schema: Any) -> None:
    assert ask(said, name, value, schema).kind == "nowhere"


def test_an_output_is_named_by_its_path() -> None:
    found = {"results": [{"id": "A-1"}, {"id": "B-2", "tags": ["red", "green"]}]}
    said = "Take the second."
    assert ask(said, "item_id", "B-2", returned=found).source == (
        "turn 2: results[1].id [identifier]"
    )
    assert ask(said, "tag", "green", returned=found).source == "turn 2: results[1].tags[1] [value]"


def test_a_value_that_outputs_tell_again_and_again_comes_from_the_first_place() -> None:
    script = Script(tool("look", what="string"), tool("use", code="string"))
    for seen in ({"old": "none"}, {"code": "K77Q", "again": "K77Q"}, {"code": "K77Q"}):
        script.say(user("Look.")).call(("look", {"what": "it"}, seen)).say(reply("I have looked."))
    script.say(user("Use it.")).call(("use", {"code": "K77Q"}, "ok")).say(reply("K77Q was used."))
    told = [origin.source for origin in origins(script.done("told twice")) if origin.turn > 12]
    assert told == ["turn 6: code [identifier]"] * 2


def test_a_boolean_of_an_output_does_not_tell_the_number_that_equals_it() -> None:
    known = Evidence()
    known.returned("turn 1", {"open": True, "closed": False, "seats": 4})
    assert known.value(1) is None
    assert known.value(0) is None
    assert known.value(4) == ("turn 1", ("seats",))


def test_sums_counts_and_rounded_values_of_outputs() -> None:
    found = {"items": [{"price": 20.25}, {"price": 31.5}, {"price": 44.0}]}
    for value in (95.75, 51.75, 11.25):
        assert ask("Pay.", "total_amount", value, NUMBER, found).kind == "derived"
    assert ask("Pay.", "entries", 3, NUMBER, found).kind == "derived"
    assert ask("Pay.", "price", 32, NUMBER, found).kind == "derived"
    assert ask("Pay.", "total_amount", 97.75, NUMBER, found).kind == "nowhere"


def test_a_small_count_is_not_explained_by_any_equal_number() -> None:
    found = {"seats_left": 14, "guests": 9}
    assert ask("Book.", "bags", 14, NUMBER, found).kind == "nowhere"
    assert ask("Book.", "guests", 9, NUMBER, found).kind == "output"


def test_relative_dates_are_checked_where_today_is_known() -> None:
    today = "Today is 2026-05-13, a Wednesday."
    for said, value in (
        ("tomorrow", "2026-05-14"),
        ("this Friday", "2026-05-15"),
        ("in 3 days", "2026-05-16"),
        ("next week", "2026-05-19"),
    ):
        assert ask(said, "date", value, system=today).kind == "derived"
        assert ask(said, "date", "2026-09-02", system=today).kind == "nowhere"
    clock = {"current_date": "2026-05-13"}
    script = Script(tool("get_date", zone="string"), tool("use", date="string"))
    script.say(user("What happens in Oslo tomorrow?"))
    script.call(("get_date", {"zone": "Oslo"}, clock))
    for value, kind in (("2026-05-14", "derived"), ("2026-05-24", "nowhere")):
        made = Script(*script.tools).say(*script.turns).call(("use", {"date": value}, "ok"))
        assert [o.kind for o in origins(made.done("clock")) if o.turn == 3] == [kind]


def test_a_day_named_exactly_counts_beside_other_dates() -> None:
    said = "I leave tomorrow at 8 am and come back on 9/20 for the rest of the year."
    today = "timestamp: 2023-09-11 09:00:00"
    assert ask(said, "start", "2023-09-12 08:00:00", system=today).kind == "derived"
    assert ask(said, "start", "2023-10-12 08:00:00", system=today).kind == "nowhere"
    assert ask("Monthly for the rest of the year", "due", "2023-12-01", system=today).kind == (
        "derived"
    )


def test_a_relative_word_of_long_ago_explains_no_date() -> None:
    script = Script(tool("use", date="string"))
    script.say(user("How are you today?"), reply("Fine."), user("And who are you?"), reply("Me."))
    script.say(user("Use it."), reply("When?"), user("On the day we spoke of."))
    script.call(("use", {"date": "2026-05-14"}, "ok"))
    assert [o.kind for o in origins(script.done("old"))] == ["nowhere"]

    script = Script(tool("use", date="string"))
    script.say(user("On Friday."), reply("How many?"), user("Two."), reply("Who?"), user("Us."))
    script.call(("use", {"date": "2026-05-15"}, "ok"))  # a Friday
    assert [o.kind for o in origins(script.done("weekday"))] == ["derived"]


def test_an_error_does_not_vouch_for_the_argument_that_it_quotes() -> None:
    def second(message: str) -> str:
        script = Script(tool("use", code="string"))
        script.say(user("Use it.")).call(("use", {"code": "K-881"}, {"error": message}), error=True)
        script.call(("use", {"code": "K-881"}, "ok"))
        return next(o.kind for o in origins(script.done("quoted")) if o.turn == 3)

    assert second("K-881 is unknown") == "nowhere"

    script = Script(tool("use", code="string"))
    script.say(user("Use it.")).call(
        ("use", {"code": "K-881"}, {"error": "K-881 is unknown, perhaps K-882?"}), error=True
    )
    script.call(("use", {"code": "K-882"}, "ok"))
    assert next(o.kind for o in origins(script.done("hint")) if o.turn == 3) == "output"


def test_values_count_only_before_their_use() -> None:
    script = Script(tool("use", code="string"))
    script.say(user("Use it.")).call(("use", {"code": "K-881"}, {"code": "K-881"}))
    script.say(reply("K-881 was used."), user("Use K-881 again."))
    script.call(("use", {"code": "K-881"}, "ok"))
    found = {o.turn: o for o in origins(script.done("later"))}
    assert (found[1].kind, found[3].kind, found[5].kind) == ("nowhere", "output", "user")


def test_the_system_prompt_counts_as_the_user() -> None:
    origin = ask("Use mine.", "user_id", "U-20931", system="The user is U-20931.")
    assert (origin.kind, origin.source) == ("user", "system prompt [identifier]")


def test_what_only_the_assistant_said_is_told_as_such() -> None:
    script = Script(tool("use", time="string"))
    script.say(user("Any time."), reply("Shall we say 16:40?"), user("Fine."))
    script.call(("use", {"time": "16:40"}, "ok"))
    assert [o.kind for o in origins(script.done("said")) if o.turn == 3] == ["derived"]


def test_values_of_replies() -> None:
    def kinds(text: str) -> list[str]:
        turns = (*flights().turns[:3], reply(text))
        return [o.kind for o in origins(replace(flights(), turns=turns)) if o.turn == 3]

    assert kinds("FL-2093 costs $412.50 and leaves at 9:40 AM.") == ["output", "output", "derived"]
    assert kinds("Together they cost $801.50.") == ["derived"]
    assert kinds("FL-2094 costs $412.60 and leaves at 9:45 AM.") == ["nowhere"] * 3
    assert kinds("On May 14th there are two.") == ["user"]
    assert kinds("On 5/14 at 5 pm or 9:40 am.") == ["derived", "nowhere", "derived"]
    assert kinds("It has 7/10 stars, on 2/29.") == ["nowhere", "nowhere"]
    assert kinds("1. Norwind\n2. Suncrest\n10. Nothing") == []
    assert kinds("Our partner Golden Wings says hello.") == ["nowhere"]


def test_what_the_user_and_an_output_have_told_a_reply_has_from_the_output() -> None:
    found = tool("find_order", order_id="string", people="integer")
    told = {"order_id": "AB-7714", "people": 12}
    talk = Script(found).say(user("Order AB-7714, for 12 people?")).call(("find_order", told, told))
    talk.say(reply("AB-7714 is booked for 12."))
    where = {(o.turn, o.kind, o.source.split(" [")[0]) for o in origins(talk.done("both"))}
    assert where == {
        (1, "user", "turn 0"),
        (3, "output", "turn 2: order_id"),
        (3, "output", "turn 2: people"),
    }


def test_a_reply_may_name_what_its_calls_have_passed() -> None:
    script = Script(tool("remind", due="string"), system="Today is 2026-05-13.")
    script.say(user("Remind me of it on Friday in two hours, it is 9:00."))
    script.call(("remind", {"due": "2026-05-15 11:00"}, {"12345678": {"status": "ok"}}))
    script.say(reply("Set for 5/15 at 11 am, number 12345678."))
    assert {o.kind for o in origins(script.done("named")) if o.turn == 3} == {"derived", "output"}


def test_sums_in_replies_need_words_that_say_so_and_numbers_that_are_akin() -> None:
    found = {
        "fares": [
            [{"price": 152, "seats": 31}, {"price": 103, "seats": 44}],
            [{"price": 140, "seats": 57}, {"price": 121, "seats": 60}],
        ],
        "id": "card_5591784",
    }

    def kinds(text: str) -> list[str]:
        script = Script(tool("look", what="string")).say(user("Look at the fares."))
        script.call(("look", {"what": "fares"}, found)).say(reply(text))
        return [o.kind for o in origins(script.done("sums")) if o.turn == 3]

    assert kinds("In total it costs $255, or $261.") == ["derived"] * 2
    assert kinds("The first costs $49 more.") == ["derived"]  # 152 - 103
    assert kinds("It costs $49.") == ["nowhere"]
    assert kinds("In total $183.") == ["nowhere"]  # a price and seats
    assert kinds("Your card ending in 1784.") == ["derived"]
    assert kinds("Your card ending in 5917.") == ["nowhere"]


def test_a_score_is_no_date() -> None:
    script = Script(tool("rate", place="string"))
    script.say(user("How good is Casa Verde?")).call(
        ("rate", {"place": "Casa Verde"}, {"rating": 4})
    )
    script.say(reply("It has 4/5 stars."))
    assert [o.kind for o in origins(script.done("score")) if o.turn == 3] == ["derived"]


def test_nested_arguments_have_full_paths() -> None:
    paths = [o.path for o in origins(shopping()) if o.turn == 5]
    assert paths == [
        f"calls[0].arguments.items[{i}].{name}" for i in (0, 1) for name in ("sku", "quantity")
    ]


def test_every_argument_leaf_has_exactly_one_origin() -> None:
    for make in GOOD.values():
        made = make()
        places = [(o.turn, o.path) for o in origins(made)]
        assert len(places) == len(set(places))
    assert len([o for o in origins(weather()) if "arguments" in o.path]) == 6


calm = settings(deadline=None)  # a shared machine may pause at any time
days = st.dates(date(2001, 1, 1), date(2039, 12, 31))
FORMS = ("%B %d, %Y", "%d %B %Y", "%Y-%m-%d", "%Y/%m/%d", "%b %d %Y", "on the %dth of %B, %Y")


@calm
@given(days, st.sampled_from(FORMS), st.sampled_from(("%Y-%m-%d", "%B %d, %Y", "%m/%d/%Y")))
def test_a_date_is_found_in_any_form(day: date, said: str, passed: str) -> None:
    assert ask(f"It is {day:{said}}.", "date", f"{day:{passed}}").kind in ("user", "derived")


@calm
@given(days, st.sampled_from(FORMS), st.integers(1, 400))
def test_another_date_is_not_found(day: date, said: str, shift: int) -> None:
    other = day + timedelta(shift)
    assert ask(f"It is {day:{said}}.", "date", f"{other:%Y-%m-%d}").kind == "nowhere"


@calm
@given(st.integers(100, 10**9), st.sampled_from(("{}", "{:,}", "${:,}", "{}.00", "#{}", "{} kg")))
def test_a_number_is_found_in_any_form(number: int, form: str) -> None:
    assert ask(f"It is {form.format(number)}.", "value", number, NUMBER).kind == "user"


@calm
@given(st.integers(100, 10**9), st.integers(1, 9))
def test_another_number_is_not_found(number: int, shift: int) -> None:
    assert ask(f"It is {number}.", "value", number + shift, NUMBER).kind == "nowhere"


codes = st.from_regex(r"[A-Z]{2,4}-[0-9]{3,6}", fullmatch=True)


@calm
@given(codes, st.sampled_from(("{}", "({})", "#{},", "{}.", "'{}'")))
def test_an_identifier_is_found_among_words(code: str, form: str) -> None:
    assert ask(f"Take {form.format(code)} please", "code", code.lower()).kind == "user"


@calm
@given(codes, st.data())
def test_a_changed_digit_is_noticed(code: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([i for i, c in enumerate(code) if c.isdigit()]))
    digit = data.draw(st.sampled_from([d for d in string.digits if d != code[at]]))
    wrong = f"{code[:at]}{digit}{code[at + 1 :]}"
    assert ask(f"Take {code} please", "code", wrong).kind == "nowhere"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Use K-{}.", "Q-{}"),
        ("Take the warehouse number K-{}.", "warehouse Qi"),  # one common word, one unknown
        ("Take the warehouse number K-{}.", "number warehouse"),  # common, never in this order
    ],
)
def test_long_dialogues_take_linear_work(said: str, value: str) -> None:
    def function_calls(rounds: int) -> int:
        script = Script(tool("use", code="string"))
        for n in range(rounds):
            script.say(user(said.format(n)))
            script.call(("use", {"code": value.format(n)}, {"n": n}))
            script.say(reply("Done."))
        made: Trajectory = script.done("long")
        profile = cProfile.Profile()
        profile.runcall(origins, made)
        return pstats.Stats(profile).total_calls  # type: ignore[attr-defined,no-any-return]

    function_calls(10)
    assert function_calls(800) < 5 * function_calls(200)  # 16 times as many if it were quadratic
