"""Leaving a value out of a text without leaving a fragment behind."""

import re

from toolace_mt.texts.slots import in_words, slots_in
from toolace_mt.texts.verbs import DOING, LOOKING

# Words before a value that are left out together with it.
_LEADING = re.compile(
    r"(\s+(?:on|in|at|for|from|to|of|with|by|as|is|the|a|an|my|and|under|named|called|about"
    r"|around))*\s*\Z"
)
_VERBS = LOOKING | DOING
_NOTHING = r"(?!)"
_UNITS = "people|persons|guests|nights|days|hours|minutes|items|seats|rooms|lines|pages|percent"
_STATEMENT = re.compile(r"[Tt]he [\w '-]{1,60}? (?:is|are|should be) \{[^{}\s]+\}")
_STATEMENTS = re.compile(rf"{_STATEMENT.pattern}(?:(?:, | and ){_STATEMENT.pattern})*\.")
# A sentence that only picks one out or adds a value (`constraints` and `grounding` write them).
_ABOUT_ONE = re.compile(
    r"(?:Let's go with|I would like|I mean|Please take|It should be|It is|The one I mean is)"
    r" \{chosen\[[^{}\s]+\}[.!?]*$"
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def without_slot(template: str, slot: str) -> str:
    """Return the template without a slot, and without the words that make no sense alone.

    - Of "The a is {a} and the b is {b}." the whole statement goes.
    - Of "in the {folder} folder", "the subject '{subject}'" and "for {n} people" the small words
      before the slot go, and the noun beside it.
    - "Let's go with {phrase}." goes as a whole, unless it is all there is.
    - An argument that is the object of a verb becomes "it": "Open {path}." gives "Open it."
    """
    marked = "{" + slot + "}"
    sentences = _SENTENCES.split(template)
    said = [each for each in sentences if marked not in each or not _ABOUT_ONE.match(each)]
    kept = [_unstated(sentence, slot) for sentence in said or sentences]
    text = " ".join(filter(None, kept)).replace("'{" + slot + "}'", "{" + slot + "}")
    *before, last = text.split("{" + slot + "}")
    if not before:
        return text.strip(" ,;")
    named = "|".join(map(re.escape, in_words(slot).split())) or _NOTHING
    nouns, noun = (
        re.compile(rf"^ (?:{named}|{_UNITS})s?\b(?: or (?:more|less|fewer)\b)?"),
        re.compile(rf"\s(?:{named})\s*\Z"),
    )
    left = ""
    for place, part in enumerate(before):
        part = nouns.sub("", part) if place else part
        shorter = _LEADING.sub("", noun.sub("", part))
        shorter = shorter.removesuffix("/")  # of "{owner}/{repo}" the other stays
        behind = before[place + 1] if place + 1 < len(before) else last
        left += f"{part}it" if _is_object(part, behind, slot) else shorter
    return (left + nouns.sub("", last)).strip(" ,;/")


def _is_object(part: str, behind: str, slot: str) -> bool:
    """Return whether a slot, with `part` before and `behind` it, is the object of a verb."""
    alone = not slot.startswith("outputs") and (not behind or behind[0] in " .,!?;")
    words = part.lower().split()
    verb = bool(words) and (words[-1] in _VERBS or words[-2:] == ["what", "is"])
    return alone and verb and part.endswith(" ")


def _unstated(sentence: str, slot: str) -> str:
    """Return a sentence that only states values without the statement of one of them."""
    if slot not in slots_in(sentence) or not _STATEMENTS.fullmatch(sentence):
        return sentence
    stated = [found[0] for found in _STATEMENT.finditer(sentence)]
    left = [each for each in stated if not each.endswith("{" + slot + "}")]
    if not left:
        return ""
    *before, last = left
    said = f"{', '.join(before)} and {last}" if before else last
    return f"{said[0].upper()}{said[1:]}."
