"""The words that a property's name is made of."""

import re
from functools import lru_cache

from toolace_mt.schemas.vocabulary import COMPOUNDS

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `profileName` gives profile and name, not file."""
    words: list[str] = []
    for found in _WORD.findall(name):
        word = found.lower()
        words += COMPOUNDS.get(word, (word,))
    return tuple(words)


@lru_cache(maxsize=8192)
def says(name: str, phrase: str) -> bool:
    """Return whether a name has the words of a phrase in sequence, possibly in the plural."""
    words, wanted = words_of(name), words_of(phrase)
    if not wanted:
        return False
    starts = range(len(words) - len(wanted) + 1)
    return any(_alike(words[start : start + len(wanted)], wanted) for start in starts)


def _alike(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    pairs = zip(words, wanted, strict=True)
    return all(word in (other, f"{other}s", f"{other}es") for word, other in pairs)
