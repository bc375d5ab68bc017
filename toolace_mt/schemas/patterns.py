"""Regular expressions, parsed into parts to write strings from, or bounded in length.

Python's own parser reads the expression. What it cannot read, and what has no bounded form here
(look-around, back-references), raises ValueError; callers then fall back to something else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from re import _constants as _c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Literal

_ALPHABET = tuple(chr(code) for code in (*range(32, 127), 10, 9))
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CONTROL = frozenset(map(chr, (*range(9), *range(11, 32), 127)))
_CATEGORIES = {
    "digit": frozenset("0123456789"),
    "space": frozenset(" \n\t"),
    "word": frozenset(char for char in _ALPHABET if char.isalnum() or char == "_"),
}
_MOST_CHARS = 64
_MOST_REPEATS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """`low` to `high` (None: no limit) characters out of `allowed`, with properties of that set."""

    allowed: tuple[str, ...]
    low: int
    high: int | None
    plain: tuple[str, ...] = field(compare=False)
    """The characters to prefer: letters and digits where there are any."""
    wordy: bool = field(compare=False)
    """Whether every small letter is admitted."""
    prose: bool = field(compare=False)
    """Whether words with spaces between them are admitted."""
    letter: Literal["", "small", "capital"] = field(compare=False)
    """For a run of exactly one character: whether it can be the letter of a word."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` repetitions of a sequence (None: no limit)."""

    parts: "Sequence"
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Either:
    """A choice between several sequences."""

    options: tuple["Sequence", ...]


Sequence = tuple["str | Run | Repeat | Either", ...]


# Prose patterns are sequences of text, classes and groups (with one more level of groups inside).
# Classes and groups may be repeated. Each piece is parsed once, however many patterns contain it.
_CLASS = r"\[(?:[^\]\\]++|\\\W)++\]"
_INNER = rf"\((?!\?)(?:[^\\()\[\]]++|\\\W|{_CLASS})*+\)"
_GROUP = rf"\((?!\?)(?:[^\\()\[\]]++|\\\W|{_CLASS}|{_INNER})*+\)"
_PIECE = re.compile(
    r"(?:(?:[^\\()\[\]{}?*+|.^$]++|\\\W)++"
    rf"|(?:{_CLASS}|{_GROUP})(?:\?|\{{\d+(?:,\d*)?\}})?)(?![?*+{{])"
)


def parsed(pattern: str) -> Sequence:
    """Return the parts of a regular expression; raises ValueError if it cannot be parsed."""
    pieces = _PIECE.findall(pattern)
    if "".join(pieces) != pattern:
        return _parsed(pattern)
    joined: list[Any] = []
    for part in chain.from_iterable(map(_parsed, pieces)):
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


@lru_cache(maxsize=4096)
def _parsed(pattern: str) -> Sequence:
    try:
        return tuple(_sequence(_parser.parse(pattern)))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"pattern {pattern[:80]!r} cannot be read: {error}") from error


def within(parts: Sequence, low: int, high: int | None) -> Sequence:
    """Narrow the length of a pattern that is a single run of characters; leave others alone."""
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
        yield _run(op, value, 1, 1)
    elif op is not _c.AT or value is _c.AT_NON_BOUNDARY:
        raise ValueError(f"{str(op).lower()} in a pattern cannot be turned round")


def _repeat(low: int, high: Any, nodes: Any) -> Any:
    most = None if high is _c.MAXREPEAT else int(high)
    if len(nodes) == 1 and nodes[0][0] in (_c.IN, _c.ANY, _c.NOT_LITERAL, _c.LITERAL):
        op, value = nodes[0]
        return _run(op, value, low, most)
    return Repeat(tuple(_sequence(nodes)), low, most)


def _run(op: Any, value: Any, low: int, high: int | None) -> Run:
    return _run_of(op, tuple(value) if isinstance(value, list) else value, low, high)


@lru_cache(maxsize=4096)
def _run_of(op: Any, value: Any, low: int, high: int | None) -> Run:
    allowed = _admitted(op, value)
    if not allowed:
        raise ValueError("a character class of the pattern admits nothing printable")
    wordy = _LETTERS.issubset(allowed)
    single = low == high == 1
    capital = single and _CAPITALS.issubset(allowed)
    return Run(
        allowed=allowed,
        low=low,
        high=high,
        plain=tuple(char for char in allowed if char.isascii() and char.isalnum()) or allowed,
        wordy=wordy,
        prose=wordy and " " in allowed and high != 1,
        letter="small" if single and wordy else "capital" if capital else "",
    )


def _admitted(op: Any, value: Any) -> tuple[str, ...]:
    """Return the printable characters (and newline, tab) that a character class admits."""
    if op is _c.LITERAL:
        return (chr(value),)
    if op is _c.ANY:
        return tuple(char for char in _ALPHABET if char != "\n")
    if op is _c.NOT_LITERAL:
        return tuple(char for char in _ALPHABET if char != chr(value))
    negated = value[0][0] is _c.NEGATE
    named = set().union(*map(_named, value[1:] if negated else value))
    if negated:
        return tuple(char for char in _ALPHABET if char not in named)
    return tuple(sorted(named))


def _named(item: Any) -> set[str]:
    op, value = item
    if op is _c.LITERAL:
        return {chr(value)}
    if op is _c.RANGE:
        low, high = value
        # The beginning of a long non-ASCII range is enough to write strings from.
        return {chr(code) for code in range(low, min(high, max(low, 127)) + 1)} - _CONTROL
    kind = _CATEGORIES[str(value).removeprefix("CATEGORY_").removeprefix("NOT_").lower()]
    return set(_ALPHABET) - kind if "NOT_" in str(value) else set(kind)


# --- the bounded form ----------------------------------------------------------------------------


def bounded(pattern: str, low: int = 0, high: int | None = None) -> str:
    """Return an expression of bounded length for a subset of the same strings.

    Open repetitions get a limit and classes are spelled out in printable ASCII. Quotes and
    backslashes are removed from classes, since xgrammar 0.2.8 copies a pattern's characters into
    JSON unescaped. `low` and `high` limit the length if the expression is a single run of
    characters. Raises ValueError if nothing would be left, or for expressions that `parsed` does
    not support.
    """
    return f"^{_spelled(within(parsed(pattern), low, high))}$"


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
    return _escaped(codes[0]) if len(codes) == 1 else f"[{''.join(spelled)}]"


def _escaped(code: int) -> str:
    char = chr(code)
    return f"\\{char}" if char in "^$.|?*+()[]{}-/" else char


def _times(low: int, high: int | None, most: int) -> str:
    top = max(low, most) if high is None else high
    return "" if low == top == 1 else f"{{{low},{top}}}"
