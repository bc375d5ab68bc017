"""The rule on languages: the assistant speaks the language that the dialogue is held in."""

import re
from collections.abc import Iterator

from toolace_mt.caching import cached
from toolace_mt.trajectory import Finding, Severity
from toolace_mt.verification.facts import Facts, finding, fingerprint, lower_words
from toolace_mt.verification.provenance.parsing.words import word_set

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
_SPOKEN_OF = re.compile(
    r"\b(?:translat\w*|languages?|english|spanish|french|german|portuguese|italian|dutch|chinese"
    r"|mandarin"
    r"|cantonese|japanese|korean|russian|arabic|hindi|greek|hebrew|thai|vietnamese|turkish"
    r"|polish|bilingual"
    r"|lyrics|poem|proverb|haiku|kanji|hanzi|pinyin|how (?:do|to) (?:you |i )?say|idiomas?"
    r"|traduc\w*|tradu\w*"
    r"|español|inglés|francés|alemán|sprachen?|übersetz\w*|deutsch|englisch|langues?|anglais"
    r"|français)\b"
    r"|翻译|英文|英语|中文|日语|韩语|法语|德语|西班牙语|語|言語|翻訳|перевод|язык"
)
_TOGETHER = {"Japanese": {"Chinese"}, "Chinese": {"Japanese"}}  # scripts of one language
_ENOUGH = 4  # different function words that tell a language
_FEW = 3  # of English ones in a short text


def language_mix(facts: Facts) -> Iterator[Finding]:
    """The assistant writes in scripts and languages that somebody else has used before.

    A warning only: where languages are spoken of, or the assistant keeps to one script throughout.
    """
    system = facts.trajectory.system
    if all([_is_plain(turn.content) for turn in facts.turns]):  # noqa: C419 (a list is faster here)
        return
    scripts, heard = _heard(system), system.lower().split()[:_LONGEST]
    languages = {language_of(heard)}
    for index, turn in enumerate(facts.turns):
        words = lower_words(turn.content)
        if turn.role == "assistant":
            spoken = language_of(words)
            foreign = _scripts(turn.content) - scripts
            mixed = spoken and languages - {""} and spoken not in languages
            if foreign or mixed:
                spoken_of = _SPOKEN_OF.search(" ".join(heard)) is not None
                yield from _foreign(facts, index, foreign, spoken if mixed else "", spoken_of)
        else:
            heard = (heard + words)[-_LONGEST:]
            languages |= {language_of(words), language_of(heard)}
            scripts |= _heard(turn.content)
        scripts |= _scripts(turn.content)


@cached
def _is_plain(text: str) -> bool:
    """Tell whether a text has only ASCII letters and hardly any words that tell other languages."""
    return text.isascii() and len(_FOREIGN.intersection(lower_words(text))) < _ENOUGH


def _foreign(
    facts: Facts, index: int, scripts: set[str], language: str, spoken_of: bool
) -> Iterator[Finding]:
    """Report what nothing else in the dialogue uses either (which is only read if need be)."""
    before = facts.turns[:index]
    returned = [fingerprint(output.content) for turn in before for output in turn.outputs]
    sent = [fingerprint(call.arguments) for turn in facts.turns[: index + 1] for call in turn.calls]
    tools = [
        f"{t.name} {t.description} {fingerprint(t.parameters)}" for t in facts.trajectory.tools
    ]
    severity: Severity = "warning" if spoken_of or _is_steady(facts, scripts) else "error"
    for script in sorted(scripts.difference(*map(_heard, (*returned, *sent, *tools)))):
        text = f"{script} letters, which nobody has used before"
        yield finding("language_mix", severity, text, index)
    if language and language not in {language_of(text.lower().split()) for text in returned}:
        severity = "warning" if spoken_of else "error"
        text = f"{language}, in a dialogue in another language"
        yield finding("language_mix", severity, text, index)


def _is_steady(facts: Facts, scripts: set[str]) -> bool:
    """Tell whether the assistant always writes in some scripts, or the user comes to do so."""
    replies = [t.content for t in facts.turns if t.role == "assistant" and t.content]
    users = [turn.content for turn in facts.turns if turn.role == "user"]
    steady = all(scripts <= _heard(text) for text in replies)
    return steady or any(scripts <= _scripts(text) for text in users)


@cached
def _heard(text: str) -> set[str]:
    """Return the scripts of which a text has any letter, with those that go with them."""
    if text.isascii():
        return set()
    found = {name for name, script in _SCRIPTS.items() if script.search(text[:_LONGEST])}
    return found.union(*(_TOGETHER.get(name, set()) for name in found))


def _scripts(text: str) -> set[str]:
    """Return the scripts other than Latin that make up a good part of a text."""
    if text.isascii():
        return set()
    text = text[:_LONGEST]
    least = max(4, _TOO_MANY * len(_LATIN.findall(text)))
    return {name for name, script in _SCRIPTS.items() if len(script.findall(text)) > least}


def language_of(spoken: list[str]) -> str:
    """Return the one language whose function words stand in a text, "" if it is not clear."""
    words = set(spoken[:_LONGEST])
    if len(spoken) < 2 * _ENOUGH:
        english = len(words & _FUNCTION_WORDS["English"]) >= _FEW and not words & _FOREIGN
        return "English" if english else ""
    if len(words & _FOREIGN) < _ENOUGH:
        return "English" if len(words & _FUNCTION_WORDS["English"]) >= _ENOUGH else ""
    found = {name: len(words & told) for name, told in _FUNCTION_WORDS.items()}
    best, other, *_ = sorted(found, key=lambda name: -found[name])
    return best if found[best] >= _ENOUGH and found[best] > 2 * found[other] else ""
