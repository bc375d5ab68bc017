"""The borders between error, warning and silence of the rules, one place each."""

from dataclasses import replace
from typing import Any

import pytest
from dialogues import BALANCE, GOOD, Script, reply, tool, user

from toolace_mt.trajectory import Severity, Tool, Trajectory, Turn
from toolace_mt.verification import check

ACCOUNT = {"account": "AC-10442"}
BOOK = tool("book_table", restaurant="string", time="string")
ROMA = {"restaurant": "Roma", "time": "19:00"}
CANCEL = tool("cancel_order", order="string")
FIND = tool("find_doctor", city="string")
COUNT = tool("add_to_cart", sku="string", quantity="integer")


def severities(made: Trajectory | Script, rule: str) -> list[Severity]:
    trajectory = made.done("borders") if isinstance(made, Script) else made
    return [found.severity for found in check(trajectory) if found.check == rule]


def said(text: str, *tools: Tool, request: str = "A table at Roma at 19:00, please.") -> Script:
    return Script(*(tools or (BOOK,))).say(user(request), reply(text))


def test_only_the_assistant_may_begin_and_only_without_a_plan() -> None:
    planned = GOOD["flights"]()
    greeted = (reply("Hello!"), *planned.turns)
    assert severities(replace(planned, turns=greeted, task=None), "alternation") == ["warning"]
    assert "error" in severities(replace(planned, turns=greeted), "alternation")
    headless = replace(planned, turns=planned.turns[2:], task=None)
    assert "error" in severities(headless, "alternation")


def test_a_call_where_the_user_should_speak_is_an_error_unless_the_assistant_goes_on() -> None:
    weather = GOOD["weather"]()
    outputs = replace(weather, turns=(*weather.turns[:4], weather.turns[2], *weather.turns[4:]))
    assert "error" in severities(outputs, "alternation")


@pytest.mark.parametrize(
    ("quantity", "severity"),
    [("5", "warning"), (5.0, None), ("5.5", "error"), (True, "error"), ("", "error")],
)
def test_numbers_that_servers_read_are_warnings(quantity: Any, severity: str | None) -> None:
    script = Script(COUNT).say(user("5 or 5.5 of A-17 into the cart."))
    script.call(("add_to_cart", {"sku": "A-17", "quantity": quantity}, {"status": "added"}))
    assert severities(script, "schema") == ([severity] if severity else [])


@pytest.mark.parametrize(("rooms", "severity"), [(2, "warning"), (9, "error")])
def test_a_choice_that_is_spelt_as_a_number_is_taken(rooms: int, severity: str) -> None:
    stay = tool("book_stay", rooms={"type": "string", "enum": ["1", "2"]})
    script = Script(stay).say(user("2 rooms, or 9."))
    script.call(("book_stay", {"rooms": rooms}, {"status": "booked"})).say(reply("Fine."))
    assert set(severities(script, "schema")) == {severity}


@pytest.mark.parametrize(("left_open", "severity"), [("seat", "warning"), ("sku", "error")])
def test_null_is_taken_where_an_argument_may_be_left_out(left_open: str, severity: str) -> None:
    seats = tool("take_seat", "sku", sku="string", seat="string")
    script = Script(seats).say(user("Seat B-2 with A-17."))
    given = {"sku": "A-17", "seat": "B-2"} | {left_open: None}
    script.call(("take_seat", given, {"status": "taken"})).say(reply("It is yours."))
    assert severities(script, "schema") == [severity]


@pytest.mark.parametrize(("again", "severity"), [(True, "warning"), (False, "error")])
def test_a_failed_call_is_excused_once_it_is_made_again(again: bool, severity: str) -> None:
    script = Script(COUNT).say(user("5 of A-17 into the cart."))
    script.call(("add_to_cart", {"sku": "A-17", "quantity": "five"}, "Error: invalid quantity"))
    if again:
        script.call(("add_to_cart", {"sku": "A-17", "quantity": 5}, {"status": "added"}))
    assert severities(script.say(reply("Sorry about that.")), "schema") == [severity]


