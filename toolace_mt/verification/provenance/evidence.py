"""What a dialogue has told so far: its passages, found by words, numbers, dates and times."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple

from toolace_mt.caching import Same
from toolace_mt.schemas.paths import Steps, place
from toolace_mt.trajectory import Tool
from toolace_mt.verification.provenance.history import History, View
from toolace_mt.verification.provenance.parsing.dates import Moment
from toolace_mt.verification.provenance.parsing.leaves import sorted_out
from toolace_mt.verification.provenance.parsing.today import today_in
from toolace_mt.verification.provenance.parsing.words import Vocabulary, flat
from toolace_mt.verification.provenance.passage import LONGEST, Passage, Speaker

Kind = Literal["user", "output", "schema", "derived", "text", "nowhere"]

_CLOCK_TOOL = re.compile(r"(?:get_?)?(?:today|now|current_?(?:date|time|day)|date|time)", re.I)
_REACH = 128  # passages of one speaker that a look-up goes back: keeps long dialogues linear
_MOST_PASSAGES = 64  # of one speaker that hold the words of a phrase, or the day of a date
_MOST_UNTRUE = 64  # invented values that are looked for in an error

TOLD: tuple[Speaker, ...] = ("user", "output")
"""Who is believed, first to last."""

SPEAKERS: tuple[Speaker, ...] = ("user", "output", "call", "assistant")
"""Everybody."""


class Found(NamedTuple):
    """What a look-up says: the kind of origin and its source.

    Of a value that is "nowhere" the source says what speaks for it all the same; "" if nothing.
    A place in an output (label and steps) or of words in a passage is spelt out by `told`, when
    somebody asks.
    """

    kind: Kind
    source: str | tuple[str, Steps] | tuple[Passage, str]

    @property
    def told(self) -> str:
        """The source in words: `turn 4: results[0].id`."""
        if isinstance(self.source, str):
            return self.source
        where, what = self.source
        return where.where(str(what)) if isinstance(where, Passage) else place(where, tuple(what))


NOWHERE = Found("nowhere", "")


@lru_cache(maxsize=64)
def _system(text: str) -> Passage:
    """A system prompt: often long, and the same for all dialogues of a data set."""
    return Passage("user", "system prompt", text)


@lru_cache(maxsize=1024)
def _definition(tool: Same[Tool]) -> str:
    """All words of a tool's definition: mostly the same for all dialogues of a data set."""
    return flat(f"{tool.it.name} {tool.it.description} {tool.it.parameters}")


