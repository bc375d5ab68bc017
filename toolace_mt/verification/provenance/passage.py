"""One text or tool output, with the views of it that look-ups use.

A view (words, numbers, dates) is made when a look-up first needs it, once; most values are found by
the first, cheapest look-up.
"""

from typing import Any, Literal

from toolace_mt.caching import cached, lazy
from toolace_mt.schemas.paths import Steps, leaf_steps, place
from toolace_mt.verification.provenance.dates import Calendar, read_calendar
from toolace_mt.verification.provenance.numbers import (
    Number,
    is_amount,
    numbers_in,
    numbers_in_words,
)
from toolace_mt.verification.provenance.words import flat, split_flat

Speaker = Literal["user", "output", "assistant"]

LONGEST = 200_000
"""Characters of one passage that are read."""
_MOST_AMOUNTS = 64


class Passage:
    """A text or an output, with the views of it that look-ups use."""

    def __init__(self, speaker: Speaker, label: str, text: str, content: Any = None) -> None:
        self.speaker, self.label = speaker, label
        self.leaves = leaf_steps(content) if speaker == "output" else []
        self._text = text

    @staticmethod
    @cached
    def of_output(label: str, content: Any) -> "Passage":
        """Return the passage of an output, with what was looked at in it before."""
        return Passage("output", label, "", content)

    @lazy
    def sources(self) -> dict[Any, tuple[str, Steps]]:
        """Every value of an output with its first place; booleans would pass for 1 and 0."""
        return {
            value: (self.label, steps)
            for steps, value in reversed(self.leaves)
            if value is not True and value is not False
        }

    @lazy
    def text(self) -> str:
        """The text; of an output all keys and values in one."""
        if self._text or not self.leaves:
            return self._text[:LONGEST]
        lines = [f"{steps[-1] if steps else ''}: {value}" for steps, value in self.leaves]
        around = {step for steps, _ in self.leaves for step in steps[:-1] if isinstance(step, str)}
        return "\n".join([*lines, *sorted(around)])[:LONGEST]

    @lazy
    def flat(self) -> str:
        """The words of it, as `words.flat` gives them."""
        return flat(self.text)

    @lazy
    def split(self) -> str:
        """The same with letters and digits apart."""
        return split_flat(self.flat)

    @lazy
    def joined(self) -> str:
        """The words without anything between them."""
        return self.flat.replace(" ", "")

    @lazy
    def words(self) -> frozenset[str]:
        """The set of words."""
        return frozenset(self.flat.split())

    @lazy
    def keys(self) -> frozenset[str]:
        """The words in the names of an output's values."""
        names = {step for steps, _ in self.leaves for step in steps if isinstance(step, str)}
        return frozenset(flat(" ".join(names)).split())

    @lazy
    def numbers(self) -> set[Number]:
        """Every number in it, in digits or in words (the latter in texts only)."""
        told = numbers_in(self.text)
        if self.speaker == "output":
            return told | {value for _, value in self.leaves if _is_number(value)}
        return told | numbers_in_words(self.flat.split())

    @lazy
    def amounts(self) -> list[Number]:
        """The 64 largest of its numbers: those that arithmetic may draw on."""
        return sorted(filter(is_amount, self.numbers), reverse=True)[:_MOST_AMOUNTS]

    @lazy
    def calendar(self) -> Calendar:
        """Every date and time in it."""
        return read_calendar(self.text, self.words if self.speaker == "user" else None)

    @lazy
    def _flats(self) -> list[str]:
        return [flat(str(value)) for _, value in self.leaves]

    def where(self, phrase: str) -> str:
        """Return the label, with the path of the output's value that holds `phrase`."""
        for (steps, _), words in zip(self.leaves, self._flats, strict=True):
            if phrase in words:
                return place(self.label, steps)
        return self.label


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