def test_a_failure_need_not_look_as_the_tool_says() -> None:
    returns = {"type": "object", "properties": {"balance": {"type": "number"}}}
    script = Script(replace(BALANCE, returns=returns)).say(user("The balance of AC-10442?"))
    script.call(("get_balance", ACCOUNT, "Error: busy")).say(reply("Sorry, that failed."))
    assert severities(script, "output_schema") == []


def test_four_equal_calls_are_a_loop_unless_the_user_asks_for_each() -> None:
    script = Script(BALANCE).say(user("The balance of AC-10442?"))
    for _ in range(3):
        script.call(("get_balance", ACCOUNT, {"balance": 5.5}))
    script.say(reply("It is 5.5."), user("And now?")).call(
        ("get_balance", ACCOUNT, {"balance": 5.5})
    )
    assert severities(script.say(reply("Still 5.5.")), "call_loop") == ["error"]


def test_another_output_tells_that_a_read_was_worth_it_but_not_beside_itself() -> None:
    script = Script(BALANCE).say(user("The balance of AC-10442?"))
    script.call(("get_balance", ACCOUNT, {"balance": 5.5}))
    script.call(("get_balance", ACCOUNT, {"balance": 6.5})).say(reply("It is 6.5."))
    assert severities(script, "redundant_call") == ["warning"]
    both = (("get_balance", ACCOUNT, {"balance": 5.5}), ("get_balance", ACCOUNT, {"balance": 6.5}))
    at_once = Script(BALANCE).say(user("The balance of AC-10442?")).call(*both)
    assert severities(at_once.say(reply("It is 6.5.")), "redundant_call") == ["error"]


def test_work_that_is_not_done_yet_is_asked_for_again() -> None:
    report = tool("get_report", month="string")
    script = Script(report).say(user("The report of May?"))
    for _ in range(2):
        script.call(("get_report", {"month": "May"}, {"state": "processing"}))
    assert severities(script.say(reply("It is still in the making.")), "redundant_call") == []


def test_an_echo_is_no_polite_line() -> None:
    thanks = "Thank you, and let me know if there is anything else that I can do."
    assert severities(said(thanks, request=thanks), "repetition") == ["error"]


def test_a_word_that_may_end_a_sentence_is_cut_off_only_where_all_others_have_marks() -> None:
    script = said("Let me tell you what it is").say(user("Well?"), reply("I know what it is"))
    assert severities(script, "truncated") == []
    marked = said("I have it all here.").say(user("Well?"), reply("Let me tell you what it is"))
    assert "error" in severities(marked, "truncated")


def test_what_an_output_holds_may_be_quoted_as_it_is() -> None:
    script = Script(BALANCE).say(user("The balance of AC-10442?"))
    script.call(("get_balance", ACCOUNT, {"note": "to be paid into the"}))
    assert severities(script.say(reply("to be paid into the")), "truncated") == []


def test_words_may_come_twice_in_two_questions_or_in_code() -> None:
    asked = "When would you like to pick up the car? Where would you like to pick up the car?"
    assert severities(said(asked), "repetition") == []
    code = "Here it is:\n```\n" + "add the next one\n" * 8 + "```"
    assert severities(said(code), "repetition") == []


def test_a_script_that_the_assistant_keeps_to_is_a_warning() -> None:
    chinese = "现在天气晴朗，气温四度，风很小。"
    assert severities(said(chinese), "language_mix") == ["warning"]
    mixed = said("It is clear, and there is no wind.").say(user("Thank you. And in Rome?"))
    assert severities(mixed.say(reply(chinese)), "language_mix") == ["error"]


def test_a_language_that_is_spoken_of_is_a_warning() -> None:
    spanish = "El tiempo es bueno para pasear con su familia por las calles, gracias."
    request = "What is the weather like in Paris for a walk?"
    assert severities(said(spanish, request=request), "language_mix") == ["error"]
    told = said(spanish, request=f"{request} In Spanish, please.")
    assert severities(told, "language_mix") == ["warning"]


