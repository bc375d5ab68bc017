"""The rule on claims: what a reply says to be done was done by a call.

Only what the calls themselves contradict is an error: an action whose call failed, or was never
made though its tool is there. Which tool a claim belongs to is told by its verb (`action_words`).
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from toolace_mt.caching import cached
from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Call, Facts, finding, shown
from toolace_mt.verification.provenance.parsing.words import flat
from toolace_mt.verification.rules import action_words as words
from toolace_mt.verification.rules import result_words as results
from toolace_mt.verification.rules.action_words import first, within
from toolace_mt.verification.rules.exchange import last_request, made_before, since_user
from toolace_mt.verification.rules.outcome import (
    as_text,
    failed,
    refused,
)

_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_ASKS_FIRST = re.compile(
    r"\b(?:please|to|can you|could you|do you) (?:confirm|verify|review|approve)\b|\b(?:proceed"
    r"|go ahead)\b"
    r"[^.?!]{0,60}\?|请确认|\bconfirme\b|bestätigen sie"
)
_EASY = re.compile(
    r"\b(?:won['’]t|will not) (?:be )?\w+(?: \w+){0,2} (?:any ?more|again|from now on)\b|"
    r"请(?:查收|放心|注意)|\bno (?:problem|worries|doubt)\b|\bnot only\b|\bwithout (?:any"
    r" )?(?:problem|issue)s?\b"
)
_LONGEST = 8_000  # characters of a reply in which claims are looked for
_OPENING = 2  # sentences at the beginning of a reply in which "Sent to Ana." claims something
_BARE = 80  # characters of a sentence that may be as short as that
_STEM = 6  # letters that forms of a participle share (cancelled, canceled)
_ASSERTS = 20  # characters of a reply that states something


class Claim(NamedTuple):
    """Words that claim an action.

    `said` is its participle; `own`: the assistant says that it did it itself; `plain`: "Done!", it
    does not say what; `state`: it may as well be what a lookup tells ("Your flight is booked").
    """

    text: str
    said: str
    classes: frozenset[str]
    own: bool
    plain: bool
    state: bool = False


def claimed_success(facts: Facts) -> Iterator[Finding]:
    """No reply claims an action that failed, or that no call was made for.

    An error if every call that could have done it failed, or if none was made since the dialogue
    began although there is a tool for it; a warning if the tool's part is unclear.
    """
    acts = any(words.classes_of(tool.name) for tool in facts.trajectory.tools)
    for index, turn in enumerate(facts.turns):
        if turn.role != "assistant" or not turn.content or turn.injection == "non_fc":
            continue
        if turn.calls:
            if claims := _claims(turn.content):
                yield from _claimed_early(facts, index, claims)
            continue
        since = since_user(facts, index)
        if since and all(refused(call.output) for call in since):
            yield from _claimed_in_vain(facts, index, _claims(turn.content), since)
        elif acts and all(words.reads(c.call.name) or refused(c.output) for c in since):
            yield from _claimed_for_nothing(facts, index, _claims(turn.content), since)


def _claimed_in_vain(
    facts: Facts, index: int, claims: tuple[Claim, ...], since: tuple[Call, ...]
) -> Iterator[Finding]:
    """Look at a reply after calls of which every one failed."""
    text = facts.turns[index].content
    names = ", ".join(dict.fromkeys(call.call.name for call in since))
    tried = frozenset[str]().union(*(words.classes_of(call.call.name) for call in since))
    before = _done_before(facts, index, since[0].turn)
    admits = results.ADMITS.search(text[:_LONGEST].lower()) is not None
    for claim in claims:
        meant = claim.classes & tried or claim.plain or not claim.classes or not tried
        if meant and not (admits and claim.classes & before):
            said = f"claims success ({shown(claim.text)}) although every call failed ({names})"
            yield finding("claimed_success", "error", said, index)
            return
    echoed = any(_echoes(call, text) for call in since)
    if (
        not (admits or echoed)
        and len(text) >= _ASSERTS
        and all(failed(call.output) for call in since)
    ):
        said = f"does not say that every call failed ({names})"
        yield finding("claimed_success", "warning" if before else "error", said, index)


def _echoes(call: Call, text: str) -> bool:
    """Tell whether a reply takes up a word of what a failed call returned."""
    said = flat(as_text(call.output.content) if call.output else "").split()
    told = flat(text)
    pairs = any(f" {one} {other} " in told for one, other in pairwise(said))
    return pairs or any(len(word) >= _STEM and f" {word} " in told for word in said)


def _claimed_for_nothing(
    facts: Facts, index: int, claims: tuple[Claim, ...], since: tuple[Call, ...]
) -> Iterator[Finding]:
    """Look at claims of actions for which no call, or only a failed one, was made."""
    offered = [
        tool.name for tool in facts.trajectory.tools if facts.since.get(tool.name, -1) <= index
    ]
    asked = last_request(facts, index)
    for claim in claims:
        able = [name for name in offered if words.classes_of(name) & claim.classes]
        made = made_before(facts, index)
        if claim.plain:
            able = [name for name in offered if words.classes_of(name) and _asks_for(asked, name)]
            if made:
                continue
        state = bool(made) and claim.state
        if not able or state:
            continue
        if not (claim.own or claim.plain) and _was_told(facts, index, claim):
            continue
        acted = [call for call in made if not words.reads(call.call.name)]
        done = [call for call in acted if not refused(call.output)]
        if any(words.classes_of(c.call.name) & claim.classes for c in done) and not claim.plain:
            continue
        unclear = any(not words.classes_of(c.call.name) or c in since for c in done)
        severity: Severity = "warning" if unclear else "error"
        said = f"claims an action ({shown(claim.text)}) for which no call was made; there is"
        yield finding("claimed_success", severity, f"{said} {able[0]}", index)
        return


def _claimed_early(facts: Facts, index: int, claims: tuple[Claim, ...]) -> Iterator[Finding]:
    """Look at what is said beside calls, before their outputs are there."""
    calling = frozenset[str]().union(
        *(words.classes_of(call.name) for call in facts.turns[index].calls)
    )
    before = frozenset[str]().union(
        *(words.classes_of(c.call.name) for c in since_user(facts, index) if not refused(c.output))
    )
    for claim in claims:
        early = claim.own or not _was_told(facts, index, claim)
        if early and claim.classes & calling and not claim.classes & before:
            said = f"claims success ({shown(claim.text)}) before the output is there"
            yield finding("claimed_success", "error", said, index)
            return


@cached
def _claims(content: str) -> tuple[Claim, ...]:
    """Return what a text claims to be done, sentence by sentence."""
    text = content[:_LONGEST].lower()
    own, stated, done = (within(kind, text) for kind in (words.MADE, words.STATED, words.DONE))
    asking = _ASKS_FIRST.search(text) is not None
    stated = () if asking else stated
    opening = 0 if asking else _OPENING
    found = []
    for number, sentence in enumerate(_SENTENCES.split(text)):
        bare = words.BARE.search(sentence[:_BARE]) if number < opening else None
        if match := first(own, sentence):
            claim = _claim(match, own=True)
        elif match := first(stated, sentence) or bare:
            claim = _claim(match, own=False)
        elif match := first(done, sentence):
            claim = Claim(match.group(), "", frozenset(), own=False, plain=True)
        else:
            continue
        if not words.NOT_CLAIMED.search(_EASY.sub(" ", sentence)):
            found.append(claim)
    return tuple(found)


def _claim(match: re.Match[str], *, own: bool) -> Claim:
    parts = match.groupdict()
    said = (parts.get("said") or parts.get("then") or "").strip()
    noun = parts.get("noun")
    classes = words.classes_of(noun) if noun else words.classes_claimed(said)
    state = parts.get("state") is not None
    return Claim(match.group(), said, classes, own=own, plain=False, state=state)


def _was_told(facts: Facts, index: int, claim: Claim) -> bool:
    """Tell whether what is said to be done may be news: the user or an output speaks of it."""
    stem, said = claim.said[:_STEM], claim.said
    if not said:
        return False
    users = (turn.content for turn in facts.turns[:index] if turn.role == "user")
    outputs = (as_text(o.content) for turn in facts.turns[:index] for o in turn.outputs)
    heard = said.isascii() and any(said in text.lower() for text in users)
    return heard or any(stem in text.lower() for text in outputs)


def _done_before(facts: Facts, index: int, start: int) -> frozenset[str]:
    """Return the classes of actions that were carried out before some calls."""
    done = [c for c in made_before(facts, min(start, index)) if not refused(c.output)]
    return frozenset[str]().union(*(words.classes_of(call.call.name) for call in done))


def _asks_for(asked: str, tool_name: str) -> bool:
    """Tell whether a message uses a word of an action tool's name ("Book me ..." book_salon)."""
    parts = re.findall(r"[a-z]{3,}", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tool_name).lower())
    told = flat(asked)
    return any(f" {part}" in told for part in parts[:1])
