"""The pool of all tools, and the seeded choice of the tools of one dialogue."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from toolace_mt.errors import EmptyPoolError
from toolace_mt.tools.chains import ChainIndex, pick
from toolace_mt.tools.gather import Problem, gather
from toolace_mt.tools.held_out import HeldOut
from toolace_mt.trajectory import Tool


@dataclass(frozen=True, slots=True)
class Candidates:
    """The tools of one dialogue: those it may need, and distractors."""

    related: tuple[Tool, ...]
    distractors: tuple[Tool, ...]


@dataclass(frozen=True)
class ToolPool:
    """Usable tools, the definitions that were left out, and notes about others.

    Names are unique on each server. Of tools with the same name on several servers, a dialogue has
    at most one.
    """

    tools: tuple[Tool, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Tool]:
        """The tools by their names."""
        return {tool.name: tool for tool in self.tools}

    def sample(self, rng: random.Random, related: int, distractors: int) -> Candidates:
        """Choose candidate tools for one dialogue; the same for the same generator state.

        `related` starts at a random tool and grows along chain links first, then within the domain,
        then (where the domain is small) beyond it. At least one link is among them if the domain
        has any and two tools are asked for. Distractors come from other domains, or from the only
        one. A small pool gives fewer tools.
        """
        start = int(rng.random() * len(self.tools))
        chosen = self._grow(start, related, rng)
        taken, homes = self._taken(chosen), {self.tools[index].domain for index in chosen}
        foreign: list[int] = []
        while len(foreign) < distractors:
            index = self._outside(homes, taken, rng)
            if index is None:
                break
            foreign.append(index)
            taken |= self._taken([index])
        return Candidates(self._tools(chosen), self._tools(foreign))

    def _tools(self, indexes: list[int]) -> tuple[Tool, ...]:
        return tuple(self.tools[index] for index in indexes)

    def _grow(self, start: int, count: int, rng: random.Random) -> list[int]:
        members, linked = self._domains[self.tools[start].domain]
        if not self._chains.linked(start) and linked and count == 2:
            start = linked[int(rng.random() * len(linked))]  # no room to add a linked pair later
        chosen, taken = [start], self._taken([start])
        while len(chosen) < count:
            along = self._along(chosen, taken, rng)
            if along is None:
                along = pick(linked, taken, rng) if len(chosen) < count - 1 else None
            if along is None:
                along = pick(members, taken, rng)
            if along is None:
                along = pick(range(len(self.tools)), taken, rng)
            if along is None:
                break
            chosen.append(along)
            taken |= self._taken([along])
        return chosen

    def _taken(self, indexes: list[int]) -> set[int]:
        """Return the indexes, and those of tools with the same names on other servers."""
        return {other for index in indexes for other in self._namesakes.get(index, (index,))}

    @cached_property
    def _namesakes(self) -> dict[int, tuple[int, ...]]:
        holders: dict[str, list[int]] = {}
        for index, tool in enumerate(self.tools):
            holders.setdefault(tool.name, []).append(index)
        shared = (tuple(held) for held in holders.values() if len(held) > 1)
        return {index: held for held in shared for index in held}

    def _along(self, chosen: list[int], taken: set[int], rng: random.Random) -> int | None:
        """Return a tool linked to a chosen one: first one that feeds it.

        The latest come first, so that chains get long.
        """
        for index in chosen:
            found = self._chains.source(index, taken, rng)
            if found is not None:
                return found
        for index in reversed(chosen):
            found = self._chains.neighbour(index, taken, rng)
            if found is not None:
                return found
        return None

    def _outside(self, homes: set[str], taken: set[int], rng: random.Random) -> int | None:
        spent = set(homes)
        while (domain := pick(self._names, spent, rng)) is not None:
            found = pick(self._domains[domain][0], taken, rng)
            if found is not None:
                return found
            spent.add(domain)
        return pick(range(len(self.tools)), taken, rng)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._domains)

    @cached_property
    def _chains(self) -> ChainIndex:
        return ChainIndex(self.tools)

    @cached_property
    def _domains(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Indexes of the tools of each domain: all of them, and those with links."""
        members: dict[str, list[int]] = {}
        for index, tool in enumerate(self.tools):
            members.setdefault(tool.domain, []).append(index)
        linked = self._chains.linked
        return {
            domain: (tuple(indexes), tuple(index for index in indexes if linked(index)))
            for domain, indexes in members.items()
        }


def load_pool(sources: str | Sequence[str], held_out: Sequence[str] | None = None) -> ToolPool:
    """Load the tools of one source, or of several in their order.

    A source is `starter`, a file, or `KIND:PLACE` (see `toolace_mt.tools.sources`). Tools that
    match one of the sources `held_out` are left out. Raises InputError if a source cannot be read,
    EmptyPoolError if no definition is usable.
    """
    named = (sources,) if isinstance(sources, str) else tuple(sources)
    found = gather(named)
    tools, problems = found.tools, found.problems
    if held_out:
        guard = HeldOut(gather(held_out).tools)
        tools, kept_out = guard.split(tools)
        problems = [*problems, *kept_out]
    if not tools:
        reason = "it has no definitions"
        if problems:
            reason = f"{len(problems)} definitions were left out, the first: {problems[0]}"
        raise EmptyPoolError(f"{', '.join(named)}: no usable tool; {reason}")
    return ToolPool(tuple(tools), tuple(problems), tuple(found.notes))