def test_masks_are_left_over_even_if_somebody_used_them() -> None:
    script = said("It is [MASK 1].", request="What is [MASK 1]?")
    assert severities(script, "leftover") == ["error", "error"]


def test_what_an_output_holds_may_be_told() -> None:
    script = Script(BALANCE).say(user("The balance of AC-10442?"))
    script.call(("get_balance", ACCOUNT, {"code": "xxxxxx"})).say(reply("Its code is xxxxxx."))
    assert severities(script, "leftover") == ["warning"]


def test_slots_are_blanks_of_templates_and_not_of_letters() -> None:
    slot = "A table at {restaurant}."
    assert severities(said(slot, request="Write me a letter."), "leftover") == ["error"]
    assert severities(said(slot, request="Write me a template."), "leftover") == ["warning"]
    letter = "Dear [Your Name], thanks."
    assert severities(said(letter, request="Write me a letter."), "leftover") == ["warning"]


def test_code_and_choices_of_a_tool_are_no_placeholders() -> None:
    kinds = {"type": "string", "enum": ["string", "number"]}
    table = tool("add_column", code="string", kind=kinds, city="string")
    script = Script(table).say(user("A column for texts with the city Oslo."))
    code = 'def f(city):\n    return f"{city}!"'
    script.call(("add_column", {"code": code, "kind": "string", "city": "Oslo"}, {"ok": True}))
    assert severities(script.say(reply("It is there.")), "leftover") == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("A table at {restaurant}, please.", "error"),
        ("Post 'we dine at ${restaurant}', please.", "warning"),
        ("My key is YOUR_API_KEY, a table please.", "warning"),
    ],
)
def test_users_may_speak_of_variables_and_keys(text: str, severity: str) -> None:
    assert severities(said("For when?", request=text), "leftover") == [severity]


def test_what_is_quoted_may_come_twice() -> None:
    asked = "Find Lamp and its use in old theatres by searching 'Lamp and its use in old theatres'."
    assert severities(said("Well.", request=asked), "repetition") == []


CALL = 'book_table(restaurant="Roma")'


@pytest.mark.parametrize(
    ("request_", "text", "expected"),
    [
        ("What does <tool_call> mean?", "<tool_call> opens a call.", ["warning"]),
        ("Show me the code.", "[TOOL_CALLS]book_table", ["error"]),
        ("Show me the code.", CALL, ["warning"]),
        ("A table, please.", f"table = {CALL}", ["error"]),
        ("A table, please.", f"I called {CALL} for you, as you asked me to.", []),
        ("A table, please.", "I used book_table: {'restaurant': 'Roma'} for it.", []),
        ("A table, please.", "book_table: {'restaurant': 'Roma'}", ["error"]),
        ("What is there?", "Tool: book_table, which takes a name.", []),
        ("What is there?", "Tool: book_table\nInput: Roma", ["error"]),
    ],
)
def test_calls_as_text_and_texts_about_calls(
    request_: str, text: str, expected: list[Severity]
) -> None:
    assert severities(said(text, request=request_), "written_call") == expected


def test_chit_chat_claims_nothing() -> None:
    chat = Script(BOOK).say(user("Hi!"), reply("I have booked a table once.", injection="non_fc"))
    assert severities(chat, "claimed_success") == []


def test_an_action_of_a_tool_of_unknown_kind_makes_a_claim_unclear() -> None:
    script = Script(BOOK, tool("execute", what="string")).say(user("A table at Roma at 19:00."))
    script.call(("execute", {"what": "Roma"}, {"ok": True})).say(reply("Yes."), user("And?"))
    script.say(reply("I have booked it for you."))
    assert severities(script, "claimed_success") == ["warning"]


def test_what_was_done_before_may_be_told_beside_a_failure_that_is_owned_up_to() -> None:
    script = (
        Script(BOOK).say(user("A table at Roma at 19:00.")).call(("book_table", ROMA, "booked"))
    )
    script.say(reply("It is booked."), user("One at Lido, too."))
    script.call(("book_table", ROMA | {"restaurant": "Lido"}, {"error": "full"}))
    told = "Your table at Roma is booked. The one at Lido could not be had, sorry."
    assert severities(script.say(reply(told)), "claimed_success") == []


