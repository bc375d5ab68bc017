"""Finding a value's words in another spelling, form or name than the dialogue has used."""

import json
import re
from functools import cache
from importlib.resources import files

from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.parameters import Class, Leaf, snake_case
from toolace_mt.verification.provenance.parsing.words import (
    STOPWORDS,
    Vocabulary,
    abbreviates,
    flat,
    related,
    split_flat,
    word_set,
)
from toolace_mt.verification.provenance.passage import Passage

_OVERLAP = 0.3  # share of a free text's telling words that must have been said before
_GENERIC = word_set(
    "city town state county province country street avenue road airport station hotel restaurant"
    " university company inc ltd corp llc co national international dr mr mrs ms prof saint"
)
_NEAR = 8  # outputs of which a value may be the initials
_ADDRESS = re.compile(r"<([^<>\s]{3,80})>")
_LATIN = re.compile("[A-Za-z]")


def respelt(phrase: str, known: Evidence, *, reply: bool = False) -> Found | None:
    """Find the same letters and digits with other separators: "FL2093" and "FL-2093"."""
    split = split_flat(phrase)
    joined = phrase.replace(" ", "")
    anywhere = (len(joined) >= 7 and joined.isdecimal()) or (len(joined) > 5 and joined.isalpha())
    if not (anywhere or any(c.isdigit() for c in joined)):
        return None
    for passage in (*known.told, *(known.passed_calls if reply else ())):
        if split in passage.split or (anywhere and joined in passage.joined):
            return _derived(passage, "other separators")
    return None


def look_up_words(
    value: str, phrase: str, judged_as: Class, leaf: Leaf | None, known: Evidence
) -> Found:
    """Judge a name, a place, a code, an identifier or another short value."""
    found = respelt(phrase, known, reply=leaf is None) or _with_a_name(value, known)
    words = phrase.split()
    if found is None and not value.isascii() and not any(c.isdigit() for c in value):
        found = _partly(words, known)
    has_digits = any(c.isdigit() for c in value)
    if found is not None or ((judged_as == "identifier" or "@" in value) and has_digits):
        return found or NOWHERE
    found = _by_name(value, phrase, known)
    if found is not None or judged_as == "identifier" or "@" in value:
        return found or NOWHERE
    return (
        _reworded(value, words, known)
        or _own_language(phrase, leaf, known)
        or _partly(words, known)
        or NOWHERE
    )


def look_up_text(value: str, phrase: str, known: Evidence) -> Found:
    """Judge a free text: enough of its telling words were said, and all of its digits."""
    telling = {word for word in phrase.split() if word not in STOPWORDS and len(word) > 1}
    if not telling:
        return Found("text", "no telling words")
    told = known.vocabulary
    shared = {word for word in telling if related(word, told)}
    invented = {word for word in telling - shared if any(c.isdigit() for c in word)}
    if len(shared) >= _OVERLAP * len(telling) and not invented:
        return Found("text", f"{len(shared)} of {len(telling)} words said before")
    return _by_name(value, phrase, known) or NOWHERE


def _with_a_name(value: str, known: Evidence) -> Found | None:
    """Find the address in "Jo Lee <jo@lee.example>"."""
    inside = _ADDRESS.search(value)
    passage = known.holding(flat(inside[1])) if inside else None
    return _derived(passage, "with a name before it") if passage else None


def _by_name(value: str, phrase: str, known: Evidence) -> Found | None:
    """Find another name of it: "USD" for dollars, "New York, NY" for NYC, "NFLX" for Netflix."""
    head = flat(value.partition(",")[0])
    names = (*other_names(phrase), *(other_names(head) if head != phrase else ()))
    for name in names:
        passage = known.holding(name)
        if passage is not None:
            return _derived(passage, f"{name.strip()!r}")
    short = phrase.strip() if value.isupper() and value.isalpha() and len(value) <= 6 else ""
    for passage in (*known.users, *known.outputs[:_NEAR]) if short else ():
        if abbreviates(short, passage.flat.split()):
            return _derived(passage, "abbreviated")
    return None


def _reworded(value: str, words: list[str], known: Evidence) -> Found | None:
    """Find all words in other forms, or all before a comma ("Paris, France" for Paris)."""
    if _all_related(words, known.vocabulary):
        return Found("derived", "its words in other forms")
    head = flat(value.partition(",")[0]).split()
    added = words[len(head) :]
    extended = bool(added) and not any(c.isdigit() for c in "".join(added))
    if extended and _all_related(head, known.vocabulary):
        return Found("derived", "with an addition after the comma")
    return None


def _all_related(words: list[str], known: Vocabulary) -> bool:
    telling = [word for word in words if word not in STOPWORDS]
    named = [word for word in telling if word not in _GENERIC] or telling
    return bool(named) and all(_known(word, known) for word in named)


def _known(word: str, known: Vocabulary) -> bool:
    return related(word, known) or any(name.strip() in known for name in other_names(f" {word} "))


def _own_language(phrase: str, leaf: Leaf | None, known: Evidence) -> Found | None:
    """The language of the dialogue need not be named in it."""
    name = snake_case(leaf.name) if leaf else ""
    asked = ("lang" in name or "locale" in name) and phrase in (" english ", " en ", " en us ")
    if asked and all(passage.text.isascii() for passage in known.users):
        return Found("derived", "the language of the dialogue")
    return None


def _partly(words: list[str], known: Evidence) -> Found | None:
    """Say what speaks for a value that nobody told as a whole."""
    told = known.vocabulary
    telling = [word for word in words if word not in STOPWORDS and word not in _GENERIC]
    said = [word for word in telling if _known(word, told) and not word.isdigit()]
    if said and not any(c.isdigit() for word in telling for c in word):
        return Found("nowhere", f"only {' '.join(said)!r} was said before")
    if not "".join(words).isascii() and any(_LATIN.search(passage.text) for passage in known.users):
        return Found("nowhere", "it is written in another script")
    latin = any(_LATIN.search(passage.text) for passage in known.users)
    if not latin and "".join(words).isascii():
        return Found("nowhere", "the user writes in another script")
    return None


def _derived(passage: Passage, how: str) -> Found:
    return Found("derived", f"{passage.label}: {how}")


def other_names(phrase: str) -> tuple[str, ...]:
    """Return the other names of what the flat `phrase` names, flat too; empty if there are none."""
    return _aliases().get(phrase, ())


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    text = (files("toolace_mt.verification") / "aliases.json").read_text(encoding="utf-8")
    groups: dict[str, list[list[str]]] = json.loads(text)
    table: dict[str, tuple[str, ...]] = {}
    for group in (names for kind in groups.values() for names in kind):
        names = [name for name in map(flat, group) if name != " "]
        for name in names:
            others = tuple(other for other in names if other != name)
            table[name] = tuple(dict.fromkeys((*table.get(name, ()), *others)))
    return table
