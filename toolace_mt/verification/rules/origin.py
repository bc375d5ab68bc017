"""Rules on origins: every argument and every value in a reply was told before.

An error is what a careful reader would call wrong. What is arguable is a warning, whose message
says how sure the rule is.
"""

import re
from collections import Counter
from collections.abc import Iterator

from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Facts, finding, shown
from toolace_mt.verification.provenance import Trace
from toolace_mt.verification.provenance.freedom import is_free
from toolace_mt.verification.provenance.parsing.numbers import parse_number
from toolace_mt.verification.queries import queried

_COMMON = re.compile(r"[\d.,]{1,6}|https?://[^/]+/?|\d\d? ?[ap]m|\d{4}")  # known of the world
_SENTENCE_END = re.compile(r"[.!](?=\s|$)|\?|\n")
_OFFER = re.compile(
    r"(?:(?:or|and|so),? )?(?:shall|should|would you|do you want|may i|can i|could i|want me"
    r"|how about|what about|soll|möchte|quiere|¿quiere|voulez|要不要|需要)\b",
    re.IGNORECASE,
)
_SENTENCE = 200  # characters on either side of a number in which its sentence ends
_LONG = 400  # characters of a reply that gives advice
_SMALL = 2  # integers up to here are commonly implied ("a table for us two")


def argument_origin(facts: Facts) -> Iterator[Finding]:
    """Every argument comes from the user, an output or the tool's definition, or follows from it.

    A warning only: what an assistant may choose, create or know (`provenance.freedom`), tiny
    integers, names told in part, and calls that failed and were made again. What a query over
    outputs gives is known.
    """
    proven = {(q.turn, q.path) for q in queried(facts) if not q.fault}
    for trace in facts.doubtful:
        if trace.leaf is None or (trace.turn, trace.path) in proven:
            continue
        severity, sure = _severity(trace)
        if (trace.turn, trace.call) in facts.excused:
            severity, sure = "warning", "the call failed and was made again"
        text = f"{shown(trace.value)} occurs nowhere before {trace.origin.source}"
        if trace.against:
            text = f"{shown(trace.value)} {trace.against} [{trace.judged_as}]"
        place = (trace.turn, trace.tool, trace.path)
        yield finding("argument_origin", severity, _with(text, sure), *place)


def reply_origin(facts: Facts) -> Iterator[Finding]:
    """Values in replies were told or computed: numbers, dates, identifiers, addresses, names.

    A warning only: numbers announced as computed ("in total"), names of which a word was said,
    names where the reply has more that nobody told, replies before any tool was called or that need
    no tool; and several numbers in long ones that give advice.
    """
    first = min((call.turn for call in facts.calls), default=len(facts.turns))
    unknown = [trace for trace in facts.doubtful if trace.leaf is None]
    untold = Counter(trace.turn for trace in unknown if trace.nowhere)
    told = Counter(trace.turn for trace in facts.traces if trace.leaf is None and not trace.nowhere)
    for trace in unknown:
        index = trace.turn
        several = untold[index] > 1
        loose = index < first or facts.turns[index].injection == "non_fc" or trace.partly
        common = trace.judged_as == "value" or _COMMON.fullmatch(str(trace.value)) is not None
        mostly_told = untold[index] <= told[index]
        named = trace.judged_as == "value" or _is_advice(facts, index, mostly_told)
        loose = loose or _is_offered(facts.turns[index].content, trace)
        loose = (loose or (several and common and named)) and not trace.against
        text = f"{shown(trace.value)} occurs nowhere before {trace.found.told}".rstrip()
        if trace.against:
            text = f"{shown(trace.value)} {trace.against}"
        place = (index, "", trace.path)
        yield finding("reply_origin", "warning" if loose else "error", text, *place)


def _is_offered(reply: str, trace: Trace) -> bool:
    """Tell whether a number stands in a question that offers to go on: nothing is claimed."""
    if trace.judged_as != "number":
        return False
    after = _SENTENCE_END.search(reply, trace.start, trace.start + _SENTENCE)
    if after is None or after[0] != "?":
        return False
    before = reply[max(0, trace.start - _SENTENCE) : trace.start]
    start = max(map(before.rfind, ".!?\n")) + 1
    return _OFFER.match(before[start:].strip()) is not None


def _with(text: str, sure: str) -> str:
    return f"{text} ({sure})" if sure else text


def _is_advice(facts: Facts, index: int, mostly_told: bool) -> bool:
    """Tell whether a reply speaks at length of the world, beside or instead of what tools told."""
    asked = index == 0 or facts.turns[index - 1].role == "user"
    return (asked or mostly_told) and len(facts.turns[index].content) >= _LONG


def _severity(trace: Trace) -> tuple[Severity, str]:
    """Return the severity of a value that nobody told, with the confidence of a warning."""
    leaf, value = trace.leaf, trace.value
    if trace.against or leaf is None:
        return "error", ""
    if trace.partly:
        return "warning", "confidence 0.5"
    number = parse_number(value) if isinstance(value, str) else value
    if isinstance(number, int | float) and abs(number) <= _SMALL and float(number).is_integer():
        return "warning", "confidence 0.2: a small number"
    why = is_free(leaf, value, trace.tool)
    if why:
        return "warning", f"confidence 0.1: {why}"
    if trace.judged_as == "text":
        return "warning", "confidence 0.3: free text"
    if trace.judged_as in ("choice", "boolean"):
        return "warning", "confidence 0.3: a choice"
    return "error", ""
