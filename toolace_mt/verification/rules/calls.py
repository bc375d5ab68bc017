"""Rules on calls in their sequence: nothing twice for nothing, no loops, errors answered."""

import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Call, Facts, finding, fingerprint, structural

_LOOP = 4  # times the same call is made until it is a loop
_TRANSIENT = re.compile(
    r"time[d ]?-?out|temporar|try again|retry|rate.?limit|too many|unavailable|overload|busy"
    r"|network|connection|internal|maintenance|\b(?:429|50[0-4])\b",
    re.IGNORECASE,
)


_FAULTY = re.compile(
    r"invalid|missing|required|argument|parameter|format|not found|unknown|must |expected|no such"
    r"|does not exist|unrecogni[sz]ed|malformed|\b(?:400|404|422)\b",
    re.IGNORECASE,
)


@structural
def redundant_call(facts: Facts) -> Iterator[Finding]:
    """No call is made again with the same arguments unless it failed.

    An error in the same turn, or if neither the user nor another call came in the turns between;
    else a warning: a state may have changed in the meantime.
    """
    seen: dict[tuple[str, str], Call] = {}
    for call in facts.calls:
        before = seen.get(call.key)
        seen[call.key] = call
        if before is None or (before.output is not None and before.output.error):
            continue
        between = facts.turns[before.turn + 1 : call.turn]
        eventful = any(turn.role == "user" or turn.calls for turn in between)
        severity: Severity = "warning" if eventful else "error"
        text = f"the same call as in turn {before.turn}, which did not fail"
        yield finding("redundant_call", severity, text, call.turn, call.call.name, call.path)


@structural
def call_loop(facts: Facts) -> Iterator[Finding]:
    """The assistant does not go round in circles, making the same call again and again."""
    made: dict[tuple[str, str], int] = {}
    for call in facts.calls:
        made[call.key] = made.get(call.key, 0) + 1
        if made[call.key] == _LOOP:
            text = f"made {_LOOP} times with the same arguments"
            yield finding("call_loop", "error", text, call.turn, call.call.name, call.path)


@structural
def error_answered(facts: Facts) -> Iterator[Finding]:
    """A call that failed for its arguments is not made again unchanged."""
    for failed in facts.calls:
        if failed.output is None or not failed.output.error or not _faulty(failed.output.content):
            continue
        for again in facts.calls:
            if again.turn == failed.turn + 2 and again.key == failed.key:
                text = f"failed in turn {failed.turn} for its arguments and is repeated unchanged"
                place = (again.turn, again.call.name, again.path)
                yield finding("error_answered", "error", text, *place)


def _faulty(content: Any) -> bool:
    """Tell whether an error output blames the arguments, not a fault that passes by itself."""
    text = fingerprint(content)[:2000]
    return _FAULTY.search(text) is not None and _TRANSIENT.search(text) is None
