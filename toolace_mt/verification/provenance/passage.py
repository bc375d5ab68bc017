"""One text or tool output, with the views of it that look-ups use.

A view (words, numbers, dates) is made when a look-up first needs it, once.
"""

import re
from typing import Any, Literal, TypeGuard

from toolace_mt.caching import cached, lazy
from toolace_mt.schemas.paths import Steps, place
from toolace_mt.verification.provenance.parsing.columns import (
    columns_of,
    fields_by_number,
    numbers_by_name,
)
from toolace_mt.verification.provenance.parsing.dates import Calendar, read_calendar
from toolace_mt.verification.provenance.parsing.leaves import NO_LEAVES, Leaves, read_leaves
from toolace_mt.verification.provenance.parsing.numbers import (
    CURRENCY_SIGNS,
    Number,
    amounts_of,
    is_amount,
    numbers_in,
    numbers_in_words,
    parse_number,
)
from toolace_mt.verification.provenance.parsing.runs import Runs, read_runs
from toolace_mt.verification.provenance.parsing.tongues import folded, plain
from toolace_mt.verification.provenance.parsing.words import flat, split_flat, words_of

Speaker = Literal["user", "output", "call", "assistant"]

LONGEST = 200_000
"""Characters of one passage that are read."""
_MOST_AMOUNTS = 64
_CURRENCY = ("currency", "currency_code", "currencyCode")
_SIGNED = re.compile(rf"([{CURRENCY_SIGNS}])\s?(\d[\d,]*(?:\.\d+)?)")
_WORDED = re.compile(r"(\d[\d,]*(?:\.\d+)?) ?([a-z]+(?: [a-z]+)?)")
_IDENTIFIER = 40  # characters of an identifier
_DATED = re.compile("[:/-]")
_NEXT_DAY = re.compile(r"\+1\b|\+1d|next day|overnight|12:\d\d AM|\b0[0-4]:\d\d", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


class Passage:
    """A text, an output, or the arguments of a call ("call"), with the views that look-ups use."""

    __slots__ = ("__dict__", "__weakref__", "label")

    def __init__(self, speaker: Speaker, label: str, text: str, content: Any = None) -> None:
        self.speaker, self.label = speaker, label
        self._text = text
        self.take(read_leaves(content) if speaker in ("output", "call") else NO_LEAVES)

    def take(self, found: Leaves) -> None:
        """Let these be the values of an output or call, before anything else was asked."""
        self.leaves, self.texts, self.counts, self.steps, self.around, self.ends = found

    @staticmethod
    def of(speaker: Speaker, label: str, told: Any) -> "Passage":
        """Return the passage of a text or content, with what was looked at in it before.

        Refinement has most of them checked many times, after other turns than before.
        """
        read = _content(speaker, told) if speaker in ("output", "call") else _text(speaker, told)
        passage = Passage.__new__(Passage)
        passage.label = label
        passage.__dict__ = read.__dict__  # with all views, those yet to be made too
        return passage

    @property
    def spoken(self) -> bool:
        """Whether somebody has said it; in outputs "at 3" is no hour."""
        return self.speaker in ("user", "assistant")

    @lazy
    def text(self) -> str:
        """The text; of an output all keys and values in one."""
        if self._text or not self.leaves:
            return folded(self._text[:LONGEST])
        lines = [f"{steps[-1] if steps else ''}: {value}" for steps, value in self.leaves]
        around = [step for step in self.around if isinstance(step, str)]
        return folded("\n".join([*lines, *sorted(around)])[:LONGEST])

    @lazy
    def plain(self) -> str:
        """The text in lower case; of what was said, times and numbers in one form.

        Of an output the texts alone: names of fields and numbers are read as what they are.
        """
        if self.spoken:
            return plain(self.text.lower())
        texts = [told for _, told in self.digital]
        texts += {step for step in self.steps if _has_digit(step)}
        lower = folded("\n".join(texts)[:LONGEST]).lower()
        return lower if lower.isascii() else plain(lower)

    @lazy
    def digital(self) -> list[tuple[Steps, str]]:
        """The texts among the values of an output that have digits, with their places."""
        has_digit = _DIGIT.search
        return [leaf for leaf in self.texts if has_digit(leaf[1])]

    @lazy
    def listed(self) -> list[str]:
        """The words of it in order, as `words.flat` gives them."""
        return words_of(self.text)

    @lazy
    def flat(self) -> str:
        """The words of it, as `words.flat` gives them."""
        return f" {' '.join(self.listed)} " if self.listed else " "

    @lazy
    def split(self) -> str:
        """The words of the passage, with letters and digits apart."""
        return split_flat(self.flat)

    @lazy
    def joined(self) -> str:
        """The words without anything between them."""
        return self.flat.replace(" ", "")

    @lazy
    def words(self) -> frozenset[str]:
        """The set of words."""
        return frozenset(self.listed)

    @lazy
    def keys(self) -> frozenset[str]:
        """The words in the names of an output's values."""
        names = [step for step in self.steps if isinstance(step, str)]
        return frozenset(flat(" ".join(names)).split())

    @lazy
    def signs(self) -> list[tuple[str, Number | None]]:
        """The amounts in its text that have a sign of a currency before them, with that sign."""
        return [(sign, parse_number(digits)) for sign, digits in _SIGNED.findall(self.text)]

    @lazy
    def worded(self) -> dict[Number | None, list[str]]:
        """The words, two at most, behind the numbers in its text."""
        worded: dict[Number | None, list[str]] = {}
        for digits, words in _WORDED.findall(self.text.lower()):
            worded.setdefault(parse_number(digits), []).append(words)
        return worded

    @lazy
    def currency_signs(self) -> frozenset[str]:
        """The signs of currencies in its text."""
        return frozenset([sign for sign in CURRENCY_SIGNS if sign in self.text])

    @lazy
    def runs(self) -> Runs:
        """Its runs of digits with what separates them: numbers, dates and times are among them."""
        return read_runs(self.plain)

    @lazy
    def numbers(self) -> set[Number]:
        """Every number in it, in digits or in words (the latter in texts only)."""
        if not self.spoken:
            told = set(self.spelt)
            own = [value for _, value in self.counts]
            told.update(own, (-value for value in own if value < 0))
            return told
        told = numbers_in(self.text) | numbers_in_words(self.listed)
        return told if self.text.isascii() else told | numbers_in(self.plain, self.runs)

    @lazy
    def spelt(self) -> set[Number]:
        """The numbers that its text has in digits, dates and times taken for some of them."""
        return numbers_in(self.plain, self.runs, spoken=False)

    @lazy
    def figures(self) -> list[Number]:
        """Its numbers but for those of dates and times, in ascending order."""
        runs = self.runs
        undated = [run for run in runs.parted if not _DATED.search(run)]
        told = set(self.spelt)
        if len(undated) < len(runs.parted):
            told = numbers_in(self.plain, Runs((*runs.digits, *undated), runs.before), spoken=False)
        if self.spoken:
            told |= numbers_in_words(self.listed)
        else:
            told.update(value for _, value in self.counts)
        return sorted(n for n in told if is_amount(n) and not 1900 <= n <= 2100)

    @lazy
    def amounts(self) -> list[Number]:
        """The 64 largest of its numbers: those that arithmetic may draw on."""
        return amounts_of(self.numbers, _MOST_AMOUNTS)

    @lazy
    def ordered(self) -> list[Number]:
        """Its numbers in ascending order."""
        return sorted(filter(is_amount, self.numbers))

    @lazy
    def calendar(self) -> Calendar:
        """Every date and time in it."""
        return read_calendar(self.plain, self.runs, spoken=self.spoken)

    @lazy
    def days(self) -> frozenset[tuple[int, int]]:
        """The dates in it without their years: month and day, 0 where one is missing."""
        return frozenset([(month, day) for _, month, day in self.calendar.moments])

    @lazy
    def minutes(self) -> frozenset[int]:
        """The times of day in it, as minutes after midnight."""
        return self.calendar.minutes

    @lazy
    def overnight(self) -> bool:
        """Whether it speaks of the day after a date, or of the hours after midnight."""
        return _NEXT_DAY.search(self.text) is not None

    @lazy
    def named(self) -> dict[str, list[Number]]:
        """The numbers of an output by the name of their field, "" where they have none."""
        return numbers_by_name(self.leaves)

    @lazy
    def fields(self) -> dict[Number, list[tuple[Steps, Any]]]:
        """The fields of an output by their number, alone or in a text that is one with a unit."""
        return fields_by_number(self.counts, self.digital)

    @lazy
    def columns(self) -> list[list[Number]]:
        """The numbers of each field over the entries of a list."""
        return columns_of(self.counts)

    @lazy
    def currencies(self) -> dict[Steps, str]:
        """The currencies that an output names, by the place of the record that does."""
        return {
            steps[:-1]: told
            for steps, told in self.leaves
            if steps and steps[-1] in _CURRENCY and isinstance(told, str)
        }

    @lazy
    def records(self) -> dict[str, Steps]:
        """The places of the records of an output by the identifiers that they hold."""
        return {
            told.lower(): steps[:-1] for steps, told in self.digital if 2 < len(told) <= _IDENTIFIER
        }

    def where(self, phrase: str) -> str:
        """Return the label, with the path of the output's value that holds `phrase`."""
        for steps, value in self.leaves:
            if phrase in flat(str(value)):
                return place(self.label, steps)
        return self.label


@cached
def _text(speaker: Speaker, text: str) -> Passage:
    return Passage(speaker, "", text)


@cached
def _content(speaker: Speaker, content: Any) -> Passage:
    return Passage(speaker, "", "", content)


def _has_digit(step: object) -> TypeGuard[str]:
    return isinstance(step, str) and _DIGIT.search(step) is not None
