"""The rule on promises: who says "I will check that now" makes a call."""

import re
from collections.abc import Iterator

from toolace_mt.caching import cached
from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Facts, finding, shown

_LONG = 300  # characters of a reply that says more than that it will do something
_PROMISE = re.compile(
    r"\b(?:i['’]ll|i will|let me|i am going to|i['’]m going to) (?:now |just |quickly |go ahead"
    r" and |first )?"
    r"(?:check|look|search|find|fetch|retrieve|book|cancel|send|get|pull|query|call|verify"
    r"|process|proceed|create"
    r"|update|run|do that|take care|transfer|schedule|see what)\b"
    r"|\b(?:one moment|just a (?:moment|second|minute)|give me a (?:moment|second)|please"
    r" (?:wait|hold)|hold on)\b"
    r"|\b(?:checking|searching|looking (?:that|it|this) up|working on"
    r" it)\b[^.?!\n]{0,40}(?:\.\.\.|…|now)"
    r"|请稍等|请稍候|我(?:马上|现在|这就|来)[^，。！]{0,6}(?:查|找|预订|处理|看看)|\bun momento"
    r"|\beinen moment|\bun instant",
    re.IGNORECASE,
)
_SIGNS = (  # one of these stands in whatever `_PROMISE` finds in an ASCII text
    *("i'll", "i will", "let me", "i am going to", "i'm going to", "moment", "just a", "give me a"),
    *("please", "hold on", "checking", "searching", "looking", "working on", "un instant"),
)
_WAITS = re.compile(
    r"\?|？|\b(?:once|if|when|after|as soon as|please (?:provide|tell|give|confirm|share|let)"
    r"|let me know|need"
    r"|could you|wenn|sobald|bitte|si|cuando)\b|如果|请(?:提供|告诉|确认)",
    re.IGNORECASE,
)


def promise(facts: Facts) -> Iterator[Finding]:
    """A reply that promises to do something now is not left standing without a call.

    A warning: the work may be somebody else's, or the dialogue may go on elsewhere.
    """
    for index, turn in enumerate(facts.turns):
        if turn.role != "assistant" or turn.calls or not facts.trajectory.tools:
            continue
        following = facts.turns[index + 1] if index + 1 < len(facts.turns) else None
        if following is not None and following.role == "assistant":
            continue
        if said := _promised(turn.content):
            yield finding("promise", "warning", f"{shown(said)}, and no call follows", index)


@cached
def _promised(content: str) -> str:
    """Return the words with which a short text promises to act at once, "" if it does not."""
    text = content.strip()
    if len(text) > _LONG or not _has_signs(text) or _WAITS.search(text):
        return ""
    match = _PROMISE.search(text)
    return match.group() if match else ""


def _has_signs(text: str) -> bool:
    lower = text.lower()
    return not text.isascii() or any([sign in lower for sign in _SIGNS])  # noqa: C419
