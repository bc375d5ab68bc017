"""Regular expressions turned round: a string that matches, and a bounded form of the expression.

Python's own parser reads the expression; what it cannot read, or what has no bounded form here
(look-around, back-references), is refused with ValueError, which the callers turn into a fallback.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from re import _constants as _c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from toolace_mt.tools.words import PROSE

_ALPHABET = tuple(chr(code) for code in (*range(32, 127), 10, 9))
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_TYPICAL_CHARS = 6
_TYPICAL_TEXT = 40
_TYPICAL_REPEATS = 2
_MOST_CHARS = 64
_MOST_REPEATS = 8
_WORDS = {
    length: tuple(sorted({word for word in PROSE if len(word) == length}))
    for length in range(1, 10)
}
_LONGEST = max(_WORDS)
_ANY_WORD = tuple(sorted(set(PROSE)))


@dataclass(frozen=True, slots=True)
class Run:
    """`low` to `high` (None: no limit) characters out of `allowed`.

    `prose` says that words with spaces between them are admitted, `plain` are the characters
    preferred where they are not.
    """

    allowed: tuple[str, ...]
    plain: tuple[str, ...]
    prose: bool
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` repetitions of a sequence."""

    parts: "Sequence"
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several sequences."""

    options: tuple["Sequence", ...]


Sequence = tuple["str | Run | Repeat | Either", ...]


def draw_text(pattern: str, rng: random.Random, low: int = 0, high: int | None = None) -> str:
    """Return a string that matches the whole of a regular expression.

    `low` and `high` limit its length where the expression is a single run of characters.

    Where it admits letters and spaces, the string has English words, set off by single spaces
    from the words and slots around them. Raises ValueError for an expression that cannot be
    turned round.
    """
    parts: list[str | Run] = []
    _write(_within(parsed(pattern), low, high), rng, parts)
    done = ""
    for index, part in enumerate(parts):
        if isinstance(part, str):
            done += part
        else:
            following = next((p for p in parts[index + 1 :] if p), "")
            done += _prose(part, done[-1:], following, rng)
    return done


@lru_cache(maxsize=4096)
def parsed(pattern: str) -> Sequence:
    """Return a regular expression as the parts that `draw_text` writes. Raises ValueError."""
    try:
        return tuple(_sequence(_parser.parse(pattern)))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"pattern {pattern[:80]!r} cannot be read: {error}") from error


def _within(parts: Sequence, low: int, high: int | None) -> Sequence:
    """Narrow the bounds of a pattern that is one run of characters; leave any other as it is."""
    if len(parts) != 1 or not isinstance(parts[0], Run):
        return parts
    run = parts[0]
    least = max(run.low, low)
    most = min((n for n in (run.high, high) if n is not None), default=None)
    if most is not None and least > most:
        raise ValueError("the pattern and the bounds of its length exclude each other")
    return (replace(run, low=least, high=most),)


# --- reading -------------------------------------------------------------------------------------


def _sequence(nodes: Any) -> Iterator[Any]:
    literal = ""
    for node in nodes:
        for part in _part(*node):
            if isinstance(part, str):
                literal += part
                continue
            if literal:
                yield literal
                literal = ""
            yield part
    if literal:
        yield literal


def _part(op: Any, value: Any) -> Iterator[Any]:
    if op is _c.LITERAL:
        yield chr(value)
    elif op is _c.SUBPATTERN:
        yield from _sequence(value[-1])
    elif op is _c.BRANCH:
        yield Either(tuple(tuple(_sequence(branch)) for branch in value[1]))
    elif op in (_c.MAX_REPEAT, _c.MIN_REPEAT, _c.POSSESSIVE_REPEAT):
        yield _repeat(*value)
    elif op in (_c.IN, _c.ANY, _c.NOT_LITERAL):
        yield _run(admitted(op, value), 1, 1)
    elif op is not _c.AT or value is _c.AT_NON_BOUNDARY:
        raise ValueError(f"{str(op).lower()} in a pattern cannot be turned round")


def _repeat(low: int, high: Any, nodes: Any) -> Any:
    most = None if high is _c.MAXREPEAT else int(high)
    if len(nodes) == 1 and nodes[0][0] in (_c.IN, _c.ANY, _c.NOT_LITERAL, _c.LITERAL):
        return _run(admitted(*nodes[0]), low, most)
    return Repeat(tuple(_sequence(nodes)), low, most)


def _run(allowed: tuple[str, ...], low: int, high: int | None) -> Run:
    if not allowed:
        raise ValueError("a character class of the pattern admits nothing printable")
    prose = high != 1 and " " in allowed and _LETTERS.issubset(allowed)
    plain = tuple(char for char in allowed if char.isascii() and char.isalnum()) or allowed
    return Run(allowed, plain, prose, low, high)


def admitted(op: Any, value: Any) -> tuple[str, ...]:
    """Return the printable characters (and newline, tab) that one character class admits."""
    if op is _c.LITERAL:
        return (chr(value),)
    if op is _c.NOT_LITERAL:
        return tuple(char for char in _ALPHABET if char != chr(value))
    if op is _c.ANY:
        return tuple(char for char in _ALPHABET if char != "\n")
    negated = value[0][0] is _c.NEGATE
    items = value[1:] if negated else value
    named = [
        chr(item[1] if item[0] is _c.LITERAL else item[1][0]) for item in items if _coded(item)
    ]
    return tuple(
        char
        for char in dict.fromkeys((*_ALPHABET, *named))
        if any(_admits(item, char) for item in items) != negated
    )


def _coded(item: Any) -> bool:
    return item[0] in (_c.LITERAL, _c.RANGE)


def _admits(item: Any, char: str) -> bool:
    op, value = item
    if op is _c.LITERAL:
        return ord(char) == int(value)
    if op is _c.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    kind = str(value).rpartition("_")[2].lower()
    inside = {
        "digit": char.isascii() and char.isdigit(),
        "space": char in " \n\t\r\f\v",
        "word": char.isascii() and (char.isalnum() or char == "_"),
    }[kind]
    return inside != ("NOT" in str(value))


# --- writing -------------------------------------------------------------------------------------


def _write(parts: Sequence, rng: random.Random, out: list[str | Run]) -> None:
    for part in parts:
        match part:
            case str():
                out.append(part)
            case Run():
                out.append(part if part.prose else _characters(part, rng))
            case Repeat():
                for _ in range(_length(part, _TYPICAL_REPEATS, rng)):
                    _write(part.parts, rng, out)
            case Either():
                _write(part.options[int(rng.random() * len(part.options))], rng, out)


def _length(part: Run | Repeat, typical: int, rng: random.Random) -> int:
    most = part.low + typical
    high = most if part.high is None else min(part.high, most)
    return part.low + int(rng.random() * (high - part.low + 1))


def _characters(part: Run, rng: random.Random) -> str:
    length = _length(part, _TYPICAL_CHARS, rng)
    if length > 1 and _LETTERS.issubset(part.plain):
        return _words(length, rng).replace(" ", "e")
    count = len(part.plain)
    return "".join([part.plain[int(rng.random() * count)] for _ in range(length)])


def _prose(part: Run, left: str, following: str | Run, rng: random.Random) -> str:
    """Write words of `part`, with a space to either side where words or slots stand there."""
    before = " " if left and (left.isalnum() or left in "}).,:;!?") else ""
    opens = isinstance(following, str) and (following[:1].isalnum() or following[:1] in ("{", "("))
    after = " " if opens else ""
    least = len(before) + len(after) + 2
    length = max(_length(part, _TYPICAL_TEXT, rng), min(least, part.high or least))
    inner = length - len(before) - len(after)
    if inner < 1:
        return " " * length if before or after else _words(length, rng)
    return f"{before}{_words(inner, rng)}{after}"


def _words(length: int, rng: random.Random) -> str:
    """Return words separated by single spaces, exactly `length` characters in all."""
    words: list[str] = []
    while length > _LONGEST:
        word = _ANY_WORD[int(rng.random() * len(_ANY_WORD))]
        if len(word) + 1 < length:
            words.append(word)
            length -= len(word) + 1
    if length > 0:
        last = _WORDS[length]
        words.append(last[int(rng.random() * len(last))])
    return " ".join(words)


# --- the bounded form ----------------------------------------------------------------------------


def bounded(pattern: str, low: int = 0, high: int | None = None) -> str:
    """Return an expression for a part of the same strings that no model can run on with.

    Open repetitions get a limit, classes are spelled out in printable ASCII, quotes and
    backslashes are left out of them (xgrammar 0.2.8 writes a pattern's characters into the JSON
    unescaped). `low` and `high` limit the length where the expression is a single run of
    characters. Raises ValueError where nothing would be left, or for what cannot be turned round.
    """
    return f"^{_spelled(_within(parsed(pattern), low, high))}$"


def _spelled(parts: Sequence) -> str:
    text = ""
    for part in parts:
        match part:
            case str():
                if any(char in '"\\' or not char.isprintable() for char in part):
                    raise ValueError("a quote, backslash or control character is demanded")
                text += "".join(_escaped(ord(char)) for char in part)
            case Run():
                text += _class(part.allowed) + _times(part.low, part.high, _MOST_CHARS)
            case Repeat():
                times = _times(part.low, part.high, _MOST_REPEATS)
                text += f"({_spelled(part.parts)}){times}"
            case Either():
                text += f"({'|'.join(_spelled(option) for option in part.options)})"
    return text


def _class(allowed: tuple[str, ...]) -> str:
    codes = sorted(ord(char) for char in allowed if char.isprintable() and char not in '"\\')
    if not codes:
        raise ValueError("a character class demands quotes, backslashes or control characters")
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    spelled = (_escaped(a) if a == b else f"{_escaped(a)}-{_escaped(b)}" for a, b in ranges)
    return f"[{''.join(spelled)}]"


def _escaped(code: int) -> str:
    char = chr(code)
    return f"\\{char}" if char in "^$.|?*+()[]{}-/" else char


def _times(low: int, high: int | None, most: int) -> str:
    top = max(low, most) if high is None else high
    return "" if low == top == 1 else f"{{{low},{top}}}"