def test_a_series_of_actions_may_be_told_while_it_goes_on() -> None:
    script = Script(CANCEL).say(user("Cancel 71 and 72."))
    script.call(("cancel_order", {"order": "71"}, {"status": "cancelled"}))
    second = ("cancel_order", {"order": "72"}, {"status": "cancelled"})
    script.call(second, text="I have cancelled 71. Now the other one.").say(reply("Both are."))
    assert severities(script, "claimed_success") == []


def test_what_is_to_be_confirmed_is_not_claimed() -> None:
    assert severities(said("Please confirm: it is reserved at 19:00."), "claimed_success") == []
    assert severities(said("It has been reserved for 19:00."), "claimed_success") == ["error"]


def test_a_lookup_may_tell_of_what_is_booked() -> None:
    script = Script(BOOK, BALANCE).say(user("The balance of AC-10442?"))
    script.call(("get_balance", ACCOUNT, {"balance": 5.5}))
    script.say(reply("Your table is booked, and the balance is 5.5."))
    assert severities(script, "claimed_success") == []


DOCTORS = [{"doctor": "Dr. Amsel"}]


@pytest.mark.parametrize(
    ("output", "text", "expected"),
    [
        (DOCTORS, "There are no doctors in Kiel.", ["error"]),
        (DOCTORS, "There are no doctors in Kiel with a lift.", []),
        (DOCTORS, "There are no doctors in Kiel but Dr. Amsel.", []),
        ({"state": "running", "found": 2}, "There are no doctors in Kiel.", []),
        ([{"doctor": "Dr. Amsel", "open": False}], "There are no doctors in Kiel.", []),
        ([], "I found several doctors in Kiel.", ["error"]),
        ([], "I found several doctors in Kiel before, not today.", []),
        ([], "I found that there are no doctors in Kiel.", []),
    ],
)
def test_results_and_what_is_said_of_them(output: Any, text: str, expected: list[Severity]) -> None:
    script = Script(FIND).say(user("Doctors in Kiel?"))
    script.call(("find_doctor", {"city": "Kiel"}, output)).say(reply(text))
    assert severities(script, "claimed_result") == expected


def test_earlier_results_may_be_told_again() -> None:
    script = Script(FIND).say(user("Doctors in Kiel?"))
    script.call(("find_doctor", {"city": "Kiel"}, DOCTORS)).say(reply("Dr. Amsel."))
    script.say(user("In Bonn?")).call(("find_doctor", {"city": "Bonn"}, []))
    script.say(reply("I found only the one in Kiel, Amsel."))
    assert severities(script, "claimed_result") == []


def test_calls_of_an_earlier_request_say_nothing_of_this_one() -> None:
    script = Script(FIND).say(user("Doctors in Kiel?"))
    script.call(("find_doctor", {"city": "Kiel"}, DOCTORS)).say(reply("Dr. Amsel."))
    script.say(user("And what of dentists?"), reply("There are no dentists in my list."))
    assert severities(script, "claimed_result") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One moment, I will check that.", ["warning"]),
        ("I will check that once you tell me the time.", []),
        ("It is at 19:00.", []),
    ],
)
def test_a_promise_without_a_call_is_a_warning(text: str, expected: list[Severity]) -> None:
    assert severities(said(text), "promise") == expected
    going_on = said(text).call(("book_table", ROMA, {"status": "booked"}))
    assert severities(going_on, "promise") == []


def test_a_promise_beside_its_call_is_kept() -> None:
    script = Script(BOOK).say(user("A table at Roma at 19:00."))
    script.call(("book_table", ROMA, {"status": "booked"}), text="I will book it now.")
    assert severities(script, "promise") == []


def test_a_dialogue_without_tools_promises_nothing() -> None:
    chat = Trajectory("chat", 0, turns=(user("Hello?"), Turn("assistant", "I will check that.")))
    assert severities(chat, "promise") == []
