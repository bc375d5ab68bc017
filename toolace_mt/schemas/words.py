"""The words that a property's name is made of."""

import re
from functools import lru_cache

from toolace_mt.schemas.vocabulary import COMPOUNDS

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLURALS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("ss", "ss"),
)


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `profileName` gives profile and name, not file."""
    words: list[str] = []
    for found in _WORD.findall(name):
        word = found.lower()
        words += COMPOUNDS.get(word, (word,))
    return tuple(words)


def singular(name: str) -> str:
    """Return a name with its last word in the singular: `home_addresses` gives `home_address`."""
    for plural, one in _PLURALS:
        if name.endswith(plural):
            return name.removesuffix(plural) + one
    return name.removesuffix("s")


def place_of(phrase: str, words: tuple[str, ...]) -> int:
    """Return where the last occurrence of a phrase ends among the words of a name, 0 if nowhere.

    Words of the name may stand in the plural.
    """
    wanted = words_of(phrase)
    for end in range(len(words), len(wanted) - 1, -1):
        if all(map(_alike, words[end - len(wanted) : end], wanted)):
            return end
    return 0


def _alike(word: str, wanted: str) -> bool:
    return wanted in (word, singular(word))
