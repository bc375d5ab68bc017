"""What a dialogue has told so far: its passages in order, and where in them a value stands.

A passage is one text or tool output. Its views (words, numbers, dates) are made when a look-up
first needs them, once; most values are found by the first, cheapest look-up.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any, Literal, NamedTuple

from toolace_mt.tools.paths import leaves
from toolace_mt.verification.provenance_dates import Calendar, read_calendar, read_date
from toolace_mt.verification.provenance_numbers import Number, numbers_in, numbers_in_words
from toolace_mt.verification.provenance_words import flat, split_flat

Speaker = Literal["user", "output", "assistant"]
Kind = Literal["user", "output", "schema", "derived", "text", "nowhere"]

_TODAY = re.compile(
    r"(?:today|current (?:date|time|day)|\bnow\b)\D{0,30}?([\w,./ -]{8,24})", re.IGNORECASE
)
_MOST_LEAVES = 5000  # of one output
_REACH = 128  # passages that a look-up goes back: keeps long dialogues linear
_LONGEST = 200_000  # characters of one passage that are read


class Found(NamedTuple):
    """What a look-up says: the kind of origin and its source.

    Of a value that is "nowhere" the source says what speaks for it all the same; "" if nothing.
    """

    kind: Kind
    source: str


NOWHERE = Found("nowhere", "")


class Passage:
    """A text or an output, with the views of it that look-ups use."""

    def __init__(self, speaker: Speaker, label: str, text: str, content: Any = None) -> None:
        self.speaker, self.label, self.text = speaker, label, text
        self.leaves: list[tuple[str, Any]] = []
        if speaker == "output":
            for leaf in leaves(content):
                self.leaves.append(leaf)
                if len(self.leaves) >= _MOST_LEAVES:
                    break
        self._flat: str | None = None
        self._split: str | None = None
        self._words: frozenset[str] | None = None
        self._numbers: set[Number] | None = None
        self._calendar: Calendar | None = None

    @property
    def raw(self) -> str:
        """The text; of an output all keys and values in one."""
        if self.speaker == "output" and not self.text and self.leaves:
            lines = [f"{path.rpartition('.')[2]}: {value}" for path, value in self.leaves]
            self.text = "\n".join(lines)[:_LONGEST]
        return self.text

    @property
    def flat(self) -> str:
        """The words of it, as `provenance_words.flat` gives them."""
        if self._flat is None:
            self._flat = flat(self.raw)
        return self._flat

    @property
    def split(self) -> str:
        """The same with letters and digits apart."""
        if self._split is None:
            self._split = split_flat(self.flat)
        return self._split

    @property
    def words(self) -> frozenset[str]:
        """The set of words."""
        if self._words is None:
            self._words = frozenset(self.flat.split())
        return self._words

    @property
    def numbers(self) -> set[Number]:
        """Every number in it, in digits or in words (the latter in texts only)."""
        if self._numbers is None:
            self._numbers = numbers_in(self.raw[:_LONGEST])
            if self.speaker != "output":
                self._numbers |= numbers_in_words(self.flat.split())
            else:
                self._numbers |= {v for _, v in self.leaves if _is_number(v)}
        return self._numbers

    @property
    def calendar(self) -> Calendar:
        """Every date and time in it."""
        if self._calendar is None:
            self._calendar = read_calendar(self.raw[:_LONGEST])
        return self._calendar

    def where(self, phrase: str) -> str:
        """Return the label, with the path of the output's value that holds `phrase`."""
        for path, value in self.leaves:
            if phrase in flat(str(value)):
                return f"{self.label}: {path}" if path else self.label
        return self.label


class Known:
    """The passages so far. Add a turn's passages after its values have been judged."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.values: dict[Any, str] = {}
        self.today: date | None = None

    def tell(self, speaker: Speaker, label: str, text: str) -> None:
        """Add a text."""
        if text:
            self.passages.append(Passage(speaker, label, text))

    def returned(self, label: str, content: Any) -> None:
        """Add a tool output, its values by themselves."""
        passage = Passage("output", label, "", content)
        self.passages.append(passage)
        for path, value in passage.leaves:
            if isinstance(value, str) or _is_number(value):
                self.values.setdefault(value, f"{label}: {path}" if path else label)

    def set_today(self, system: str) -> None:
        """Take the date that a system prompt gives as today's, or the only one in it."""
        marked = _TODAY.search(system[:_LONGEST])
        moments = read_date(marked[1]) if marked else []
        if not moments:
            told = read_calendar(system[:_LONGEST]).moments
            moments = [moment for moment in told if moment.year and moment.month and moment.day]
        if len(moments) == 1:
            with suppress(ValueError):  # a date such as 2024-02-31 is no date
                self.today = date(moments[0].year, moments[0].month, moments[0].day)

    def recent(self, *speakers: Speaker) -> Iterator[Passage]:
        """Yield passages, the latest first."""
        for passage in reversed(self.passages[-_REACH:]):
            if not speakers or passage.speaker in speakers:
                yield passage

    def latest(self) -> list[Passage]:
        """Return the last two messages and the last two outputs: what arithmetic may draw on."""
        user = list(islice(self.recent("user"), 2))
        return user + list(islice(self.recent("output"), 2))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
