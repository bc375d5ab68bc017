"""Tools gathered from sources: parsed, tested, without duplicates, with distinct names."""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from toolace_mt.tools.definitions import BuiltIn, parse_tool
from toolace_mt.tools.dialects import Malformed, slips
from toolace_mt.tools.names import marked
from toolace_mt.tools.sources import read_source
from toolace_mt.trajectory import Tool


@dataclass(frozen=True, slots=True)
class Problem:
    """A remark about one definition: where it is (`tools.jsonl:3`), and what is wrong."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(slots=True)
class Gathered:
    """Tools of one or more sources.

    `problems` concern definitions that were left out, `notes` some that were not.
    """

    tools: list[Tool] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    merged: int = 0
    """Definitions that repeat an earlier one exactly."""
    given: int = 0
    """Definitions that were found, usable or not."""

    _known: dict[str, list[tuple[str, Tool]]] = field(default_factory=dict)

    def read(self, where: str, definition: Any) -> None:
        """Parse a definition found at `where`; add its tool, or the problem with it."""
        self.given += 1
        try:
            if isinstance(definition, Malformed):
                raise definition
            tool = parse_tool(definition)
            if isinstance(tool, BuiltIn):
                reason = f"a built-in tool of type {tool.type!r}: its provider runs it, left out"
                self.problems.append(Problem(where, reason))
                return
            self.notes += [Problem(where, slip) for slip in _slips(definition)]
            self._add(where, tool)
        except Malformed as malformed:
            self.problems.append(Problem(where, str(malformed)))

    def _add(self, where: str, tool: Tool) -> None:
        known = self._known.setdefault(tool.name, [])
        for first, other in known:
            if _same(tool, other):
                self.merged += 1
                return
            if tool.server == other.server:
                if tool.original == other.original:
                    reason = f"name {tool.name!r} is taken by another definition, in {first}"
                    raise Malformed("", reason)
                renamed = marked(tool.name, tool.original or tool.name)
                self._add(where, replace(tool, name=renamed, original=tool.original or tool.name))
                return
        known.append((where, tool))
        self.tools.append(tool)


def gather(sources: Sequence[str]) -> Gathered:
    """Read all definitions of the sources, in order; raises InputError for an unreadable source."""
    gathered = Gathered()
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage, and collection is a large part of the cost
    try:
        for source in sources:
            for given in read_source(source):
                gathered.read(given.where, given.definition)
    finally:
        if collecting:
            gc.enable()
    return gathered


def _same(one: Tool, other: Tool) -> bool:
    return (
        one.description == other.description
        and one.parameters == other.parameters
        and one.returns == other.returns
        and one.usage == other.usage
    )


def _slips(definition: Any) -> Iterator[str]:
    if isinstance(definition, dict):
        inner = definition.get("function")
        yield from slips((inner if isinstance(inner, dict) else definition).keys())
