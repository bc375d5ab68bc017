"""Words as provenance compares them: lower case, no accents, no punctuation, one blank between."""

import re
import string
import unicodedata
from collections.abc import Iterable, Sequence

_PUNCTUATION = str.maketrans(
    dict.fromkeys(string.punctuation + "“”‘’„…–—−·•«»€£¥₹°。，、；：？！（）《》【】「」", " ")
)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_IDEOGRAPH = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_LETTER_DIGIT = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
_ENDINGS = re.compile(r"['’](?:s|m|d|t|ll|re|ve)\b")
_LONGEST = 200_000  # characters of one text that are looked at


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text, for tables that read better as a text."""
    return frozenset(words.split())


STOPWORDS = word_set(
    "a an and are as at be been but by can could do does for from had has have he her his how i if"
    " in into is it its just me my no not of on or our please she so some than that the their them"
    " then there these they this those to up us was we were what when where which who will with"
    " would you your"
)


def flat(text: str) -> str:
    """Return the words of `text` as " w1 w2 ", so that `flat(a) in flat(b)` finds whole words."""
    words = words_of(text)
    return f" {' '.join(words)} " if words else " "


def words_of(text: str) -> list[str]:
    """Return the words of `text` in order, in the form in which they are compared."""
    text = text[:_LONGEST]
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
        text = _IDEOGRAPH.sub(r" \1 ", unicodedata.normalize("NFC", text))
    if "\\" in text:
        text = text.replace("\\n", " ").replace("\\t", " ")
    if "'" in text or "’" in text:
        text = _ENDINGS.sub(" ", text)
    return text.casefold().translate(_PUNCTUATION).split()


def split_flat(text: str) -> str:
    """Return a flat text in which letters and digits stand apart: "fl2093" becomes "fl 2093"."""
    return _LETTER_DIGIT.sub(" ", text)


class Vocabulary:
    """Words that were said, found by themselves and by how they begin."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._heads: dict[str, list[str]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def update(self, words: Iterable[str]) -> None:
        """Add words."""
        for word in set(words) - self._words:
            self._words.add(word)
            self._heads.setdefault(word[:3], []).append(word)

    def like(self, head: str) -> Sequence[str]:
        """Return the words that begin with three letters."""
        return self._heads.get(head, ())


def related(word: str, known: Vocabulary) -> bool:
    """Tell whether `word` is one of `known` in another form: plural, ending, or shortened."""
    if word in known or word in STOPWORDS:
        return True
    if len(word) < 3 or not word.isalpha():
        return False
    forms = (f"{word}s", f"{word}es", word.removesuffix("s"), word.removesuffix("es"))
    if any(form in known for form in forms):
        return True
    return any(_same_stem(word, other) for other in known.like(word[:3]))


def _same_stem(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    if len(short) >= 4 and long.startswith(short):
        return True
    stem = short[:-3] if len(short) > 6 else short[:-1]
    return len(stem) >= 4 and long.startswith(stem) and len(long) - len(short) <= 3


def abbreviates(short: str, words: list[str]) -> bool:
    """Tell whether `short` abbreviates `words`: initials in a row, or letters of one word."""
    if not 2 <= len(short) <= 6 or not short.isalpha():
        return False
    if short in "".join(word[0] for word in words):
        return True
    return any(
        len(word) > len(short) >= 3 and word[0] == short[0] and _in_order(short, word)
        for word in words
    )


def _in_order(letters: str, word: str) -> bool:
    rest = iter(word)
    return all(letter in rest for letter in letters)
