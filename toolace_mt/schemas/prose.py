"""Strings that match a regular expression, in English words where it allows them."""

import random

from toolace_mt.schemas.formats import choose
from toolace_mt.schemas.patterns import Either, Repeat, Run, Sequence, parsed, within
from toolace_mt.schemas.vocabulary import PROSE

_TYPICAL_CHARS = 6
_TYPICAL_TEXT = 40
_TYPICAL_REPEATS = 2
_TYPICAL_WORDS = 5
_WORDS = {length: tuple(word for word in PROSE if len(word) == length) for length in range(1, 10)}
_LONGEST = max(_WORDS)


def draw_text(pattern: str, rng: random.Random, low: int = 0, high: int | None = None) -> str:
    """Return a string that matches a whole regular expression.

    Where the expression allows letters and spaces, the string has English words, separated by
    single spaces from neighbouring words and slots. A capital letter demanded before begins the
    first word. `low` and `high` limit the length if the expression is a single run of characters.
    Raises ValueError for expressions that cannot be parsed (look-around, back-references).
    """
    parts: list[str | Run] = []
    _write(within(parsed(pattern), low, high), rng, parts)
    text = ""
    for index, part in enumerate(parts):
        if isinstance(part, str):
            text += part
        elif part.prose:
            text += _prose(part, parts, index, text[-1:], rng)
        elif part.wordy and not part.letter:
            text += _word(part, _at(parts, index - 1), rng)
        elif not _beside_words(parts, index, part.letter):
            text += choose(part.plain, rng)
    return text


def _write(parts: Sequence, rng: random.Random, out: list[str | Run]) -> None:
    """Append literal text, and the runs that become words once their neighbours are known."""
    for part in parts:
        match part:
            case str():
                out.append(part)
            case Run():
                out.append(part if part.wordy or part.letter else _characters(part, rng))
            case Repeat((" ", *_)):  # words
                for _ in range(_length(part, _TYPICAL_WORDS, rng)):
                    _write(part.parts, rng, out)
            case Repeat():
                for _ in range(_length(part, _TYPICAL_REPEATS, rng)):
                    _write(part.parts, rng, out)
            case Either():
                _write(choose(part.options, rng), rng, out)


def _length(part: Run | Repeat, typical: int, rng: random.Random) -> int:
    most = part.low + typical
    high = most if part.high is None else min(part.high, most)
    return part.low + int(rng.random() * (high - part.low + 1))


def _characters(part: Run, rng: random.Random) -> str:
    if not part.low and not part.plain[0].isalnum():
        return ""  # optional punctuation
    return "".join([choose(part.plain, rng) for _ in range(_length(part, _TYPICAL_CHARS, rng))])


def _word(part: Run, before: Run | None, rng: random.Random) -> str:
    """Write one word, beginning with the letter demanded before it."""
    begins = before is not None and before.letter
    word = _words(_length(part, _TYPICAL_CHARS, rng) + bool(begins), rng).replace(" ", "e")
    return word.capitalize() if begins == "capital" else word


def _at(parts: list[str | Run], index: int) -> Run | None:
    part = parts[index] if 0 <= index < len(parts) else None
    return part if isinstance(part, Run) else None


def _beside_words(parts: list[str | Run], index: int, letter: str) -> bool:
    """Return whether the words next to a single letter already contain it."""
    before, after = _at(parts, index - 1), _at(parts, index + 1)
    if after is not None and not after.letter and (letter == "capital" or not after.prose):
        return True
    return letter == "small" and before is not None and before.prose


def _prose(part: Run, parts: list[str | Run], index: int, left: str, rng: random.Random) -> str:
    """Write the words of one run, with spaces towards neighbouring words and slots."""
    first, last = _at(parts, index - 1), _at(parts, index + 1)
    capital = first is not None and first.letter == "capital"
    letter = last is not None and last.letter == "small"
    following = next((p for p in parts[index + 1 :] if p), "")
    spaced = left and not capital and (left.isalnum() or left in "}).,:;!?")
    opens = isinstance(following, str) and (following[:1].isalnum() or following[:1] in ("{", "("))
    before, after = " " if spaced else "", " " if opens else ""
    least = len(before) + len(after) + 2
    length = max(_length(part, _TYPICAL_TEXT, rng), min(least, part.high or least))
    inner = length - len(before) - len(after) + capital + letter
    if inner < 1:
        return " " * length if before or after else _words(length, rng)
    words = _words(inner, rng)
    return f"{before}{words[0].upper() + words[1:] if capital else words}{after}"


def _words(length: int, rng: random.Random) -> str:
    """Return words separated by single spaces, exactly `length` characters in all."""
    words: list[str] = []
    while length > _LONGEST:
        word = choose(PROSE, rng)
        if len(word) + 1 < length:
            words.append(word)
            length -= len(word) + 1
    if length > 0:
        words.append(choose(_WORDS[length], rng))
    return " ".join(words)
