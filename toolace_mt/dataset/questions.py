"""Evaluation questions, and which dialogues are too near to one to be trained on.

A request of a user is compared with a question by the question's word 3-grams that it has. Requests
for tools are short, and so alike that 13-grams, as they are usual for prose, find none of them.
Hence a question counts as met from `NEAR` of its 3-grams on, and from `NEAR_WITH_TOOL` on if the
dialogue also calls a tool of the question's: by name, or by names and types of parameters. A
question of fewer than `FEWEST` 3-grams is met by the same words alone.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolace_mt.errors import ConfigError
from toolace_mt.texts.ngrams import Gram, ngrams, words_of
from toolace_mt.tools.definitions import read_tools
from toolace_mt.tools.held_out import signature
from toolace_mt.trajectory import JsonObject, Tool

NEAR = 0.5
NEAR_WITH_TOOL = 0.25
FEWEST = 3

_TEXTS = ("question", "questions", "instruction", "prompt", "query", "messages", "conversations")
_TOOLS = ("tools", "functions", "function")
_USERS = ("user", "human")
_TELLING = 3  # parameters from which on a signature tells one tool from another

Marks = Set[object]
"""What tells a tool: its name, and its signature if that says enough."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its place in a file, and the marks of the tools it is asked with."""

    place: str
    words: tuple[str, ...]
    grams: frozenset[Gram]
    tools: frozenset[object]


@dataclass(slots=True)
class Questions:
    """Evaluation questions, found by the 3-grams they have in common with a request."""

    every: list[Question] = field(default_factory=list)
    _having: defaultdict[Gram, list[int]] = field(default_factory=lambda: defaultdict(list))
    _short: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, question: Question) -> None:
        """Add a question; one without words is left out."""
        if not question.words:
            return
        if len(question.grams) < FEWEST:
            self._short.setdefault(question.words, len(self.every))
        else:
            for gram in question.grams:
                self._having[gram].append(len(self.every))
        self.every.append(question)

    def met_by(self, turns: Sequence[JsonObject], called: Marks) -> str:
        """Return the place of a question that a user of the dialogue asks, "" if none does.

        `turns` are as shards hold them, `called` the marks of the tools that are called.
        """
        for turn in turns:
            if turn["role"] != "user":
                continue
            words = tuple(words_of(turn["content"]))
            if (same := self._short.get(words)) is not None:
                return self.every[same].place
            shared = Counter(
                n for gram in set(ngrams(words, 3)) for n in self._having.get(gram, ())
            )
            for number, count in shared.items():
                question = self.every[number]
                least = NEAR if question.tools.isdisjoint(called) else NEAR_WITH_TOOL
                if count >= least * len(question.grams):
                    return question.place
        return ""


def marks(tools: Iterable[Tool]) -> frozenset[object]:
    """Return the marks of tools."""
    names = {tool.original or tool.name for tool in tools}
    shapes = {shape for tool in tools if len(shape := signature(tool)) >= _TELLING}
    return frozenset(names | shapes)


def read_questions(files: Iterable[str]) -> Questions:
    """Read evaluation questions: JSON, JSON Lines, or a text on each line.

    Of a JSON object, such as a row of BFCL, tau-bench or ACEBench, the texts of users are questions
    and definitions of functions its tools. Raises ConfigError for a file that cannot be read, or
    that has no question.
    """
    found = Questions()
    for file in files:
        before = len(found.every)
        for line, row in _rows(Path(file)):
            tools = marks(_tools(row))
            for text in _texts(row):
                words = tuple(words_of(text))
                grams = frozenset(ngrams(words, 3))
                found.add(Question(f"{file}:{line}", words, grams, tools))
        if len(found.every) == before:
            raise ConfigError(
                f"export.decontaminate: {file}: no question found; expected a text on each line, or"
                f" JSON objects with one of {', '.join(_TEXTS)}"
            )
    return found


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"export.decontaminate: {path}: cannot be read: {reason}") from error
    whole = _json(text) if path.suffix == ".json" else None
    if isinstance(whole, list):
        yield from enumerate(whole, 1)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found = _json(line)
            yield number, line if found is None else found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _texts(given: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts of users in a row."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, list) and depth < 8:
        for inner in given:
            yield from _texts(inner, depth + 1)
    elif isinstance(given, dict) and depth < 8:
        role = given.get("role", given.get("from"))
        if role is not None:
            said = given.get("content", given.get("value")) if role in _USERS else None
            yield from (said,) if isinstance(said, str) else ()
            return
        for key in _TEXTS:
            yield from _texts(given.get(key), depth + 1)


def _tools(row: Any) -> list[Tool]:
    """Return the tools of a row; of one that cannot be read, only the texts are compared."""
    found: list[Tool] = []
    for key in _TOOLS if isinstance(row, dict) else ():
        given = row.get(key)
        given = _json(given) if isinstance(given, str) else given
        found += read_tools([given] if isinstance(given, dict) else given or [])[0]
    return found
