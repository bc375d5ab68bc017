"""The rule on policies, and what declined, confirmed and changed requests have to show."""

import re
from collections.abc import Iterator

from toolace_mt.policies.apply import applying, meets
from toolace_mt.policies.confirm import agrees, asks, confirmed, states
from toolace_mt.scenario import PolicyRule
from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Call, Facts, finding
from toolace_mt.verification.provenance.parsing.mentions import mentions
from toolace_mt.verification.provenance.parsing.words import flat

_DECLINES = re.compile(
    r"\b(?:can ?not|can['’]?t|could ?n['’]t|unable|not able|not (?:allowed|possible|permitted"
    r"|something)|no longer|policy|unfortunately|sorry|afraid|colleague|hand\w* (?:you )?over"
    r"|pass\w* (?:it|this|you) on|forward\w*|leider|nicht|désolée?|lamento|no puedo)\b"
    r"|无法|不能|抱歉",
    re.IGNORECASE,
)


def policy(facts: Facts) -> Iterator[Finding]:
    """No call is made that the policy of the dialogue forbids, or wants confirmed and is not.

    A call that failed and was made again counts once it is made again.
    """
    rules = facts.trajectory.scenario.policy
    for call in facts.calls if rules else ():
        if call.excused:
            continue
        for rule in applying(rules, call.call, facts.turns[: call.turn]):
            if rule.then != "confirm":
                text = f"the policy forbids this call: {rule.text}"
            elif confirmed(call.call, call.turn, facts.turns):
                continue
            else:
                text = f"the user has not confirmed this call: {rule.text}"
            yield finding("policy", "error", text, call.turn, call.call.name, call.path)


def declined(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """The user asks for what a rule forbids; the assistant names the rule and makes no call."""
    replies = [i for i in indexes if facts.turns[i].role == "assistant"]
    said = " ".join(flat(facts.turns[i].content) for i in replies)
    named = [r for r in facts.trajectory.scenario.policy if flat(r.text) in said]
    named = [rule for rule in named if rule.then != "confirm"]
    if not named:
        text = "the assistant names no rule of the policy that forbids it"
        yield finding("injection", "error", text, replies[0] if replies else indexes[0])
        return
    if not any(_DECLINES.search(_without(facts, i, named)) for i in replies):
        text = "the assistant does not say that it declines"
        yield finding("injection", "warning", text, replies[0])
    if not any(_asked_for(facts, indexes[0], rule) for rule in named):
        text = f"what the user asks for is not what the policy forbids: {named[0].text}"
        yield finding("injection", "error", text, indexes[0], side="user")
    if any(facts.turns[i].calls for i in indexes):
        text = "a call is made though the policy forbids it"
        yield finding("injection", "error", text, replies[0])


def _without(facts: Facts, index: int, rules: list[PolicyRule]) -> str:
    """Return a reply without the rules that it names, whose words are not its own."""
    text = facts.turns[index].content
    for rule in rules:
        text = text.replace(rule.text, "")
    return text


def _asked_for(facts: Facts, index: int, rule: PolicyRule) -> bool:
    """Tell whether a user's text has a value for every condition of a rule.

    A flag counts as asked for, since it is not said as a value. So does a condition on an output,
    which was looked up when the request was drawn.
    """
    text = flat(facts.turns[index].content)
    numbers = [m.value for m in mentions(facts.turns[index].content)]
    for condition in rule.when:
        wanted = condition.value
        if condition.output or isinstance(wanted, bool):
            continue
        options = wanted if condition.test == "one_of" else [wanted]
        named = any(isinstance(o, str) and flat(o) in text for o in options)
        if not named and not any(meets(condition, number) for number in numbers):
            return False
    return True


def asked_first(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """The assistant says what it will do and asks, the user agrees, and it does just that."""
    asked = [i for i in indexes if facts.turns[i].role == "assistant" and not facts.turns[i].calls]
    made: list[Call] = [call for call in facts.calls if asked and call.turn == asked[0] + 2]
    if not made:
        text = "a confirmation needs a question, an answer and the call"
        yield finding("injection", "error", text, indexes[0], side="plan")
        return
    question, answer = facts.turns[asked[0]].content, facts.turns[asked[0] + 1]
    if not asks(question):
        yield finding("injection", "error", "the confirmation asks nothing", asked[0])
    if not all(states(question, call.call) for call in made):
        text = "the assistant does not state the values of the call that it wants confirmed"
        yield finding("injection", "error", text, asked[0])
    if answer.role != "user" or not agrees(answer.content):
        text = "the user does not agree, and the call is made"
        yield finding("injection", "error", text, asked[0] + 1, side="user")


def changed(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """The user tells a value anew, and a later call uses the new one."""
    users = [i for i in indexes if facts.turns[i].role == "user"]
    if len(users) < 2:
        text = "a correction needs a request and a change of it"
        yield finding("injection", "error", text, indexes[0], side="plan")
        return
    before, last = flat(facts.turns[users[0]].content), users[-1]
    source = re.compile(rf"turn {last}\b")
    used = any(
        trace.leaf is not None
        and trace.turn > last
        and source.match(trace.found.told)
        and flat(str(trace.value)) not in before
        for trace in facts.traces
    )
    if not used:
        text = "no later call uses the value that is changed here"
        yield finding("injection", "error", text, last, side="user")