class Evidence:
    """The passages so far. Add a turn's passages after its values have been judged.

    `users`, `outputs` and `assistants` hold the latest passages of each, the latest first; `reply`
    is the reply that is being judged, `call` the values of the call that is, in lower case.
    """

    def __init__(self, system: str = "", tools: Sequence[Tool] = ()) -> None:
        self._tools = tools
        self._definitions: list[str] | None = None
        self.today: date | None = None
        self.reply: Passage | None = None
        self.call: frozenset[str] = frozenset()
        self.users: list[Passage] = []
        self.outputs: list[Passage] = []
        self.assistants: list[Passage] = []
        self.about: list[frozenset[str]] = []
        self.passed_calls: list[Passage] = []
        self._values: dict[Any, tuple[str, Steps]] = {}
        self._vocabulary, self._unread = Vocabulary(), list[Passage]()
        self._told: dict[Speaker, History] = {speaker: History() for speaker in SPEAKERS}
        if system:
            self.users.append(self._indexed(_system(system)))
            self._set_today(system)

    def _indexed(self, passage: Passage) -> Passage:
        if passage.speaker != "call":
            self._unread.append(passage)
        self._told[passage.speaker].every.append(passage)
        return passage

    def tell(self, role: str, label: str, text: str) -> None:
        """Add the text of a turn."""
        label = sys.intern(label)
        if role == "user":
            said = self._indexed(Passage.of("user", label, text))
            self.users = [said, *self.users[: _REACH - 1]]
            self._set_today(text, marked=True)
        else:
            begun = self.reply
            said = begun if begun and begun.label == label else Passage.of("assistant", label, text)
            self.reply = None
            self._indexed(said)
            self.assistants = [said, *self.assistants[: _REACH - 1]]

    def returned(
        self,
        label: str,
        content: Any,
        tool: str = "",
        untrue: Sequence[object] = (),
        about: Iterable[str] = (),
    ) -> None:
        """Add a tool output, its values by themselves; some tools tell what day it is.

        `untrue` are values that an error output may quote: it does not vouch for them. `about` are
        the texts among the arguments of its call, and "tool" with its name.
        """
        passage = Passage.of("output", sys.intern(label), content)
        if untrue:
            passage = Passage("output", label, "", content)
            passage.take(sorted_out(_without(passage.leaves, untrue)))
        self.outputs = [self._indexed(passage), *self.outputs[: _REACH - 1]]
        self.about = [frozenset(about), *self.about[: _REACH - 1]]
        had = self._values
        for steps, value in passage.leaves:
            if value not in had and value is not True and value is not False:
                had[value] = (label, steps)
        if _CLOCK_TOOL.match(tool):
            self._set_today(passage.text)

    def passed(self, label: str, arguments: Any) -> None:
        """Add the arguments of a call, which have been judged: replies may name them."""
        passage = self._indexed(Passage.of("call", sys.intern(label), arguments))
        self.passed_calls = [passage, *self.passed_calls[: _REACH - 1]]

    def value(self, value: Any) -> tuple[str, Steps] | None:
        """Return label and steps of the first output that has exactly this value."""
        return self._values.get(value)

    def having(self, view: View, key: Any, speakers: Sequence[Speaker]) -> Iterator[Passage]:
        """Yield the passages of which a view holds a key, by speaker, the latest first."""
        for speaker in speakers:
            yield from self._told[speaker].having(view, frozenset((key,)))

    def latest_with(self, view: View, key: Any, speakers: Sequence[Speaker]) -> Passage | None:
        """Return the latest passage of the first speaker who has one with a key in a view."""
        return next(self.having(view, key, speakers), None)

    def holding(self, phrase: str, speakers: Sequence[Speaker] = TOLD) -> Passage | None:
        """Return the latest passage that holds the words of a flat `phrase` in a row.

        Of each speaker the latest 64 passages that hold all of the words are looked into.
        """
        words = phrase.split()
        for speaker in speakers if words else ():
            there = self._told[speaker].having("words", frozenset(words))
            for passage in islice(there, _MOST_PASSAGES):
                if len(words) == 1 or phrase in passage.flat:
                    return passage
        return None

    def knows(self, word: str) -> bool:
        """Tell whether anybody has said a word."""
        return self.latest_with("words", word, SPEAKERS) is not None

    @property
    def vocabulary(self) -> Vocabulary:
        """Every word that anybody has said."""
        for passage in self._unread:
            self._vocabulary.update(passage.words)
        self._unread.clear()
        return self._vocabulary

    def covering(self, moment: Moment, speakers: Sequence[Speaker]) -> Passage | None:
        """Return the latest passage with a date that explains `moment`, which has a month."""
        _, month, day = moment
        for speaker in speakers:
            for key in ((month, day), (month, 0), (0, day), (0, 0)):
                there = self._told[speaker].having("days", frozenset((key,)))
                for passage in islice(there, _MOST_PASSAGES):
                    if any(m[1:] == key and m.covers(moment) for m in passage.calendar.moments):
                        return passage
        return None

    def defined(self, phrase: str) -> str:
        """Return the name of the tool whose definition holds the words of a flat phrase, or ""."""
        if self._definitions is None:
            self._definitions = [_definition(Same(tool)) for tool in self._tools]
        pairs = zip(self._tools, self._definitions, strict=True)
        return next((tool.name for tool, text in pairs if phrase in text), "")

    @property
    def told(self) -> list[Passage]:
        """The passages of the user and then the outputs."""
        return [*self.users, *self.outputs]

    def latest(self) -> list[Passage]:
        """Return the last two messages and the last two outputs: what arithmetic may draw on."""
        return [*self.users[:2], *self.outputs[:2]]

    def _set_today(self, text: str, *, marked: bool = False) -> None:
        """Take the date that a text gives as today's; unless `marked`, else the only one in it."""
        self.today = today_in(text[:LONGEST].lower(), marked=marked) or self.today


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
