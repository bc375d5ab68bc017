"""The held-out guard: tools that models are evaluated with stay out of training data.

A tool is held out if it equals an evaluation tool by name and schema, or has parameters of the same
names and types under another name. Near matches are reported for a person to judge.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from toolace_mt.schemas.paths import resolve
from toolace_mt.tools.gather import Problem
from toolace_mt.trajectory import JsonObject, Tool

_ENOUGH = 3
"""Signatures with fewer parameters say too little: a great many tools take one `query`."""

_NEAR = 0.75
_DEEPEST = 6
_SEPARATORS = re.compile(r"[^a-z0-9]+")

Shape = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The evaluation tool that a tool equals or resembles. `held`: the tool is left out."""

    tool: Tool
    other: Tool
    reason: str
    held: bool


class HeldOut:
    """Evaluation tools, found by name, by schema and by signature."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._named: dict[str, list[Tool]] = {}
        self._shaped: dict[Shape, Tool] = {}
        self._holding: dict[tuple[str, str], list[tuple[Shape, Tool]]] = {}
        for tool in tools:
            shape = signature(tool)
            self._named.setdefault(_folded(tool), []).append(tool)
            if len(shape) >= _ENOUGH:
                self._shaped.setdefault(shape, tool)
                for parameter in shape:
                    self._holding.setdefault(parameter, []).append((shape, tool))

    def split(self, tools: Iterable[Tool]) -> tuple[list[Tool], list[Problem]]:
        """Return the tools that may be trained on, and a problem for each that may not."""
        kept: list[Tool] = []
        problems: list[Problem] = []
        for tool in tools:
            match = self.match(tool)
            if match is not None and match.held:
                where = tool.source or tool.server or "pool"
                problems.append(Problem(f"{where}: {tool.name}", f"held out: {match.reason}"))
            else:
                kept.append(tool)
        return kept, problems

    def match(self, tool: Tool) -> Match | None:
        """Return the closest evaluation tool, None if none is close."""
        shape = signature(tool)
        namesakes = self._named.get(_folded(tool), [])
        for other in namesakes:
            if signature(other) == shape:
                return Match(tool, other, f"is {other.name} by name and schema", True)
        if (twin := self._shaped.get(shape)) is not None:
            return Match(tool, twin, f"takes the very parameters of {twin.name}", True)
        if namesakes:
            return Match(tool, namesakes[0], f"has the name of {namesakes[0].name}", False)
        return self._near(tool, shape)

    def _near(self, tool: Tool, shape: Shape) -> Match | None:
        shared = {id(other): other for _, other in self._sharing(shape)}
        best, found = _NEAR, None
        for other in shared.values():
            theirs = set(signature(other))
            alike = len(theirs & set(shape)) / len(theirs | set(shape))
            if alike >= best:
                best, found = alike, other
        if found is None:
            return None
        return Match(tool, found, f"shares {best:.0%} of its parameters with {found.name}", False)

    def _sharing(self, shape: Shape) -> Iterator[tuple[Shape, Tool]]:
        if len(shape) >= _ENOUGH:
            for parameter in shape:
                yield from self._holding.get(parameter, ())


def signature(tool: Tool) -> Shape:
    """Return the sorted names and types of a tool's parameters, at any depth."""
    return tuple(sorted(_shape(tool.parameters, tool.parameters, "", 0)))


def _folded(tool: Tool) -> str:
    return _SEPARATORS.sub("", (tool.original or tool.name).lower())


def _shape(given: Any, root: JsonObject, path: str, depth: int) -> Iterator[tuple[str, str]]:
    schema = resolve(given, root)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    properties = schema.get("properties")
    for name, inner in (properties if isinstance(properties, dict) else {}).items():
        here = f"{path}.{name}" if path else name
        target = resolve(inner, root)
        kind = target.get("type", "") if isinstance(target, dict) else ""
        yield here, "|".join(sorted(kind)) if isinstance(kind, list) else str(kind)
        yield from _shape(target, root, here, depth + 1)
    if "items" in schema:
        yield from _shape(schema["items"], root, f"{path}[]", depth + 1)
