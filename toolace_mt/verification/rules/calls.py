"""Rules on calls in their sequence: nothing twice for nothing, no loops, errors answered."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Call, Facts, finding, fingerprint, structural
from toolace_mt.verification.rules.outcome import failed, pending

_LOOP = 4  # times the same call is made until it is a loop
_TRANSIENT = re.compile(
    r"time[d ]?-?out|temporar|try again|retry|rate.?limit|too many|unavailable|overload|busy"
    r"|network|connection|internal|maintenance|upstream|gateway|server error|invalid response"
    r"|\b(?:429|50[0-4])\b",
    re.IGNORECASE,
)


_REPEATABLE = re.compile(  # tools for which the same call again is another event
    r"rand|roll|flip|dice|shuffle|draw|next|prev|scroll|page_?(?:up|down)|click|press|key|type"
    r"|step|move"
    r"|forward|back|turn_|rotate|jump|poll|wait|sleep|refresh|status|progress|state|monitor"
    r"|check|track"
    r"|joke|quote|fact|trivia|advice|uuid|generate|screenshot|observe|look|undo|redo|skip|increase"
    r"|decrease|increment|up$|down$",
    re.IGNORECASE,
)
_FAULTY = re.compile(
    r"invalid|missing|required|argument|parameter|format|not found|unknown|must |expected|no such"
    r"|does not exist|unrecogni[sz]ed|malformed|\b(?:400|404|422)\b",
    re.IGNORECASE,
)


@structural
def redundant_call(facts: Facts) -> Iterator[Finding]:
    """No call is made again with the same arguments unless it failed or was not done yet.

    An error in the same turn, or if neither the user nor another call came in the turns between and
    the output is the same; else a warning: a state may have changed in the meantime. What may well
    be done twice (a page turned, a die rolled, a status asked for) is a warning, too.
    """
    seen: dict[tuple[str, str], Call] = {}
    for call in facts.calls:
        before = seen.get(call.key)
        seen[call.key] = call
        if before is None or failed(before.output) or pending(before.output):
            continue
        between = facts.turns[before.turn + 1 : call.turn]
        eventful = any(turn.role == "user" or turn.calls for turn in between)
        changed = before.turn < call.turn and not _same_output(before, call)
        fine = eventful or changed or _REPEATABLE.search(call.call.name)
        severity: Severity = "warning" if fine else "error"
        text = f"the same call as in turn {before.turn}, which did not fail"
        yield finding("redundant_call", severity, text, call.turn, call.call.name, call.path)


@structural
def call_loop(facts: Facts) -> Iterator[Finding]:
    """The assistant does not go round in circles, making the same call again and again.

    A warning where somebody asks for it each time, the outputs differ, say that something is not
    done yet, or the call is one of those that may well be repeated.
    """
    made: dict[tuple[str, str], list[Call]] = {}
    for call in facts.calls:
        same = made.setdefault(call.key, [])
        same.append(call)
        if len(same) == _LOOP:
            text = f"made {_LOOP} times with the same arguments"
            severity: Severity = "warning" if _is_called_for(facts, same) else "error"
            yield finding("call_loop", severity, text, call.turn, call.call.name, call.path)


@structural
def error_answered(facts: Facts) -> Iterator[Finding]:
    """A call that failed for its arguments is not made again unchanged."""
    for wrong in facts.calls:
        if wrong.output is None or not failed(wrong.output) or not _faulty(wrong.output.content):
            continue
        for again in facts.calls:
            if again.turn == wrong.turn + 2 and again.key == wrong.key:
                text = f"failed in turn {wrong.turn} for its arguments and is repeated unchanged"
                place = (again.turn, again.call.name, again.path)
                yield finding("error_answered", "error", text, *place)


def _same_output(before: Call, call: Call) -> bool:
    """Tell whether two calls returned the same, as far as their outputs are there."""
    if before.output is None or call.output is None:
        return True
    return fingerprint(before.output.content) == fingerprint(call.output.content)


def _is_called_for(facts: Facts, same: list[Call]) -> bool:
    """Tell whether the same call was made several times for a reason."""
    if _REPEATABLE.search(same[0].call.name) or any(pending(call.output) for call in same):
        return True
    if any(not _same_output(same[0], call) for call in same):
        return True
    return all(
        any(turn.role == "user" for turn in facts.turns[one.turn : other.turn])
        for one, other in pairwise(same)
    )


def _faulty(content: Any) -> bool:
    """Tell whether an error output blames the arguments, not a fault that passes by itself."""
    text = fingerprint(content)[:2000]
    return _FAULTY.search(text) is not None and _TRANSIENT.search(text) is None
