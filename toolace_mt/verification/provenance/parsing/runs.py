"""The runs of digits of a text, found in one pass, with what may stand right behind them.

Most readings of a number need a letter behind it: "3 pm", "5th", "2.5k". A text in which no such
letter follows any digits need not be searched for them.
"""

import re
from collections.abc import Iterable, Iterator

_RUN = re.compile(r"\d[\d.,:/-]*")
_RUN_AND_LETTER = re.compile(r"[0-9][0-9.,:/-]*(?:\s*[a-z])?")


class Runs:
    """Distinct runs of digits with what separates them: numbers, dates, times, or several.

    `before` are the letters that follow a run, at once or after blanks; None if nobody looked.
    """

    __slots__ = ("before", "found")

    def __init__(self, found: Iterable[str], before: frozenset[str] | None) -> None:
        self.found, self.before = found, before

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __bool__(self) -> bool:
        return bool(self.found)

    def may_precede(self, letters: frozenset[str]) -> bool:
        """Tell whether one of these letters may follow digits."""
        return self.before is None or not self.before.isdisjoint(letters)


def read_runs(lower: str) -> Runs:
    """Return the runs of a text in lower case; what follows them is known of ASCII alone."""
    if not lower.isascii():
        return Runs(set(_RUN.findall(lower)), None)
    found: set[str] = set()
    before: set[str] = set()
    for token in set(_RUN_AND_LETTER.findall(lower)):
        last = token[-1]
        if last.isalpha():
            before.add(last)
            token = token[:-1].rstrip()
        found.add(token)
    return Runs(found, frozenset(before))
