"""Where the values of a reply come from, beyond what an argument may come from."""

import re

from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.provenance_amounts import operands
from toolace_mt.verification.provenance_arithmetic import combination
from toolace_mt.verification.provenance_known import (
    NOWHERE,
    Found,
    Known,
    Passage,
)
from toolace_mt.verification.provenance_leaves import Steps
from toolace_mt.verification.provenance_lookup import look_up
from toolace_mt.verification.provenance_mentions import Mention, mentions
from toolace_mt.verification.provenance_numbers import Number, is_amount
from toolace_mt.verification.provenance_words import flat, related

_COMPUTED = re.compile(
    r"\b(?:total|sum|altogether|combined|difference|remaining|left over|average|savings?|refund)\b",
    re.IGNORECASE,
)
_WHOLES = (2, 3, 4, 5, 10)
_NEAR = 80  # characters before a number in which it is announced as computed
_MOST = 24  # numbers of a reply that may add up to another


def judge_reply(reply: str, trajectory: Trajectory, known: Known) -> list[tuple[Mention, Found]]:
    """Return the values of a reply, each with where it comes from.

    A number may be computed: from the latest outputs, or from other numbers of the same reply
    that were told. One that is announced as computed ("the total is ...") but follows from no two
    of them, nor from all, is "nowhere" with that announcement as its source.
    """
    judged = [(mention, _judge(mention, trajectory, known)) for mention in mentions(reply)]
    told = [m.value for m, f in judged if m.judged_as == "number" and f.kind != "nowhere"][:_MOST]
    return [
        (m, _computed(m, reply, told) if m.judged_as == "number" and f.kind == "nowhere" else f)
        for m, f in judged
    ]


def _judge(mention: Mention, trajectory: Trajectory, known: Known) -> Found:
    found = look_up(mention.value, mention.judged_as, None, known)
    if found.kind != "nowhere":
        return found
    if mention.judged_as == "number":
        how = _arithmetic(mention.value, known)
        if how:
            return Found("derived", how)
    passed = look_up(mention.value, mention.judged_as, None, known.with_arguments())
    if passed.kind != "nowhere":
        return Found("derived", f"an argument of {passed.source}")
    if mention.judged_as == "date" and _is_score(mention.text, known):
        return Found("derived", "so many of so many")
    phrase = flat(mention.text)
    for tool in trajectory.tools:
        if phrase in flat(f"{tool.name} {tool.description} {tool.parameters}"):
            return Found("schema", f"definition of {tool.name}")
    if mention.judged_as == "value" and all(related(word, known.words) for word in phrase.split()):
        return Found("derived", "its words were said before")
    return found


def _is_score(text: str, known: Known) -> bool:
    """Tell whether "4/5" is no date but two known numbers, or a score on a usual scale."""
    part, slash, whole = text.partition("/")
    if not (slash and part.isdecimal() and whole.isdecimal()):
        return False
    numbers = (int(part),) if int(whole) in _WHOLES else (int(part), int(whole))
    return all(n <= 1 or look_up(n, "number", None, known).kind != "nowhere" for n in numbers)


def _computed(mention: Mention, reply: str, told: list[Number]) -> Found:
    value = mention.value
    running: list[Number] = [0]
    for number in told:
        running = [0, *(total + number for total in running)]
        if any(abs(total - value) < 0.01 for total in running):
            return Found("derived", "sum of numbers in this reply")
    how = combination(value, told, told)
    if how:
        return Found("derived", f"{how} in this reply")
    before = reply[max(0, mention.start - _NEAR) : mention.start]
    announced = len(told) > 1 and _COMPUTED.search(before)
    return Found("nowhere", f"announced as {announced.group()!r}") if announced else NOWHERE


def _arithmetic(value: Number, known: Known) -> str:
    for passage in known.latest():
        if any(abs(total - value) < 0.01 for total in _column_sums(passage)):
            return f"sum over {passage.label}"
    return combination(value, *operands(known))


def _column_sums(passage: Passage) -> list[Number]:
    """Return the sum of each field over the entries of a list."""
    sums: dict[Steps, Number] = {}
    for steps, value in passage.leaves:
        column = tuple("" if isinstance(step, int) else step for step in steps)
        if column != steps and is_amount(value):
            sums[column] = sums.get(column, 0) + value
    return list(sums.values())
