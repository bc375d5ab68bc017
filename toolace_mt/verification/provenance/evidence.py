"""What a dialogue has told so far: its passages in order, and where in them a value stands."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import Steps, place
from toolace_mt.verification.provenance.dates import moments_in, read_dates
from toolace_mt.verification.provenance.passage import LONGEST, Passage, Speaker

Kind = Literal["user", "output", "schema", "derived", "text", "nowhere"]

_TODAY = re.compile(
    r"(?:today(?:'s date)?(?: is)?|current (?:date|time|day)(?: and time)?(?: is)?|\bnow\b)[\s:,]"
)
_CLOCK_TOOL = re.compile(r"(?:get_?)?(?:today|now|current_?(?:date|time|day)|date|time)", re.I)
_REACH = 128  # passages of one speaker that a look-up goes back: keeps long dialogues linear
_MOST_UNTRUE = 64  # invented values that are looked for in an error


class Found(NamedTuple):
    """What a look-up says: the kind of origin and its source.

    Of a value that is "nowhere" the source says what speaks for it all the same; "" if nothing.
    A place in an output (label and steps) is spelt out by `told`, when somebody asks.
    """

    kind: Kind
    source: str | tuple[str, Steps]

    @property
    def told(self) -> str:
        """The source in words: `turn 4: results[0].id`."""
        return self.source if isinstance(self.source, str) else place(*self.source)


NOWHERE = Found("nowhere", "")


@lru_cache(maxsize=64)
def _system(text: str) -> Passage:
    """A system prompt: often long, and the same for all dialogues of a data set."""
    return Passage("user", "system prompt", text)


@cached
def _passage(speaker: Speaker, label: str, text: str) -> Passage:
    """A text, with what was looked at in it before: refinement has most checked many times."""
    return Passage(speaker, label, text)


class Evidence:
    """The passages so far. Add a turn's passages after its values have been judged.

    `users`, `outputs` and `assistants` hold the passages of each, the latest first; `told` those
    of the user and then the outputs, `all` these and then the assistant's.
    """

    def __init__(self, system: str = "") -> None:
        self.today: date | None = None
        self.users: list[Passage] = []
        self.outputs: list[Passage] = []
        self.assistants: list[Passage] = []
        self._passed: list[tuple[str, Any]] = []
        self._values: dict[Any, tuple[str, Steps]] = {}
        self._changed()
        if system:
            self.users.append(_system(system))
            self._set_today(system)

    def tell(self, role: str, label: str, text: str) -> None:
        """Add the text of a turn."""
        label = sys.intern(label)
        if role == "user":
            self.users = [_passage("user", label, text), *self.users[: _REACH - 1]]
            self._set_today(text, marked=True)
        else:
            self.assistants = [_passage("assistant", label, text), *self.assistants[: _REACH - 1]]
        self._changed()

    def returned(
        self, label: str, content: Any, tool: str = "", untrue: Sequence[object] = ()
    ) -> None:
        """Add a tool output, its values by themselves; some tools tell what day it is.

        `untrue` are values that an error output may quote: it does not vouch for them.
        """
        passage = Passage.of_output(sys.intern(label), content)
        if untrue:
            passage = Passage("output", label, "", content)
            passage.leaves = list(_without(passage.leaves, untrue))
        self.outputs = [passage, *self.outputs[: _REACH - 1]]
        had = self._values
        had.update({value: at for value, at in passage.sources.items() if value not in had})
        self._changed()
        if _CLOCK_TOOL.match(tool):
            self._set_today(passage.text)

    def passed(self, label: str, arguments: Any) -> None:
        """Add the arguments of a call, which have been judged: replies may name them."""
        self._passed = [(label, arguments), *self._passed[: _REACH - 1]]

    def with_arguments(self) -> "Evidence":
        """Return the same, with the arguments of calls among the outputs."""
        wider = copy(self)
        passed = [Passage.of_output(sys.intern(at), arguments) for at, arguments in self._passed]
        wider.outputs = [*passed, *self.outputs]
        wider._changed()
        return wider

    def value(self, value: Any) -> tuple[str, Steps] | None:
        """Return label and steps of the first output that has exactly this value."""
        return self._values.get(value)

    def _changed(self) -> None:
        self._told: list[Passage] | None = None
        self._words: frozenset[str] | None = None

    @property
    def told(self) -> list[Passage]:
        """The passages of the user and then the outputs."""
        if self._told is None:
            self._told = [*self.users, *self.outputs]
        return self._told

    @property
    def all(self) -> list[Passage]:
        """These and then the assistant's."""
        return [*self.told, *self.assistants]

    def latest(self) -> list[Passage]:
        """Return the last two messages and the last two outputs: what arithmetic may draw on."""
        return [*self.users[:2], *self.outputs[:2]]

    @property
    def words(self) -> frozenset[str]:
        """The words of all passages together."""
        if self._words is None:
            self._words = frozenset().union(*(passage.words for passage in self.all))
        return self._words

    def _set_today(self, text: str, *, marked: bool = False) -> None:
        """Take the date that a text gives as today's; unless `marked`, else the only one in it."""
        lower = text[:LONGEST].lower()
        mark = _TODAY.search(lower) if "today" in lower or "current" in lower else None
        readings = read_dates(lower[mark.end() : mark.end() + 40])[:1] if mark else []
        moments = readings[0] if readings else []
        if not moments and not marked:
            moments = [m for m in moments_in(lower) if m.year and m.month and m.day]
        if len(moments) == 1 and moments[0].year:
            with suppress(ValueError):  # a date such as 2024-02-31 is no date
                self.today = date(moments[0].year, moments[0].month, moments[0].day)


def _without(
    leaves: Iterable[tuple[Steps, Any]], untrue: Sequence[object]
) -> Iterator[tuple[Steps, Any]]:
    texts = [text for value in untrue[:_MOST_UNTRUE] if (text := str(value))]
    for steps, value in leaves:
        if isinstance(value, str):
            for text in texts:
                value = value.replace(text, "")
        if value not in untrue:
            yield steps, value
