"""The rule on languages: the assistant speaks the language that the dialogue is held in."""

import re
from collections.abc import Iterator

from toolace_mt.caching import cached
from toolace_mt.trajectory import Finding, Severity, Turn
from toolace_mt.verification.facts import Facts, finding, fingerprint, lower_words
from toolace_mt.verification.provenance.words import word_set

_LONGEST = 20_000  # characters or words of one text that are looked at
_SCRIPTS = {
    "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Chinese": re.compile("[\u4e00-\u9fff]"),
    "Japanese": re.compile("[\u3040-\u30ff]"),
    "Korean": re.compile("[\uac00-\ud7af]"),
}
_LATIN = re.compile("[A-Za-z]")
_TOO_MANY = 0.4  # share of foreign letters beside Latin ones
_FUNCTION_WORDS = {
    "English": word_set(
        "the is are you your and of for with have that this to i it be can will how what please"
        " my do does not on at from would like need find there"
    ),
    "Spanish": word_set("el los las una para con por que está usted gracias pero como su muy"),
    "French": word_set("le les des une est pour avec vous dans je nous pas mais merci votre"),
    "German": word_set("der die das und ist nicht ein eine mit für sie ich wir auf bitte"),
    "Portuguese": word_set("os uma para com não você obrigado está mas seu sua por isso"),
    "Italian": word_set("il gli una per con non che sono grazie questo della di la"),
    "Dutch": word_set("het een niet voor met van zijn ik de dank naar dat deze"),
}
_FOREIGN = frozenset().union(*_FUNCTION_WORDS.values()) - _FUNCTION_WORDS["English"]
_SPOKEN_OF = word_set(
    "translate translation translated translating translator language languages english spanish"
    " french german portuguese italian dutch spanish. french. german. portuguese. italian. dutch."
    " spanish? french? german? portuguese? italian? dutch? spanish, french, german,"
)
_ENOUGH = 4  # different function words that tell a language


def language_mix(facts: Facts) -> Iterator[Finding]:
    """The assistant writes in scripts and languages that somebody else has used before.

    A warning only: another language in Latin letters where languages are spoken of.
    """
    system = facts.trajectory.system
    if all([_is_plain(turn.content) for turn in facts.turns]):  # noqa: C419 (a list is faster here)
        return
    scripts, heard = _scripts(system), system.lower().split()[:_LONGEST]
    languages = {_language(heard)}
    for index, turn in enumerate(facts.turns):
        words = lower_words(turn.content)
        if turn.role == "assistant":
            spoken = _language(words)
            foreign = _scripts(turn.content) - scripts
            mixed = spoken and languages - {""} and spoken not in languages
            if foreign or mixed:
                spoken_of = not _SPOKEN_OF.isdisjoint(heard)
                before = facts.turns[:index]
                yield from _foreign(index, foreign, spoken if mixed else "", before, spoken_of)
        else:
            heard = (heard + words)[-_LONGEST:]
            languages |= {_language(words), _language(heard)}
        scripts |= _scripts(turn.content)


@cached
def _is_plain(text: str) -> bool:
    """Tell whether a text has only ASCII letters and hardly any words that tell other languages."""
    return text.isascii() and len(_FOREIGN.intersection(lower_words(text))) < _ENOUGH


def _foreign(
    index: int, scripts: set[str], language: str, before: tuple[Turn, ...], spoken_of: bool
) -> Iterator[Finding]:
    """Report what the outputs so far do not use either (they are only read if need be)."""
    returned = [fingerprint(output.content) for turn in before for output in turn.outputs]
    for script in sorted(scripts.difference(*map(_scripts, returned))):
        text = f"{script} letters, which nobody has used before"
        yield finding("language_mix", "error", text, index)
    if language and language not in {_language(text.lower().split()) for text in returned}:
        severity: Severity = "warning" if spoken_of else "error"
        text = f"{language}, in a dialogue in another language"
        yield finding("language_mix", severity, text, index)


def _scripts(text: str) -> set[str]:
    """Return the scripts other than Latin that make up a good part of a text."""
    if text.isascii():
        return set()
    text = text[:_LONGEST]
    least = max(4, _TOO_MANY * len(_LATIN.findall(text)))
    return {name for name, script in _SCRIPTS.items() if len(script.findall(text)) > least}


def _language(spoken: list[str]) -> str:
    """Return the one language whose function words stand in a text, "" if it is not clear."""
    if len(spoken) < 2 * _ENOUGH:
        return ""
    words = set(spoken[:_LONGEST])
    if len(words & _FOREIGN) < _ENOUGH:
        return "English" if len(words & _FUNCTION_WORDS["English"]) >= _ENOUGH else ""
    found = {name: len(words & told) for name, told in _FUNCTION_WORDS.items()}
    best, other, *_ = sorted(found, key=lambda name: -found[name])
    return best if found[best] >= _ENOUGH and found[best] > 2 * found[other] else ""
