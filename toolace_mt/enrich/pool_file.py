"""The pool file that enrichment reads and writes: definitions with all keys, in their order."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolace_mt.errors import EmptyPoolError, InputError
from toolace_mt.run.directory import write_atomically
from toolace_mt.tools.definitions import BuiltIn, parse_tool
from toolace_mt.tools.dialects import PARAMETERS, RETURNS, Malformed, first, flat
from toolace_mt.tools.gather import Gathered, Problem
from toolace_mt.tools.sources import read_source
from toolace_mt.trajectory import JsonObject, Tool

WRITTEN = "enriched"
"""The key of a definition that says where each added part comes from."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as its author wrote it, as a flat object, and the tool that it makes."""

    raw: JsonObject
    tool: Tool

    @property
    def identity(self) -> tuple[str, str]:
        """Its server and its name there, which tell it from all others of a pool."""
        return self.tool.server, self.tool.original or self.tool.name

    @property
    def parameters(self) -> JsonObject:
        """The schema of its parameters, as its author wrote it; {} if that is no object."""
        given = first(self.raw, PARAMETERS)[1]
        return given if isinstance(given, dict) else {}

    def with_part(self, part: str, value: Any, source: str) -> "Definition":
        """Return the definition with `value` as its "parameters", "returns" or "usage".

        `source` says where it comes from. Raises Malformed if no usable tool results.
        """
        keys = {"parameters": PARAMETERS, "returns": RETURNS}.get(part, (part,))
        key = first(self.raw, keys)[0] or part
        told = self.raw.get(WRITTEN)
        told = {**(told if isinstance(told, dict) else {}), part: source}
        raw = {**self.raw, key: value, WRITTEN: told}
        tool = parse_tool(raw)
        if isinstance(tool, BuiltIn):
            raise Malformed("", "is a built-in tool")
        return Definition(raw, tool)


def read_definitions(source: str, output: Path) -> tuple[list[Definition], list[Problem]]:
    """Return the usable definitions of a pool in their order, and the problems with others.

    Where `output` has one of the same identity and with parameters of the same names, it is taken
    in place of the pool's: what was written before stays, as people have edited it. Definitions
    that only `output` has follow at the end.
    """
    found, problems = _read(source)
    if not output.exists():
        return found, problems
    edited, mistakes = _read(str(output))
    if mistakes:
        raise InputError(
            f"{mistakes[0]}; {len(mistakes)} definitions of {output} cannot be read, and would be"
            " lost: mend or delete them"
        )
    kept = {each.identity: each for each in edited}
    new = {each.identity for each in found}
    taken = [_newer(each, kept.get(each.identity)) for each in found]
    return taken + [each for each in edited if each.identity not in new], problems


def _newer(given: Definition, edited: Definition | None) -> Definition:
    names = set(given.tool.parameters.get("properties") or ())
    same = edited and set(edited.tool.parameters.get("properties") or ()) == names
    return edited if edited and same else given


def _read(source: str) -> tuple[list[Definition], list[Problem]]:
    gathered = Gathered()
    found: list[Definition] = []
    for given in read_source(source):
        gathered.read(given.where, given.definition)
        if len(gathered.tools) > len(found):
            found.append(Definition(_flat(given.definition), gathered.tools[-1]))
    if not found:
        reason = str(gathered.problems[0]) if gathered.problems else "it has no definitions"
        raise EmptyPoolError(f"{source}: no usable tool; {reason}")
    return found, gathered.problems


def _flat(definition: Any) -> JsonObject:
    return {key: value for key, value in flat(definition).items() if key != "function"}


def write_definitions(output: Path, definitions: Iterable[Definition]) -> None:
    """Write a pool file, whole or not at all; raises RunDirError if it cannot be written."""
    lines = (f"{json.dumps(each.raw, ensure_ascii=False)}\n" for each in definitions)
    write_atomically(output, "".join(lines).encode())
