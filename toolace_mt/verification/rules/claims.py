"""Rules on what replies claim: what was done, what was found, what cannot be looked up.

Only what the calls themselves contradict is an error: an action whose call failed or was never
made though its tool is there, an empty search that found something, a search with results that
found nothing. Which tool a claim belongs to is told by its verb (see `action_words`).
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from toolace_mt.caching import by_value
from toolace_mt.schemas.paths import leaf_steps
from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Call, Facts, finding, shown
from toolace_mt.verification.provenance.words import flat
from toolace_mt.verification.rules import action_words as words
from toolace_mt.verification.rules import result_words as results
from toolace_mt.verification.rules.action_words import first
from toolace_mt.verification.rules.outcome import (
    failed,
    is_empty,
    listed,
    pending,
    refused,
    says_absent,
)

_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_ASKS_FIRST = re.compile(
    r"\b(?:please|to|can you|could you|do you) (?:confirm|verify|review|approve)\b|\b(?:proceed|go ahead)\b"
    r"[^.?!]{0,60}\?|请确认|confirme|bestätigen sie"
)
_LONGEST = 8_000  # characters of a reply in which claims are looked for
_MOST_LEAVES = 500  # values of an output that a reply may mention
_SHORT = 3  # characters of a value that a reply may hold by chance
_ASSERTS = 20  # characters of a reply that states something


class Claim(NamedTuple):
    """A sentence that claims an action; `own` if the assistant says that it did it itself."""

    text: str
    classes: frozenset[str]
    own: bool
    plain: bool  # "Done!": it does not say what


def claimed_success(facts: Facts) -> Iterator[Finding]:
    """No reply claims an action that failed, or that no call was made for.

    An error if every call that could have done it failed, or if none was made since the dialogue
    began although there is a tool for it; a warning if the tool's part is unclear.
    """
    for index, turn in enumerate(facts.turns):
        if turn.role != "assistant" or not turn.content or turn.injection == "non_fc":
            continue
        since = _since_user(facts, index)
        if turn.calls:
            yield from _claimed_early(facts, index, _claims(turn.content))
        elif since and all(refused(call.output) for call in since):
            yield from _claimed_in_vain(facts, index, _claims(turn.content), since)
        elif all(words.reads(c.call.name) or refused(c.output) for c in since) and _can_act(facts):
            yield from _claimed_for_nothing(facts, index, _claims(turn.content), since)


def _can_act(facts: Facts) -> bool:
    return any(words.classes_of(tool.name) for tool in facts.trajectory.tools)


def _claimed_in_vain(
    facts: Facts, index: int, claims: tuple[Claim, ...], since: list[Call]
) -> Iterator[Finding]:
    """Look at a reply after calls of which every one failed."""
    text = facts.turns[index].content
    names = ", ".join(dict.fromkeys(call.call.name for call in since))
    tried = frozenset[str]().union(*(words.classes_of(call.call.name) for call in since))
    before = _done_before(facts, index, since[0].turn)
    for claim in claims:
        meant = claim.classes & tried or claim.plain or not claim.classes or not tried
        if meant and not (claim.classes and claim.classes & before):
            said = f"claims success ({shown(claim.text)}) although every call failed ({names})"
            yield finding("claimed_success", "error", said, index)
            return
    silent = not results.ADMITS.search(text[:_LONGEST].lower()) and len(text) >= _ASSERTS
    if silent and all(failed(call.output) for call in since):
        said = f"does not say that every call failed ({names})"
        yield finding("claimed_success", "warning" if before else "error", said, index)


def _claimed_for_nothing(
    facts: Facts, index: int, claims: tuple[Claim, ...], since: list[Call]
) -> Iterator[Finding]:
    """Look at claims of actions for which no call, or only a failed one, was made."""
    offered = [
        tool.name for tool in facts.trajectory.tools if facts.since.get(tool.name, -1) <= index
    ]
    asked = _last_user_text(facts, index)
    for claim in claims:
        able = [name for name in offered if words.classes_of(name) & claim.classes]
        made = [call for call in facts.calls if call.turn < index]
        if claim.plain:
            able = [name for name in offered if words.classes_of(name) and _asks_for(asked, name)]
            if made:
                continue
        if not able or not (claim.own or claim.plain or not made):
            continue
        if not claim.own and flat(claim.text.split()[-1]) in flat(asked):
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
    before = _done_before(facts, index, index)
    for claim in claims:
        if claim.own and claim.classes & calling and not claim.classes & before:
            said = f"claims success ({shown(claim.text)}) before the output is there"
            yield finding("claimed_success", "error", said, index)
            return


def claimed_result(facts: Facts) -> Iterator[Finding]:
    """No reply says that nothing was found over results, or the reverse, or that it cannot look.

    An error if no result is mentioned and nothing narrows down what there is none of; else nothing,
    since the results may well not be what the user wants.
    """
    for index, turn in enumerate(facts.turns):
        if turn.role != "assistant" or turn.calls:
            continue
        since = [call for call in _since_user(facts, index) if call.output is not None]
        if not since or not _speaks_of_results(turn.content):
            continue
        if any(failed(call.output) or pending(call.output) for call in since):
            continue
        text = turn.content[:_LONGEST].lower()
        nothing, refuses = first(results.NOTHING, text), first(results.REFUSES, text)
        if nothing and not _is_narrowed(text, nothing) and all(_is_full(call) for call in since):
            if not _mentions(text, since, facts, index):
                said = f"says that there is nothing ({shown(nothing.group())}) over results"
                yield finding("claimed_result", "error", said, index)
        elif refuses and all(words.reads(c.call.name) and _is_full(c) for c in since):
            if not _mentions(text, since, facts, index):
                said = f"says that it cannot look ({shown(refuses.group())}) after a call that did"
                yield finding("claimed_result", "error", said, index)
        elif (found := first(results.FOUND, text)) and not nothing:
            if all(_found_none(call) for call in since) and not results.ADMITS.search(text):
                earlier = any(listed(c.output) for c in facts.calls if c.turn < since[0].turn)
                said = f"says that something was found ({shown(found.group())}) over empty outputs"
                yield finding("claimed_result", "warning" if earlier else "error", said, index)


@by_value
def _speaks_of_results(content: str) -> bool:
    text = content[:_LONGEST].lower()
    return any(first(said, text) for said in (results.NOTHING, results.FOUND, results.REFUSES))


def _is_narrowed(text: str, nothing: re.Match[str]) -> bool:
    """Tell whether the sentence that says "nothing" says of what exactly there is nothing."""
    start = max(text.rfind(mark, 0, nothing.start()) for mark in ".!?\n。！？") + 1
    ends = [at for mark in ".!?\n。！？" if (at := text.find(mark, nothing.end())) >= 0]
    sentence = results.MATCHING.sub(" ", text[start : min(ends, default=len(text))])
    return results.QUALIFIED.search(sentence) is not None


def _is_full(call: Call) -> bool:
    """Tell whether a call returned something, all of which is there and true."""
    if call.output is None or says_absent(call.output) or not words.reads(call.call.name):
        return False
    leaves = [value for _, value in leaf_steps(call.output.content, _MOST_LEAVES)]
    return bool(leaves) and not any(value in (False, None, "", 0) for value in leaves)


def _found_none(call: Call) -> bool:
    return is_empty(call.output) and words.reads(call.call.name)


def _mentions(text: str, since: list[Call], facts: Facts, index: int) -> bool:
    """Tell whether a reply says any value of the outputs that the user has not said before."""
    told, asked = flat(text), flat(_last_user_text(facts, index))
    for call in since:
        if call.output is None:
            continue
        for _, value in leaf_steps(call.output.content, _MOST_LEAVES):
            known = flat(_plain(value)).strip()
            if len(known) >= _SHORT and known in told and f" {known} " not in asked:
                return True
            if " " in known and any(len(w) > _SHORT and f" {w} " in told for w in known.split()):
                return True
    return False


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


@by_value
def _claims(content: str) -> tuple[Claim, ...]:
    """Return what a text claims to be done, sentence by sentence."""
    text = content[:_LONGEST].lower()
    kinds = (words.MADE, words.STATED, words.DONE)
    if not any(sign in text for kind in kinds for signs, _ in kind for sign in signs):
        return ()
    asking = _ASKS_FIRST.search(text) is not None
    found = []
    for sentence in _SENTENCES.split(text):
        if match := first(words.MADE, sentence):
            claim = Claim(match.group(), _classes(match), own=True, plain=False)
        elif not asking and (match := first(words.STATED, sentence)):
            claim = Claim(match.group(), _classes(match), own=False, plain=False)
        elif match := first(words.DONE, sentence):
            claim = Claim(match.group(), frozenset(), own=False, plain=True)
        else:
            continue
        if not words.NOT_CLAIMED.search(sentence):
            found.append(claim)
    return tuple(found)


def _classes(match: re.Match[str]) -> frozenset[str]:
    said = next((part for part in match.groupdict().values() if part), "")
    return words.classes_claimed(said)


def _since_user(facts: Facts, index: int) -> list[Call]:
    """Return the calls made since the last message of the user before a turn."""
    start = max((i for i in range(index) if facts.turns[i].role == "user"), default=-1)
    return [call for call in facts.calls if start < call.turn < index]


def _done_before(facts: Facts, index: int, start: int) -> frozenset[str]:
    """Return the classes of actions that were carried out before some calls."""
    done = [c for c in facts.calls if c.turn < min(start, index) and not refused(c.output)]
    return frozenset[str]().union(*(words.classes_of(call.call.name) for call in done))


def _last_user_text(facts: Facts, index: int) -> str:
    texts = (turn.content for turn in reversed(facts.turns[:index]) if turn.role == "user")
    return next(texts, "")


def _asks_for(asked: str, tool_name: str) -> bool:
    """Tell whether a message uses a word of an action tool's name ("Book me ..." book_salon)."""
    parts = re.findall(r"[a-z]{3,}", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tool_name).lower())
    told = flat(asked)
    return any(f" {part}" in told for part in parts[:1])
