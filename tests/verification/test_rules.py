"""Every rule: content with good dialogues, finds its planted defect, lets the near-miss pass."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from dialogues import (
    BALANCE,
    FLIGHTS,
    GOOD,
    LISBON_OSLO,
    SEARCH,
    Script,
    clarification,
    error_simulation,
    flights,
    non_fc,
    reply,
    shopping,
    tool,
    tool_awareness,
    user,
    weather,
)

from toolace_mt.scenario import PolicyRule, Scenario
from toolace_mt.trajectory import Finding, Task, ToolCall, Trajectory, Turn
from toolace_mt.verification import RULES, check

Plant = Callable[[], Trajectory]
NO_BOOKING = Scenario(
    policy=(PolicyRule("none", "No seats are booked", ("book_flight",), "refuse"),)
)


def errors(trajectory: Trajectory) -> set[str]:
    return {found.check for found in check(trajectory) if found.severity == "error"}


def change(trajectory: Trajectory, index: int, **fields: Any) -> Trajectory:
    turns = list(trajectory.turns)
    turns[index] = replace(turns[index], **fields)
    return replace(trajectory, turns=tuple(turns))


def say(trajectory: Trajectory, index: int, text: str) -> Trajectory:
    return change(trajectory, index, content=text)


def arguments(trajectory: Trajectory, index: int, **new: Any) -> Trajectory:
    """Change arguments of the first call of a turn; None takes one away."""
    first, *others = trajectory.turns[index].calls
    merged = {k: v for k, v in {**first.arguments, **new}.items() if v is not None}
    return change(trajectory, index, calls=(replace(first, arguments=merged), *others))


def call(trajectory: Trajectory, index: int, **fields: Any) -> Trajectory:
    first, *others = trajectory.turns[index].calls
    return change(trajectory, index, calls=(replace(first, **fields), *others))


def output(trajectory: Trajectory, index: int, **fields: Any) -> Trajectory:
    first, *others = trajectory.turns[index].outputs
    return change(trajectory, index, outputs=(replace(first, **fields), *others))


def without(trajectory: Trajectory, *indexes: int) -> Trajectory:
    kept = tuple(turn for i, turn in enumerate(trajectory.turns) if i not in indexes)
    return replace(trajectory, turns=kept)


def insert(trajectory: Trajectory, index: int, *turns: Turn) -> Trajectory:
    return replace(trajectory, turns=(*trajectory.turns[:index], *turns, *trajectory.turns[index:]))


def again(trajectory: Trajectory, index: int) -> Trajectory:
    """Make the calls of a turn a second time, with fresh ids, right after their outputs."""
    made, returned = trajectory.turns[index : index + 2]
    calls = tuple(replace(c, id=f"{c.id}_again") for c in made.calls)
    outputs = tuple(replace(o, call_id=f"{o.call_id}_again") for o in returned.outputs)
    copies = (replace(made, calls=calls), replace(returned, outputs=outputs))
    return insert(replace(trajectory, task=None), index + 2, *copies)


def loop() -> Trajectory:
    script = Script(BALANCE).say(user("What is the balance of AC-10442?"))
    for _ in range(4):
        script.call(("get_balance", {"account": "AC-10442"}, {"balance": 5.5}))
    return script.say(reply("It is 5.5.")).done("loop")


def unchanged_retry(message: str) -> Trajectory:
    return (
        Script(BALANCE)
        .say(user("What is the balance of AC-10442?"))
        .call(("get_balance", {"account": "AC-10442"}, message), error=True)
        .call(("get_balance", {"account": "AC-10442"}, {"balance": 5.5}))
        .say(reply("It is 5.5."))
        .done("retry")
    )


def call_late() -> Trajectory:
    """Call a tool in the turn before the one that makes it available."""
    made = tool_awareness()
    early = ToolCall("early", "get_balance", {"account": "AC-10442"})
    return change(
        call(made, 1, name="transfer_money", arguments=early.arguments), 6, adds=("transfer_money",)
    )


PLANTED: dict[str, tuple[str, Plant]] = {
    "user missing": ("alternation", lambda: without(flights(), 0)),
    "last reply missing": ("alternation", lambda: without(flights(), 7)),
    "outputs missing": ("alternation", lambda: without(weather(), 2)),
    "two replies in a row": ("alternation", lambda: insert(flights(), 3, reply("One moment."))),
    "two messages in a row": ("alternation", lambda: insert(weather(), 4, user("One moment."))),
    "question at the end": (
        "alternation",
        lambda: insert(weather(), 6, user("Thanks, and in Rome?")),
    ),
    "no turns": ("alternation", lambda: replace(weather(), turns=())),
    "user calls": ("turn_shape", lambda: change(weather(), 0, calls=weather().turns[1].calls)),
    "assistant adds": ("turn_shape", lambda: change(weather(), 3, adds=("get_weather",))),
    "reply without text": ("empty_turn", lambda: say(weather(), 3, "  ")),
    "message without text": ("empty_turn", lambda: say(weather(), 4, "")),
    "arguments as text": ("call_format", lambda: call(weather(), 1, arguments='{"city": 1}')),
    "name with blanks": ("call_format", lambda: call(weather(), 1, name="get weather")),
    "call without id": ("call_format", lambda: call(weather(), 1, id="")),
    "id twice in a turn": ("call_ids", lambda: call(weather(), 1, id="call_2")),
    "id twice in a dialogue": ("call_ids", lambda: call(flights(), 5, id="call_1")),
    "output missing": (
        "outputs_match",
        lambda: change(weather(), 2, outputs=weather().turns[2].outputs[:1]),
    ),
    "outputs swapped": (
        "outputs_match",
        lambda: change(weather(), 2, outputs=weather().turns[2].outputs[::-1]),
    ),
    "output of nothing": ("outputs_match", lambda: output(flights(), 2, call_id="call_9")),
    "invented tool": ("unknown_tool", lambda: call(flights(), 1, name="find_flights")),
    "tool before its time": ("unavailable_tool", call_late),
    "required missing": ("schema", lambda: arguments(flights(), 1, destination=None)),
    "wrong type": ("schema", lambda: arguments(flights(), 1, passengers="four")),
    "wrong format": ("schema", lambda: arguments(flights(), 1, departure_date="May 14th, 2026")),
    "not in enum": ("schema", lambda: arguments(flights(), 1, cabin="premium")),
    "invented parameter": ("schema", lambda: arguments(flights(), 1, airline="Norwind")),
    "wrong nested type": (
        "schema",
        lambda: arguments(shopping(), 5, items=[{"sku": "SKU-118-B", "quantity": "five"}]),
    ),
    "digit in an id": ("argument_origin", lambda: arguments(flights(), 5, flight_id="FL-3318")),
    "another city": ("argument_origin", lambda: arguments(flights(), 1, destination="Bergen")),
    "another day": (
        "argument_origin",
        lambda: arguments(flights(), 1, departure_date="2026-05-15"),
    ),
    "another year": (
        "argument_origin",
        lambda: arguments(flights(), 1, departure_date="2027-05-14"),
    ),
    "another count": ("argument_origin", lambda: arguments(flights(), 1, passengers=7)),
    "another amount": ("argument_origin", lambda: arguments(tool_awareness(), 7, amount=260)),
    "another hour": ("argument_origin", lambda: arguments(clarification(), 3, time="21:45")),
    "another name": (
        "argument_origin",
        lambda: arguments(flights(), 5, passenger_name="Hugo Brandt"),
    ),
    "another address": (
        "argument_origin",
        lambda: arguments(non_fc(), 3, attendees=["ana.silvo@acme.example"]),
    ),
    "not tomorrow": ("argument_origin", lambda: arguments(non_fc(), 3, start="2026-03-17T14:00")),
    "price in the reply": (
        "reply_origin",
        lambda: say(flights(), 3, "Norwind costs $472.50, Suncrest $389."),
    ),
    "id in the reply": ("reply_origin", lambda: say(flights(), 7, "Booked as BK-77128.")),
    "time in the reply": ("reply_origin", lambda: say(clarification(), 5, "Held at 8:45 pm.")),
    "same call at once": ("redundant_call", lambda: again(flights(), 1)),
    "same call in parallel": (
        "redundant_call",
        lambda: call(weather(), 1, arguments=weather().turns[1].calls[1].arguments),
    ),
    "same call four times": ("call_loop", loop),
    "blamed call repeated": (
        "error_answered",
        lambda: unchanged_retry("Error: unknown account, it must begin with IBAN"),
    ),
    "reply word for word": (
        "repetition",
        lambda: insert(weather(), 6, user("Bye!"), weather().turns[3]),
    ),
    "running in circles": (
        "repetition",
        lambda: say(weather(), 3, "The weather in Paris is " + "cloudy and so it is " * 12),
    ),
    "mask": ("leftover", lambda: say(weather(), 3, "Paris is [MASK 1] today.")),
    "slot": ("leftover", lambda: say(weather(), 0, "How is the weather in {city}?")),
    "output slot": ("leftover", lambda: say(flights(), 7, "Booked: {outputs.booking_id}.")),
    "angle placeholder": ("leftover", lambda: say(weather(), 0, "How is the weather in <city>?")),
    "placeholder value": ("leftover", lambda: arguments(weather(), 1, city="<city>")),
    "XYZ": ("leftover", lambda: arguments(flights(), 5, flight_id="XYZ")),
    "api key": ("leftover", lambda: arguments(flights(), 5, flight_id="your_api_key")),
    "crosses for a value": ("leftover", lambda: say(flights(), 7, "It is booked as xxxxxx now.")),
    "date to fill in": ("leftover", lambda: say(flights(), 7, "You fly on 2026-XX-XX.")),
    "letter to fill in": ("leftover", lambda: say(flights(), 7, "Dear [Your Name], it is booked.")),
    "prompt wording": ("leftover", lambda: say(flights(), 7, "Assistant prompt: it is booked.")),
    "role name": ("leftover", lambda: say(flights(), 7, "assistant: It is booked.")),
    "mask in an output": ("leftover", lambda: output(flights(), 6, content="[MASK 2] is booked")),
    "call as text": (
        "written_call",
        lambda: say(weather(), 3, '{"name": "get_weather", "arguments": {"city": "Paris"}}'),
    ),
    "success after an error": (
        "claimed_success",
        lambda: output(flights(), 6, content={"error": "sold out"}),
    ),
    "nothing found": ("claimed_result", lambda: say(flights(), 3, "I could not find any flights.")),
    "breaks off": ("truncated", lambda: say(weather(), 3, "Paris is cloudy and New York is")),
    "breaks off at a comma": ("truncated", lambda: say(weather(), 3, "Paris is cloudy today,")),
    "open code": ("truncated", lambda: say(weather(), 3, "Here it is: ```{}")),
    "another script": ("language_mix", lambda: say(weather(), 3, "В Париже сегодня облачно.")),
    "step missing": ("plan", lambda: without(flights(), 5, 6)),
    "another tool than planned": ("plan", lambda: call(flights(), 5, name="search_flights")),
    "sub-task missing": ("plan", lambda: without(flights(), 4, 5, 6, 7)),
    "sub-tasks swapped": ("plan", lambda: change(flights(), 7, subtask=0)),
    "nothing asked": ("injection", lambda: say(clarification(), 1, "A fine place.")),
    "nothing supplied": ("injection", lambda: say(clarification(), 2, "Thank you very much.")),
    "told before": (
        "injection",
        lambda: say(
            clarification(), 0, "A table at Casa Verde on 7 August 2026 at 19:30, we are six."
        ),
    ),
    "no such late tool": ("injection", lambda: change(tool_awareness(), 6, adds=("wire",))),
    "error that is none": ("injection", lambda: output(error_simulation(), 2, error=False)),
    "error without retry": ("injection", lambda: without(error_simulation(), 3, 4)),
    "invented thought": ("reasoning", lambda: change(flights(), 1, reasoning="It is 2019-02-03.")),
    "English in place of German": (
        "held_in",
        lambda: replace(flights(), scenario=Scenario(language="de")),
    ),
    "forbidden call": ("policy", lambda: replace(flights(), scenario=NO_BOOKING)),
    "tool in a chat": ("injection", lambda: change(non_fc(), 3, injection="non_fc")),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_dialogues_have_no_errors(name: str) -> None:
    found = check(GOOD[name]())
    assert [f for f in found if f.severity == "error"] == []
    assert {f.check for f in found} <= {"schema"}  # a failed attempt that is mended: a warning


@pytest.mark.parametrize("name", PLANTED)
def test_planted_defect_is_found(name: str) -> None:
    rule, plant = PLANTED[name]
    assert rule in errors(plant())


def test_every_rule_has_a_planted_defect() -> None:
    warnings_only = {"output_schema", "long_turn", "promise", "template"}  # tested below
    elsewhere = {"selection"}  # test_selection_rule: it needs derivations
    assert set(RULES) == {rule for rule, _ in PLANTED.values()} | warnings_only | elsewhere


NEAR_MISSES: dict[str, Plant] = {
    "id with other separators": lambda: arguments(flights(), 5, flight_id="fl 3310"),
    "name in capitals": lambda: arguments(flights(), 5, passenger_name="MARIA DUARTE"),
    "code of a city": lambda: arguments(flights(), 1, origin="LIS", destination="OSL"),
    "city and country": lambda: arguments(flights(), 1, origin="Lisbon, Portugal"),
    "default left as it is": lambda: arguments(
        say(flights(), 0, "Find a flight from Lisbon to Oslo on May 14th, 2026."), 1, passengers=1
    ),
    "choice out of an enum": lambda: arguments(flights(), 1, cabin="economy"),
    "another spelling of the amount": lambda: say(
        tool_awareness(), 4, "Move two hundred euros to AC-99310, for the rent."
    ),
    "rounded price": lambda: say(flights(), 3, "Norwind is about $413, Suncrest $389. Which?"),
    "computed difference": lambda: say(flights(), 3, "Suncrest is $23.50 cheaper than Norwind."),
    "count of results": lambda: say(flights(), 3, "I found 2 flights. Shall I book one?"),
    "written date": lambda: say(flights(), 3, "On 14 May there are two. Which one?"),
    "retry after a passing fault": lambda: unchanged_retry("Service timed out, please try again"),
    "retry without blame": lambda: unchanged_retry("Something went wrong."),
    "short thanks twice": lambda: insert(weather(), 6, user("Great!"), reply("Great!")),
    "braces of a template": lambda: say(weather(), 0, "Paris and NYC in C, like {name}: 18?"),
    "table": lambda: say(
        weather(),
        3,
        "Paris and New York:\n| a | b |\n| --- | --- | --- | --- |\n| high | high | high |.",
    ),
    "html": lambda: say(weather(), 3, "Paris: <b>cloudy</b>, New York: sunny."),
    "a user's own XYZ": lambda: arguments(
        say(flights(), 4, "Book flight XYZ for Maria Duarte."), 5, flight_id="XYZ"
    ),
    "city in another script": lambda: say(weather(), 3, "Paris (Париж) is cloudy."),
    "question without a mark": lambda: say(clarification(), 1, "Please tell me the time"),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_miss_passes(name: str) -> None:
    assert errors(NEAR_MISSES[name]()) == set()


def test_a_name_that_no_endpoint_takes_is_a_warning_if_a_tool_has_it() -> None:
    script = Script(tool("Market Trends", of="string")).say(user("How is gold?"))
    script.call(("Market Trends", {"of": "gold"}, {"trend": "up"})).say(reply("It goes up."))
    assert [(f.check, f.severity) for f in check(script.done("named"))] == [
        ("call_format", "warning")
    ]


def test_same_call_after_other_work_is_a_warning() -> None:
    script = (
        Script(SEARCH, BALANCE)
        .say(user("Flights from Lisbon to Oslo on 2026-05-14, and my balance, AC-10442?"))
        .call(("search_flights", LISBON_OSLO, FLIGHTS))
        .call(("get_balance", {"account": "AC-10442"}, {"balance": 900}))
        .call(("search_flights", LISBON_OSLO, FLIGHTS))
        .say(reply("FL-2093 costs $412.50, and you have 900."))
    )
    found = [f for f in check(script.done("again")) if f.check == "redundant_call"]
    assert [(f.severity, f.turn) for f in found] == [("warning", 5)]


def test_findings_name_turn_tool_path_and_side() -> None:
    wrong = arguments(flights(), 5, flight_id="FL-3318")
    (found,) = (f for f in check(wrong) if f.check == "argument_origin")
    path = "calls[0].arguments.flight_id"
    assert (found.turn, found.tool, found.path, found.side) == (5, "book_flight", path, "assistant")
    assert found.message.startswith(f"turn 5, book_flight, {path}: 'FL-3318' occurs nowhere")
    assert next(f for f in check(say(weather(), 4, ""))).side == "user"
    assert next(f for f in check(output(flights(), 2, call_id="x"))).side == "tool"


def test_output_that_does_not_fit_what_the_tool_returns_is_a_warning() -> None:
    returns = {"type": "object", "properties": {"balance": {"type": "number"}}}
    script = Script(replace(BALANCE, returns=returns)).say(user("Balance of AC-10442?"))
    script.call(("get_balance", {"account": "AC-10442"}, {"balance": "much"}))
    found = check(script.say(reply("Much.")).done("odd"))
    assert [(f.check, f.severity, f.side) for f in found] == [("output_schema", "warning", "tool")]


def test_long_messages_are_a_warning() -> None:
    words = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(1000))
    found = check(say(weather(), 4, f"Thank you. {words}."))
    assert [(f.check, f.severity) for f in found] == [("long_turn", "warning")]


def test_rules_can_be_switched_off() -> None:
    wrong = arguments(flights(), 5, flight_id="FL-3318")
    assert check(wrong, off=("argument_origin",)) == ()


def test_a_dialogue_without_plan_has_no_plan_findings() -> None:
    unplanned = replace(without(flights(), 5, 6), task=None)
    assert "plan" not in {f.check for f in check(unplanned)}
    assert "plan" in {
        f.check for f in check(replace(unplanned, task=Task(flights().task.subtasks)))
    }


def test_regrouped_steps_are_a_warning_of_the_plan() -> None:
    both = weather()
    calls = tuple(replace(turn, subtask=0) for turn in both.turns)
    planned = replace(flights().task.subtasks[0], steps=(("get_weather",), ("get_weather",)))
    found = check(replace(both, turns=calls, task=Task((planned,))))
    assert [(f.check, f.severity, f.side) for f in found] == [("plan", "warning", "plan")]


SPANISH = "El tiempo en París es bueno para pasear con su familia por las calles, gracias."


def test_a_reply_in_another_language_is_an_error() -> None:
    found: tuple[Finding, ...] = check(say(weather(), 3, SPANISH))
    assert [(f.check, f.severity) for f in found] == [("language_mix", "error")]


def test_another_language_is_a_warning_where_languages_are_spoken_of() -> None:
    asked = say(
        weather(), 0, "How is the weather in Paris and NYC in C? Answer in Spanish, please."
    )
    assert "language_mix" not in errors(say(asked, 3, SPANISH))


CUT: dict[str, tuple[int, str]] = {
    "open bracket": (3, "Paris is cloudy and New York is sunny (both of them in degrees Celsi"),
    "open article": (3, "Paris is cloudy. In New York it is the"),
}


@pytest.mark.parametrize("name", CUT)
def test_the_only_text_without_an_end_is_cut_off(name: str) -> None:
    index, text = CUT[name]
    assert "truncated" in errors(say(weather(), index, text))


WHOLE: dict[str, tuple[int, str]] = {
    "reply without a full stop": (
        3,
        "Paris is cloudy and much cooler. New York is sunny and much warmer today",
    ),
    "message that breaks off": (4, "Thank you for the"),
    "smiley": (3, "Paris is cloudy and New York is sunny, so take the plane to the west :("),
    "list": (
        3,
        "Here it is for both.\n- Paris: cloudy at 18 degrees Celsius\n- New York: it is sunny",
    ),
    "short": (3, "Paris is cloudy, New York sunny"),
    "user's single sentence": (4, "also set an alarm for 8 am tomorrow if that is not too much"),
    "address": (4, "Thank you. Send it to me at the address maria.duarte@mail.example"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_text_may_end_without_a_mark(name: str) -> None:
    index, text = WHOLE[name]
    assert "truncated" not in errors(say(weather(), index, text))


def test_a_message_that_may_be_cut_off_is_a_warning() -> None:
    cut = say(weather(), 4, "Thank you very much for that. I wonder whether it will ra")
    assert [(f.check, f.severity) for f in check(cut)] == [("truncated", "warning")]


def test_advice_may_speak_of_what_no_tool_has_told() -> None:
    advice = (
        "Bread is baked at 375 or 475 degrees. " + "Let it rise slowly, as the baker does. " * 12
    )
    asked = insert(weather(), 6, user("How do I bake bread?"), reply(advice.strip()))
    found = [(f.check, f.severity) for f in check(asked) if f.check == "reply_origin"]
    assert found == [("reply_origin", "warning")] * 2
    invented = insert(weather(), 6, user("How do I pay?"), reply("Pay 375 dollars, open 24/7."))
    assert [f.severity for f in check(invented) if f.check == "reply_origin"] == ["error"]


def test_an_unknown_name_is_an_error_among_values_that_are_told() -> None:
    def severities(text: str) -> list[str]:
        return [f.severity for f in check(say(flights(), 3, text)) if f.check == "reply_origin"]

    told = "FL-2093 costs $412.50, FL-3310 $389. Which one?"
    assert severities(f"{told} Then ask for Wilhelmina Zabriskie.") == ["error"]
    assert severities(f"{told} Then take the Norwind Express.") == ["warning"]  # half of it is told
    assert severities(f"{told} See the Great Wall, the Taj Mahal.") == ["warning", "warning"]


def test_how_a_dialogue_was_made_is_an_error_in_a_reply_only() -> None:
    made = "In sub-task 2: Paris is cloudy, New York sunny."
    assert "leftover" in errors(say(weather(), 3, made))
    user_says = say(weather(), 0, "Sub-task 2 is the weather in Paris and NYC in C.")
    assert "leftover" not in errors(say(user_says, 3, made))


def test_a_whole_turn_of_calls_made_again_is_an_error_of_each() -> None:
    found = [f for f in check(again(weather(), 1)) if f.check == "redundant_call"]
    assert [(f.severity, f.turn, f.path) for f in found] == [
        ("error", 3, "calls[0]"),
        ("error", 3, "calls[1]"),
    ]
