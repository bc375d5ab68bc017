"""The runs of digits of a text, found in one pass, with the words that stand right behind them.

Most readings of a number need a word behind it: "3 pm", "5th", "2.5k". A text in which no such word
follows any digits need not be searched for them.
"""

import re
from collections.abc import Iterable, Iterator

RUN = re.compile(r"\d[\d.,:/-]*")
"""Digits with what separates them."""
_RUN_AND_WORD = re.compile(r"([0-9][0-9.,:/-]*)(?:\s*([a-z]+))?")


class Runs:
    """Distinct runs of digits with what separates them: numbers, dates, times, or several.

    `digits` are those of digits alone, `parted` the others. `before` are the words that follow a
    run, at once or after blanks; None if nobody looked.
    """

    __slots__ = ("before", "digits", "parted")

    def __init__(self, found: Iterable[str], before: frozenset[str] | None) -> None:
        self.digits: list[str] = []
        self.parted: list[str] = []
        for run in found:
            (self.digits if run.isdecimal() else self.parted).append(run)
        self.before = before

    def __iter__(self) -> Iterator[str]:
        return iter((*self.digits, *self.parted))

    def __bool__(self) -> bool:
        return bool(self.digits or self.parted)

    def may_precede(self, words: frozenset[str]) -> bool:
        """Tell whether one of these words may follow digits."""
        return self.before is None or not self.before.isdisjoint(words)


def read_runs(lower: str) -> Runs:
    """Return the runs of a text in lower case; what follows them is known of ASCII alone."""
    if not lower.isascii():
        return Runs(set(RUN.findall(lower)), None)
    pairs = set(_RUN_AND_WORD.findall(lower))
    return Runs({run for run, _ in pairs}, frozenset([word for _, word in pairs]))
