"""Values of a reply that an earlier output had and a later one has changed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.parameters import snake_case
from toolace_mt.verification.provenance.parsing.dates import Moment, read_dates
from toolace_mt.verification.provenance.parsing.mentions import Mention, mentions
from toolace_mt.verification.provenance.parsing.numbers import is_amount
from toolace_mt.verification.provenance.parsing.words import flat
from toolace_mt.verification.provenance.passage import Passage

_PAST = re.compile(
    r"\b(was|were|before|previous(?:ly)?|old|earlier|original(?:ly)?|from|instead|rather|had"
    r"|used to|until now|first|initial(?:ly)?|changed?|than|vs|versus|minus|less|deduct\w*"
    r"|refund\w*|both|each|total|sum)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?](?=\s)|\n")
_IDENTIFIER = re.compile(r"(?=[\w#.@-]*\d)(?!\d{4}-\d\d-\d\d)[\w#.@-]{4,}")
_OWN_ID = re.compile(r"^(?:id|reference)$|(?:_id|Id|ID)$")
_LONGEST_NAME = 60
_NEAR = 60  # characters around a value that may speak of the past
_FORM = 2  # fields by which outputs are of one form
_RECENT = 3  # outputs that may have been overtaken
_SMALL = 20  # integers below stand in outputs by chance


def outdated(mention: Mention, reply: str, known: Evidence) -> str:
    """Return how a value has changed since the output that told it, "" if it has not.

    The latest output has the very field with another value, of a call about the same thing; and
    the reply does not speak of the past.
    """
    if mention.judged_as not in ("number", "date", "identifier") or len(known.outputs) < 2:
        return ""
    changed = [
        passage
        for passage, about in zip(known.outputs[1:_RECENT], known.about[1:_RECENT], strict=False)
        if _is_of_the_same(about, known.about[0]) or _is_alike(passage, about, known)
    ]
    if not changed:
        return ""
    start, end = mention.start, mention.start + len(mention.text)
    before = _SENTENCE.split(reply[max(0, start - _NEAR) : start])[-1]
    past = set(_PAST.findall((before + _SENTENCE.split(reply[start : end + _NEAR])[0]).lower()))
    wanted = _dates(mention.text) or mention.value
    if not wanted or _is_small(wanted):
        return ""
    if _told(wanted, known):
        return ""
    fresh = dict(known.outputs[0].leaves)
    for passage in changed:
        if _is_another(passage.leaves, fresh, flat(reply)):
            continue
        for steps, old in passage.leaves:
            if (
                steps in fresh
                and not _says(reply, fresh[steps])
                and fresh[steps] != old
                and _is(wanted, old)
                and not _listed(steps)
                and past <= set(snake_case(_name(steps)).split("_"))
            ):
                return f"is the {_name(steps)} of before: it is {fresh[steps]} now"
    return ""


def _is_another(
    earlier: Sequence[tuple[Steps, Any]], fresh: Mapping[Steps, Any], reply: str
) -> bool:
    """Tell whether an earlier output is about another thing, or the reply speaks of that output.

    Another thing has another id of its own; and a name of two words or more that only the earlier
    output has shows what the reply speaks of.
    """
    for steps, old in earlier:
        if not steps or fresh.get(steps, old) == old or not isinstance(old, str):
            continue
        if _OWN_ID.search(str(steps[-1])):
            return True
        if " " in old.strip() and len(old) <= _LONGEST_NAME and flat(old) in reply:
            return True
    return False


def _is_of_the_same(about: frozenset[str], latest: frozenset[str]) -> bool:
    """Tell whether two calls were about the same thing: `about` as in `Evidence.returned`.

    So are a call made again with the same arguments, and calls of two tools with the same ids.
    """
    if about.isdisjoint(latest):
        return False
    if _tool(about) == _tool(latest):
        return about == latest
    ids = {value for value in about if _IDENTIFIER.fullmatch(value)}
    return bool(ids) and ids <= latest


def _is_alike(earlier: Passage, about: frozenset[str], known: Evidence) -> bool:
    """Tell whether two outputs are states of one thing: of the same form, with the same id.

    Outputs of one tool without any id may be of two things that it was asked about.
    """
    before, now = dict(earlier.leaves), dict(known.outputs[0].leaves)
    if before.keys() != now.keys() or len(now) < _FORM:
        return False
    ids = [steps for steps in now if steps and _OWN_ID.search(str(steps[-1]))]
    if ids:
        return all(before[steps] == now[steps] for steps in ids)
    return _tool(about) != _tool(known.about[0])


def _tool(about: frozenset[str]) -> str:
    """Return the mark of the tool that an output came from."""
    return next((text for text in about if text.startswith("tool ")), "")


def _is_small(wanted: Any) -> bool:
    return isinstance(wanted, int) and abs(wanted) < _SMALL


def _told(wanted: Any, known: Evidence) -> bool:
    """Tell whether the latest output or message has the value too."""
    recent = (known.outputs[0], *known.users[:1], *known.passed_calls[:1])
    if isinstance(wanted, str):
        return any(flat(wanted) in passage.flat for passage in recent)
    if isinstance(wanted, list):
        moments = {m for passage in recent for m in passage.calendar.moments}
        return any(told.covers(moment) for told in moments for moment in wanted)
    return any(wanted in passage.numbers for passage in recent)


def _dates(text: str) -> list[Moment]:
    return [m for readings in read_dates(text) for m in readings if m.month and m.day]


def _is(wanted: Any, old: Any) -> bool:
    if isinstance(wanted, list):
        told = _dates(old) if isinstance(old, str) and len(old) <= 32 else []
        return any(moment.covers(other) for moment in wanted for other in told)
    if isinstance(wanted, str):
        return bool(old == wanted)
    return bool(is_amount(old) and old == wanted)


def _says(reply: str, value: Any) -> bool:
    """Tell whether a reply names a value too."""
    if isinstance(value, str) and (days := _dates(value)):
        told = [m for mention in mentions(reply) for m in _dates(mention.text)]
        return any(one.covers(day) for one in told for day in days)
    return any(mention.value == value for mention in mentions(reply))


def _listed(steps: Steps) -> bool:
    """Tell whether a place is one of a list, in which other things stood before."""
    return any(isinstance(step, int) for step in steps)


def _name(steps: Steps) -> str:
    return next((str(step) for step in reversed(steps) if isinstance(step, str)), "value")
