"""The rule on policies, and what declined, confirmed and changed requests have to show."""

from dataclasses import replace

from dialogues import Script, flights, reply, tool, user

from toolace_mt.scenario import Condition, PolicyRule, Scenario
from toolace_mt.trajectory import Trajectory, Turn
from toolace_mt.verification import check

GET = tool("get_order", order_id="string")
CANCEL = tool("cancel_order", order_id="string")
PLACE = tool("place_order", product="string", quantity="integer")
SHIPPED = PolicyRule(
    "shipped",
    "An order that has been shipped cannot be cancelled",
    ("cancel_order",),
    "refuse",
    (Condition("equals", "shipped", output="order_status", by="order_id"),),
)
FEW = PolicyRule(
    "few",
    "Orders of more than 5 pieces are placed by a colleague",
    ("place_order",),
    "hand_over",
    (Condition("above", 5, argument="quantity"),),
)
ASKED = PolicyRule("asked", "Orders are placed once confirmed", ("place_order",), "confirm")
NEVER = PolicyRule("never", "Seats are not booked on Sundays", ("book_flight",), "refuse")


def errors(trajectory: Trajectory) -> list[tuple[str, int]]:
    return [(f.check, f.turn) for f in check(trajectory) if f.severity == "error"]


def under(trajectory: Trajectory, *rules: PolicyRule) -> Trajectory:
    system = " ".join(f"{rule.text}." for rule in rules)
    return replace(trajectory, system=system, scenario=Scenario(policy=rules))


def cancelling(status: str, *, error: bool = False) -> Trajectory:
    return (
        Script(GET, CANCEL)
        .say(user("Cancel order O-4711, please."))
        .call(("get_order", {"order_id": "O-4711"}, {"order_status": status}))
        .call(("cancel_order", {"order_id": "O-4711"}, {"cancelled": True}), error=error)
        .say(reply("Order O-4711 is cancelled."))
        .done("cancelling")
    )


def test_a_call_that_the_policy_forbids_is_an_error() -> None:
    assert errors(under(cancelling("shipped"), SHIPPED)) == [("policy", 3)]
    assert errors(under(cancelling("open"), SHIPPED)) == []
    assert errors(cancelling("shipped")) == []
    assert errors(under(flights(), NEVER)) == [("policy", 5)]


def confirming(question: str, answer: str, **injected: str) -> Trajectory:
    made = {"injection": injected.get("injection")}
    return (
        Script(PLACE)
        .say(
            user("I need three desk lamps."),
            reply(question, **made),
            user(answer, **made),
        )
        .call(("place_order", {"product": "desk lamp", "quantity": 3}, {"placed": True}), **made)
        .say(reply("Your three desk lamps are ordered."))
        .done("confirming")
    )


def test_a_call_that_is_to_be_confirmed_is_asked_about_with_its_values() -> None:
    good = "I would order the desk lamp, 3 pieces. Shall I?"
    assert errors(under(confirming(good, "Yes, please."), ASKED)) == []
    for question, answer in (
        (good, "No, thanks. Or well, hm."),
        ("I would order the desk lamp. Shall I?", "Yes, please."),
        ("I would order the desk lamp, 3 pieces.", "Yes, please."),
    ):
        assert errors(under(confirming(question, answer), ASKED)) == [("policy", 3)]
        injected = confirming(question, answer, injection="confirmation")
        assert {name for name, _ in errors(injected)} == {"injection"}
    assert errors(confirming(good, "Yes, please.", injection="confirmation")) == []


def declining(request: str, reason: str) -> Trajectory:
    made = {"injection": "policy"}
    return (
        Script(PLACE)
        .say(user(request, **made), reply(reason, **made), user("Then two desk lamps.", **made))
        .call(("place_order", {"product": "desk lamp", "quantity": 2}, {"placed": True}))
        .say(reply("Your two desk lamps are ordered."))
        .done("declining")
    )


def test_a_declined_request_is_what_the_rule_forbids_and_the_rule_is_named() -> None:
    good = f"I can't do that. {FEW.text}."
    assert check(under(declining("Order 12 desk lamps.", good), FEW)) == ()
    allowed = under(declining("Order 4 desk lamps.", good), FEW)
    assert errors(allowed) == [("injection", 0)]
    unnamed = under(declining("Order 12 desk lamps.", "I can't do that, sorry."), FEW)
    assert errors(unnamed) == [("injection", 1)]
    no_such_rule = declining("Order 12 desk lamps.", good)
    assert errors(no_such_rule) == [("injection", 1)]
    willing = check(under(declining("Order 12 desk lamps.", f"With pleasure! {FEW.text}."), FEW))
    assert [(found.check, found.severity) for found in willing] == [("injection", "warning")]


def changing(second: str, *, told: int = 3) -> Trajectory:
    made = {"injection": "correction"}
    return (
        Script(PLACE)
        .say(
            user("Order 8 desk lamps.", **made),
            reply("That would be 8 desk lamps?", **made),
            user(second, **made),
        )
        .call(("place_order", {"product": "desk lamp", "quantity": told}, {"placed": True}))
        .say(reply("They are ordered."))
        .done("changing")
    )


def test_a_changed_value_is_the_one_that_is_used() -> None:
    assert errors(changing("Actually, make it 3.")) == []
    assert errors(changing("Actually, make it 3.", told=8)) == [("injection", 2)]
    assert errors(changing("Yes, 8 of them.", told=8)) == [("injection", 2)]


def test_a_call_with_a_value_that_is_changed_afterwards_is_none_of_the_plan() -> None:
    plan = flights()
    first = plan.turns[1]
    early = replace(
        first,
        calls=(replace(first.calls[0], id="early"),),
        injection="correction",
    )
    outputs = plan.turns[2].outputs
    told = replace(
        plan.turns[2], outputs=(replace(outputs[0], call_id="early"),), injection="correction"
    )
    between = (
        Turn("assistant", "There are 2 flights.", subtask=0, injection="correction"),
        Turn("user", "Make it May 14th, please.", subtask=0, injection="correction"),
    )
    turns = (plan.turns[0], early, told, *between, *plan.turns[1:])
    assert "plan" not in {found.check for found in check(replace(plan, turns=turns))}
    unmarked = tuple(replace(turn, injection=None) for turn in turns)
    assert "plan" in {found.check for found in check(replace(plan, turns=unmarked))}


def telling(*said: str) -> Trajectory:
    made = {"injection": "gradual"}
    turns = [(user if n % 2 == 0 else reply)(text, **made) for n, text in enumerate(said)]
    return (
        Script(PLACE)
        .say(*turns)
        .call(("place_order", {"product": "desk lamp", "quantity": 7}, {"placed": True}))
        .say(reply("They are ordered."))
        .done("telling")
    )


def test_values_that_are_told_one_by_one_are_each_asked_for_and_used() -> None:
    first = ("I want to order something.", "What would you like?", "A desk lamp.")
    assert errors(telling(*first, "How many?", "It is 7.")) == []
    assert errors(telling(*first, "How many?", "It is 7, and 2019-02-03.")) == []
    assert errors(telling(*first, "As you like.", "It is 7.")) == [("injection", 3)]
    assert errors(telling(*first, "How many?", "As said.")) != []
    assert ("injection", 0) in errors(telling("7 of them.", "What would it be?", "A desk lamp."))
    told = telling(
        "I want 7 desk lamps.", "What would you like?", "A desk lamp.", "How many?", "7."
    )
    assert errors(told) == [("injection", 4)]
