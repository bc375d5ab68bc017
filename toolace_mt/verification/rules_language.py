"""The rule on languages: the assistant speaks the language that the dialogue is held in."""

import re
from collections.abc import Iterator

from toolace_mt.trajectory import Finding, Turn
from toolace_mt.verification.facts import Facts, finding, fingerprint
from toolace_mt.verification.provenance_words import word_set

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
_ENOUGH = 4  # different function words that tell a language


def language_mix(facts: Facts) -> Iterator[Finding]:
    """The assistant writes in scripts and languages that somebody else has used before.

    An error for letters of another script, a warning for another language in Latin letters.
    """
    told = facts.trajectory.system
    ascii_only = all(turn.content.isascii() for turn in facts.turns)
    if ascii_only and not any(
        len(_FOREIGN.intersection(words)) >= _ENOUGH for words in facts.words
    ):
        return
    scripts, languages = _scripts(told), {_language(told.lower().split())}
    for index, turn in enumerate(facts.turns):
        spoken = _language(facts.words[index])
        if turn.role == "assistant":
            foreign = _scripts(turn.content) - scripts
            mixed = spoken and languages - {""} and spoken not in languages
            if foreign or mixed:
                yield from _foreign(index, foreign, spoken if mixed else "", facts.turns[:index])
        else:
            languages.add(spoken)
        scripts |= _scripts(turn.content)


def _foreign(
    index: int, scripts: set[str], language: str, before: tuple[Turn, ...]
) -> Iterator[Finding]:
    """Report what the outputs so far do not use either (they are only read if need be)."""
    returned = [fingerprint(output.content) for turn in before for output in turn.outputs]
    for script in sorted(scripts.difference(*map(_scripts, returned))):
        text = f"{script} letters, which nobody has used before"
        yield finding("language_mix", "error", text, index)
    if language and language not in {_language(text.lower().split()) for text in returned}:
        text = f"{language}, in a dialogue in another language"
        yield finding("language_mix", "warning", text, index)


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
