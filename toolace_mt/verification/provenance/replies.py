"""Where the values of a reply come from, beyond what an argument may come from."""

import re

from toolace_mt.schemas.paths import Steps
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification.provenance.amounts import combined
from toolace_mt.verification.provenance.arithmetic import combination
from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.lookup import look_up
from toolace_mt.verification.provenance.mentions import Mention, mentions
from toolace_mt.verification.provenance.numbers import Number, is_amount
from toolace_mt.verification.provenance.passage import Passage
from toolace_mt.verification.provenance.words import flat, related

_COMPUTED = re.compile(
    r"\b(?:total|sum|altogether|combined|difference|remaining|left over|average|savings?|refund)\b",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"[=+]|\b(?:totals?|sum|together|combined|differ\w*|remain\w*|left|average|sav(?:e|es|ing|ings)|refund"
    r"|cheaper|expensive|more|less|fewer|extra|additional|each|per|both|plus|minus|after|before"
    r"|between|change|apart|overall|all|times|for (?:the )?\w+ (?:nights?|days?|people|tickets?)"
    r"|longer|shorter|higher|lower|older|younger|increase\w*|decrease\w*|up|down|half|twice)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"\b(?:end(?:s|ing)? (?:in|with)|last (?:four|4)(?: digits)?)\W*$", re.IGNORECASE
)
_WORD = re.compile(r"[A-Z]{1,2}\d{1,2}|[A-Z]?[a-z]+-?\d{1,2}(?:-[a-z]+)*")  # B12, base64-encoded
_WHOLES = (2, 3, 4, 5, 10)
_NEAR = 80  # characters before a number in which it is announced as computed
_AFTER = 40  # characters after it, likewise
_MOST = 24  # numbers of a reply that may add up to another


def judge_reply(reply: str, trajectory: Trajectory, known: Evidence) -> list[tuple[Mention, Found]]:
    """Return the values of a reply, each with where it comes from.

    A number may be computed if the words around it say so ("cheaper", "in total"): from the latest
    outputs, or from other numbers of the same reply that were told. One that is announced ("the
    total is ...") but follows from none of them is "nowhere" with that word as its source.
    """
    judged = [(mention, _judge(mention, reply, trajectory, known)) for mention in mentions(reply)]
    told = [m.value for m, f in judged if m.judged_as == "number" and f.kind != "nowhere"][:_MOST]
    return [
        (m, _computed(m, reply, told, known) if m.judged_as == "number" and f == NOWHERE else f)
        for m, f in judged
    ]


def _judge(mention: Mention, reply: str, trajectory: Trajectory, known: Evidence) -> Found:
    found = look_up(mention.value, mention.judged_as, None, known)
    if found.kind != "nowhere":
        return found
    passed = look_up(mention.value, mention.judged_as, None, known.with_arguments())
    if passed.kind != "nowhere":
        return Found("derived", f"an argument of {passed.told}")
    if mention.judged_as == "date" and _is_score(mention.text, known):
        return Found("derived", "so many of so many")
    if _ENDING.search(reply[max(0, mention.start - _NEAR) : mention.start]):
        whole = re.compile(rf"\d{re.escape(mention.text)}(?!\d)")
        ended = next((p.label for p in known.told if whole.search(p.text)), "")
        if ended:
            return Found("derived", f"{ended}: the end of a number")
    phrase = flat(mention.text)
    for tool in trajectory.tools:
        if phrase in flat(f"{tool.name} {tool.description} {tool.parameters}"):
            return Found("schema", f"definition of {tool.name}")
    if mention.judged_as == "identifier" and _WORD.fullmatch(mention.text):
        return Found("nowhere", "it may be a word")
    if mention.judged_as == "value" and all(related(word, known.words) for word in phrase.split()):
        return Found("derived", "its words were said before")
    return found


def _is_score(text: str, known: Evidence) -> bool:
    """Tell whether "4/5" is no date but two known numbers, or a score on a usual scale."""
    part, slash, whole = text.partition("/")
    if not (slash and part.isdecimal() and whole.isdecimal()):
        return False
    numbers = (int(part),) if int(whole) in _WHOLES else (int(part), int(whole))
    return all(n <= 1 or look_up(n, "number", None, known).kind != "nowhere" for n in numbers)


def _computed(mention: Mention, reply: str, told: list[Number], known: Evidence) -> Found:
    value, end = mention.value, mention.start + len(mention.text)
    before = reply[max(0, mention.start - _NEAR) : mention.start]
    if not _RELATED.search(before) and not _RELATED.search(reply[end : end + _AFTER]):
        return NOWHERE
    how = _sum_in_reply(value, told) or _arithmetic(value, known)
    if how:
        return Found("derived", how)
    announced = len(told) > 1 and _COMPUTED.search(before)
    return Found("nowhere", f"announced as {announced.group()!r}") if announced else NOWHERE


def _sum_in_reply(value: Number, told: list[Number]) -> str:
    running: list[Number] = [0]
    for number in told:
        running = [0, *(total + number for total in running)]
        if any(abs(total - value) < 0.01 for total in running):
            return "sum of numbers in this reply"
    how = combination(value, told, told)
    return f"{how} in this reply" if how else ""


def _arithmetic(value: Number, known: Evidence) -> str:
    for passage in known.latest():
        if any(abs(total - value) < 0.01 for total in _column_sums(passage)):
            return f"sum over {passage.label}"
    return combined(value, known)


def _column_sums(passage: Passage) -> list[Number]:
    """Return the sum of each field over the entries of a list, and of lists inside an entry."""
    sums: dict[Steps, Number] = {}
    for steps, value in passage.leaves:
        if not is_amount(value):
            continue
        for depth, step in enumerate(steps):
            if isinstance(step, int):
                rest = ("" if isinstance(inner, int) else inner for inner in steps[depth:])
                column = (*steps[:depth], *rest)
                sums[column] = sums.get(column, 0) + value
    return list(sums.values())
