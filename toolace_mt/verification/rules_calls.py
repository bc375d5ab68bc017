"""Rules on calls in their sequence: nothing twice for nothing, no loops, errors answered."""

import json
import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Call, Facts, finding

_LOOP = 4  # rounds of the same calls with the same outputs that make a loop
_TRANSIENT = re.compile(
    r"time[d ]?-?out|temporar|try again|retry|rate.?limit|too many|unavailable|overload|busy"
    r"|network|connection|internal|maintenance|\b(?:429|50[0-4])\b",
    re.IGNORECASE,
)


def redundant_call(facts: Facts) -> Iterator[Finding]:
    """No call is made again with the same arguments unless it failed.

    An error within one request of the user when no other call lies between; a warning otherwise,
    since a state may have changed in the meantime.
    """
    seen: dict[tuple[str, str], Call] = {}
    request, last_other = 0, -1
    requests = []
    for turn in facts.turns:
        request += turn.role == "user"
        requests.append(request)
    previous: Call | None = None
    for call in facts.calls:
        key = (call.call.name, fingerprint(call.call.arguments))
        first = seen.get(key)
        if previous is not None and (previous.call.name, previous.turn) != (
            call.call.name,
            call.turn,
        ):
            last_other = previous.turn if previous.call.name != call.call.name else last_other
        failed = first is not None and first.output is not None and first.output.error
        if first is not None and not failed:
            same = requests[first.turn] == requests[call.turn] and last_other <= first.turn
            text = f"the same call as in turn {first.turn}, which did not fail"
            place = (call.turn, call.call.name, call.path)
            yield finding("redundant_call", "error" if same else "warning", text, *place)
        seen[key] = call
        previous = call


def call_loop(facts: Facts) -> Iterator[Finding]:
    """The assistant does not go round in circles: the same failing calls again and again."""
    runs: dict[tuple[str, str], int] = {}
    for call in facts.calls:
        key = (call.call.name, fingerprint(call.call.arguments))
        runs[key] = runs.get(key, 0) + 1
        if runs[key] == _LOOP:
            text = f"made {_LOOP} times with the same arguments"
            yield finding("call_loop", "error", text, call.turn, call.call.name, call.path)


def error_answered(facts: Facts) -> Iterator[Finding]:
    """A failed call is adjusted, retried after a passing fault, or told to the user."""
    for call in facts.calls:
        if call.output is None or not call.output.error:
            continue
        again = _same_tool_next(facts, call)
        if again is None:
            continue
        unchanged = fingerprint(again.call.arguments) == fingerprint(call.call.arguments)
        if unchanged and not transient(call.output.content):
            text = f"failed in turn {call.turn} for its arguments and is repeated unchanged"
            yield finding("error_answered", "error", text, again.turn, again.call.name, again.path)


def _same_tool_next(facts: Facts, failed: Call) -> Call | None:
    return next(
        (
            call
            for call in facts.calls
            if call.turn == failed.turn + 2 and call.call.name == failed.call.name
        ),
        None,
    )


def transient(content: Any) -> bool:
    """Tell whether an error output speaks of a fault that passes by itself."""
    return _TRANSIENT.search(fingerprint(content)[:2000]) is not None


def fingerprint(value: Any) -> str:
    """Return a text that is equal for equal JSON values, whatever the order of their keys."""
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (RecursionError, TypeError, ValueError):
        return repr(type(value))
