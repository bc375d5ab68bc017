"""Where the values of a reply come from, beyond what an argument may come from."""

import re

from toolace_mt.verification.provenance.contradictions.exchanged import exchanged
from toolace_mt.verification.provenance.contradictions.fields import against as contradicted
from toolace_mt.verification.provenance.contradictions.outdated import outdated
from toolace_mt.verification.provenance.evidence import Evidence, Found
from toolace_mt.verification.provenance.matching.computed import Computed
from toolace_mt.verification.provenance.matching.lookup import look_up
from toolace_mt.verification.provenance.parsing.dates import Moment
from toolace_mt.verification.provenance.parsing.mentions import Mention, mentions
from toolace_mt.verification.provenance.parsing.words import flat, related, word_set
from toolace_mt.verification.provenance.passage import Passage, Speaker

_ENDING = re.compile(
    r"\b(?:end(?:s|ing)? (?:in|with)|last (?:four|4)(?: digits)?)\W*$", re.IGNORECASE
)
_TERM = re.compile(  # B12, base64-encoded, 3D, COVID-19: words of the language as often as codes
    r"[A-Z]{1,2}\d{1,2}|[A-Z]?[a-z]+-?\d{1,2}(?:-[a-z]+)*|\d{1,2}[A-Za-z]{1,2}|[A-Z]{2,6}-\d{1,2}"
)
_SIZE = re.compile(r"(\d+)[x×](\d+)(?:[x×](\d+))?(?:px|mm|cm|in)?")
_DAY_MONTH = re.compile(r"([0-3]?\d)\.([01]?\d)")
_BARE_SITE = re.compile(r"(?:https?://)?(?:www\.)?[a-z-]+(?:\.[a-z]{2,})+/?")
_BODIES = word_set(
    "union commission bank university museum park street avenue road averages levels center centre"
    " council association act agency institute organization organisation committee department court"
    " island islands river mountain mountains lake sea ocean city states kingdom republic service"
    " services support team line day days week time code app apps store maps buy cost costs details"
    " number address price status policy account card payment"
)
_TOLD: tuple[Speaker, ...] = ("output", "user", "call")
_WHOLES = (2, 3, 4, 5, 10)
_NEAR = 80  # characters before a number that say whether it is the end of another


def judge_reply(reply: str, label: str, known: Evidence) -> list[tuple[Mention, Found, str]]:
    """Return the values of a reply, each with where it comes from and what speaks against it.

    A number may be computed from others: those of the reply that were told, of the latest messages
    and of the latest outputs (`computed` says which and how).
    """
    known.reply = Passage.of("assistant", label, reply)
    judged = [(mention, _judge(mention, reply, known)) for mention in mentions(reply)]
    if any(m.judged_as == "number" and f.kind == "nowhere" for m, f in judged):
        judged = Computed(reply, known).explain(judged)
    places = exchanged([mention for mention, _ in judged], reply, known)
    return [(m, f, places.get(m.start) or _against(m, f, reply, known)) for m, f in judged]


def _against(mention: Mention, found: Found, reply: str, known: Evidence) -> str:
    return contradicted(mention, found, reply, known) or outdated(mention, reply, known)


def _judge(mention: Mention, reply: str, known: Evidence) -> Found:
    found = look_up(mention.value, mention.judged_as, None, known)
    if found.kind != "nowhere":
        return found
    if mention.judged_as == "date" and _is_score(mention.text, known):
        return Found("derived", "so many of so many")
    end = mention.start + len(mention.text)
    day = _DAY_MONTH.fullmatch(mention.text) if reply[end : end + 1] == "." else None
    if day and known.covering(Moment(0, int(day[2]), int(day[1])), _TOLD):
        return Found("derived", "a day and a month")
    size = _SIZE.fullmatch(mention.text)
    if size and all(known.latest_with("numbers", int(n), _TOLD) for n in size.groups() if n):
        return Found("derived", "a size")
    if _ENDING.search(reply[max(0, mention.start - _NEAR) : mention.start]):
        whole = re.compile(rf"\d{re.escape(mention.text)}(?!\d)")
        ended = next((p.label for p in known.told if whole.search(p.text)), "")
        if ended:
            return Found("derived", f"{ended}: the end of a number")
    tool = known.defined(flat(mention.text))
    if tool:
        return Found("schema", f"definition of {tool}")
    return _of_words(mention, known) or found


def _of_words(mention: Mention, known: Evidence) -> Found | None:
    if (
        mention.judged_as == "identifier"
        and _TERM.fullmatch(mention.text)
        and not _is_one_of_a_kind(mention.text, known)
    ):
        return Found("nowhere", "it may be a word")
    if mention.judged_as == "identifier" and _BARE_SITE.fullmatch(mention.text):
        return Found("nowhere", "a site of the world")
    if mention.judged_as == "value" and flat(mention.text).split()[-1] in _BODIES:
        return Found("nowhere", "a body of the world")
    if mention.judged_as == "value":
        words = flat(mention.text).split()
        if all(known.knows(word) or related(word, known.vocabulary) for word in words):
            return Found("derived", "its words were said before")
    return None


def _is_one_of_a_kind(text: str, known: Evidence) -> bool:
    """Tell whether the latest outputs have another code of the same letters: RF-1, not RF-7."""
    letters = re.match(r"[A-Z]{2,6}-", text)
    if not letters or not known.outputs:
        return False
    return any(
        isinstance(told, str) and re.fullmatch(rf"{letters[0]}\d+", told)
        for _, told in known.outputs[0].leaves
    )


def _is_score(text: str, known: Evidence) -> bool:
    """Tell whether "4/5" is no date but two known numbers, or a score on a usual scale."""
    part, slash, whole = text.partition("/")
    if not (slash and part.isdecimal() and whole.isdecimal()):
        return False
    numbers = (int(part),) if int(whole) in _WHOLES else (int(part), int(whole))
    return all(n <= 1 or look_up(n, "number", None, known).kind != "nowhere" for n in numbers)
