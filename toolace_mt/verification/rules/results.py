"""The rule on results: what a reply says was found, or was not, is what the calls returned."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import leaf_values
from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Call, Facts, finding, shown
from toolace_mt.verification.provenance.parsing.words import flat
from toolace_mt.verification.rules import action_words as words
from toolace_mt.verification.rules import result_words as results
from toolace_mt.verification.rules.action_words import first
from toolace_mt.verification.rules.exchange import last_request, made_before, since_user
from toolace_mt.verification.rules.outcome import failed, is_empty, pending, says_absent

_LONGEST = 8_000  # characters of a reply in which claims are looked for
_MOST_LEAVES = 500  # values of an output that a reply may mention
_SHORT = 3  # characters of a value that a reply may hold by chance


def claimed_result(facts: Facts) -> Iterator[Finding]:
    """No reply says that nothing was found over results, or the reverse, or that it cannot look.

    An error if no result is mentioned and nothing narrows down what there is none of; else nothing,
    since the results may well not be what the user wants.
    """
    for index, turn in enumerate(facts.turns):
        if turn.role != "assistant" or turn.calls:
            continue
        since = [call for call in since_user(facts, index) if call.output is not None]
        if not since or not any(_said(turn.content)):
            continue
        if any(failed(call.output) or pending(call.output) for call in since):
            continue
        if wrong := _contradiction(facts, index, since):
            yield finding("claimed_result", "error", wrong, index)


def _contradiction(facts: Facts, index: int, since: list[Call]) -> str:
    """Return how a reply contradicts the calls made for it, "" if it does not."""
    text = facts.turns[index].content[:_LONGEST].lower()
    nothing, refuses, found = _said(facts.turns[index].content)
    if (nothing or refuses) and all(map(_is_full, since)):
        narrowed = nothing is not None and _is_narrowed(text, nothing, since)
        if narrowed or _mentions(text, since, facts, index):
            return ""
        if nothing:
            return f"says that there is nothing ({shown(nothing.group())}) over results"
        if refuses:
            return f"says that it cannot look ({shown(refuses.group())}) after a call that did"
    elif found and not nothing and all(map(_found_none, since)):
        earlier = made_before(facts, since[0].turn)
        if not (results.DENIES.search(text) or _mentions(text, earlier, facts, index)):
            return f"says that something was found ({shown(found.group())}) over empty outputs"
    return ""


_Said = re.Match[str] | None


@cached
def _said(content: str) -> tuple[_Said, _Said, _Said]:
    """Return where a reply says that there is nothing, that it cannot look, what it found."""
    text = content[:_LONGEST].lower()
    return first(results.NOTHING, text), first(results.REFUSES, text), first(results.FOUND, text)


def _is_narrowed(text: str, nothing: re.Match[str], since: Iterable[Call]) -> bool:
    """Tell whether the sentence that says "nothing" says of what exactly there is nothing.

    A bound that the call was given ("under 800") narrows nothing: what was found is within it.
    """
    start = max(text.rfind(mark, 0, nothing.start()) for mark in ".!?\n。！？") + 1
    ends = [at for mark in ".!?\n。！？" if (at := text.find(mark, nothing.end())) >= 0]
    sentence = results.MATCHING.sub(" ", text[start : min(ends, default=len(text))])
    given = {str(value) for call in since for value in leaf_values(call.call.arguments)}
    for bound in results.BOUND.finditer(sentence):
        if bound[1].replace(",", "") in given:
            sentence = sentence.replace(bound[0], " ")
    return results.QUALIFIED.search(sentence) is not None


def _is_full(call: Call) -> bool:
    """Tell whether a call returned something, all of which is there and true."""
    if call.output is None or says_absent(call.output) or not words.reads(call.call.name):
        return False
    leaves = leaf_values(call.output.content, _MOST_LEAVES)
    return bool(leaves) and not any(value in (False, None, "", 0) for value in leaves)


def _found_none(call: Call) -> bool:
    return is_empty(call.output) and words.reads(call.call.name)


def _mentions(text: str, since: Iterable[Call], facts: Facts, index: int) -> bool:
    """Tell whether a reply says any value of the outputs that the user has not said before."""
    told, asked = flat(text), flat(last_request(facts, index))
    heard = [word for word in asked.split() if len(word) > _SHORT]
    for call in since:
        if call.output is None:
            continue
        for value in leaf_values(call.output.content, _MOST_LEAVES):
            known = flat(_plain(value)).strip()
            if len(known) >= _SHORT and known in told and f" {known} " not in asked:
                return True
            parts = known.split() if " " in known else []
            if any(f" {part} " in told and _is_new(part, heard) for part in parts):
                return True
    return False


def _is_new(word: str, heard: list[str]) -> bool:
    """Tell whether a word is none of those heard, in another form at most (hotel, hotels)."""
    return len(word) > _SHORT and not any(
        word.startswith(other) or other.startswith(word) for other in heard
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
