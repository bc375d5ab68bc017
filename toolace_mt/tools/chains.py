"""Links between tools: an output of one fits a parameter of another."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from toolace_mt.schemas.paths import child, resolve, schema_at
from toolace_mt.schemas.words import words_of
from toolace_mt.tools.effects import name_words
from toolace_mt.trajectory import JsonObject, Tool

GENERIC = frozenset(
    (
        *("id", "uuid", "key", "name", "title", "label", "type", "kind", "category", "status"),
        *("state", "date", "time", "timestamp", "query", "text", "message", "description"),
        *("content", "value", "data", "result", "results", "count", "total", "limit", "offset"),
        *("page", "page_size", "size", "amount", "number", "index", "url", "path", "email"),
        *("phone", "city", "country", "address", "location", "language", "currency", "unit"),
        *("units", "format", "code", "note", "notes", "comment", "reason", "summary", "version"),
        *("user", "username", "first_name", "last_name", "full_name", "start_date", "end_date"),
        *("start_time", "end_time", "created_at", "updated_at", "sort_by", "order", "max_results"),
    )
)
"""Names too common to mean the same in two tools; equal names among them make no link."""

NAMING = frozenset(("path", "name", "id", "uuid", "key", "number", "code", "url", "username"))
"""Generic names that name a record; tools of one server mean the same record by them."""

T = TypeVar("T")
_LINKABLE = ("string", "integer", "number")
_MAX_DEPTH = 6
_MOST_SOURCES = 32  # tools that are looked at as possible sources of a parameter
_MAKES = frozenset(("create", "make", "new", "init", "write"))

Key = tuple[str, str]
"""Name and JSON type, which a linked output and parameter have in common.

A name that only tools of one server share is that server's: `filesystem: path`.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """The output of `source` at `path` (`flights[0].flight_id`) fits `parameter` of `target`."""

    source: str
    path: str
    target: str
    parameter: str


def find_links(tools: Sequence[Tool]) -> tuple[Link, ...]:
    """Return every link between two different tools, in the order of `tools`.

    An output leaf and a top-level parameter are linked if they have the same type and the same
    name, which must not be generic; within one server, it may be one of `NAMING`. Of several
    matching leaves of one tool the first counts.
    """
    wanted = [(tool, inputs(tool)) for tool in tools]
    return tuple(
        Link(source.name, path, target.name, name.rpartition(" ")[2])
        for source in tools
        for (name, kind), path in outputs(source).items()
        for target, keys in wanted
        if target is not source and (name, kind) in keys
        if _agree(source, path, target, name.rpartition(" ")[2])
    )


def _feeds(source: Tool, target: Tool, key: Key) -> bool:
    """Return whether a tool returns what another one of its server takes by `key`."""
    path, name = outputs(source)[key], key[0].rpartition(" ")[2]
    return source.server == target.server and _agree(source, path, target, name)


def _agree(source: Tool, path: str, target: Tool, parameter: str) -> bool:
    """Return whether examples let tools of one server mean the same: no directory is a file."""
    if not source.server or source.server != target.server:
        return True
    made, taken = schema_at(source.returns or {}, path), target.parameters["properties"][parameter]
    examples = [schema.get("examples") or () for schema in (made or {}, taken)]
    return not all(examples) or any(each in examples[1] for each in examples[0])


def references(tools: Sequence[Tool]) -> dict[tuple[str, str], frozenset[str]]:
    """Return which tools feed a parameter, by tool and parameter, within servers.

    What tools of one server call the same is the same: a branch, a path, an owner. Between tools
    of unknown servers only identifiers are that certain.
    """
    servers = {tool.name: tool.server for tool in tools}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for link in find_links(tools):
        if servers[link.source] == servers[link.target] != "":
            found[link.target, link.parameter].add(link.source)
    return {key: frozenset(sources) for key, sources in found.items()}


class ChainIndex:
    """Which tools of a large pool can feed which; tools are known by their index."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        makes = [tuple(outputs(tool)) for tool in tools]
        takes = [inputs(tool) for tool in tools]
        makers, takers = _holders(makes), _holders(takes)
        self._tools, self._makers = tools, makers
        self._around: list[tuple[tuple[int, ...], ...]] = [
            (
                *(takers[key] for key in makes[index] if takers.get(key, ()) not in ((), (index,))),
                *(makers[key] for key in takes[index] if makers.get(key, ()) not in ((), (index,))),
            )
            for index in range(len(tools))
        ]

    def linked(self, index: int) -> bool:
        """Return whether the tool at `index` feeds another tool or is fed by one."""
        return bool(self._around[index])

    def source(self, index: int, taken: set[int], rng: random.Random) -> int | None:
        """Return a tool that returns an argument of this one, or None if `taken` has one already.

        Only a tool of a known server has such sources: its tools are made to work together.
        """
        tool = self._tools[index]
        for key in inputs(tool) if tool.server else ():
            group = self._makers.get(key, ())[:_MOST_SOURCES]
            fit = [i for i in group if i != index and _feeds(self._tools[i], tool, key)]
            if taken.isdisjoint(fit) and (found := pick(fit, taken, rng)) is not None:
                return found
        return None

    def neighbour(self, index: int, taken: set[int], rng: random.Random) -> int | None:
        """Return a random tool linked to this one that is not in `taken`, or None."""
        for group in rng.sample(self._around[index], len(self._around[index])):
            found = pick(group, taken | {index}, rng)
            if found is not None:
                return found
        return None


def pick(among: Sequence[T], taken: Set[T], rng: random.Random) -> T | None:
    """Return a random element that is not in `taken`, or None; fast if few of many are taken."""
    for _ in range(8 if among else 0):
        found = among[int(rng.random() * len(among))]
        if found not in taken:
            return found
    free = [element for element in among if element not in taken]
    return free[int(rng.random() * len(free))] if free else None


def _holders(keys: Sequence[Sequence[Key]]) -> dict[Key, tuple[int, ...]]:
    holders: dict[Key, list[int]] = defaultdict(list)
    for index, held in enumerate(keys):
        for key in held:
            holders[key].append(index)
    return {key: tuple(found) for key, found in holders.items()}


def inputs(tool: Tool) -> tuple[Key, ...]:
    """Return name and type of the top-level parameters that can be linked."""
    properties = tool.parameters.get("properties") or {}
    made = _made(tool)
    return tuple(
        (key, kind)
        for name, schema in properties.items()
        if (key := _key(name, tool))
        and not (made and (key != name or made.issuperset(words_of(name)[:1])))
        and (kind := _kind(schema, tool.parameters)) in _LINKABLE
    )


def outputs(tool: Tool) -> dict[Key, str]:
    """Return name and type of each output leaf that can be linked, with its first path."""
    found: dict[Key, str] = {}
    if tool.returns:
        for path, name, kind in _leaves(tool.returns, "", "", tool.returns, 0):
            if kind in _LINKABLE and (key := _key(name, tool)):
                found.setdefault((key, kind), path)
    return found


def _key(name: str, tool: Tool) -> str:
    """Return the name by which a leaf is linked, "" if it is too common."""
    if name not in GENERIC:
        return name
    return f"{tool.server}: {name}" if tool.server and name in NAMING else ""


def _made(tool: Tool) -> frozenset[str]:
    """Return the words for what a tool of a known server makes, whose name has to be a new one."""
    words = name_words(tool.name) if tool.server else []
    return frozenset(words) if not _MAKES.isdisjoint(words) else frozenset()


def _leaves(
    given: Any, path: str, name: str, root: JsonObject, depth: int
) -> Iterator[tuple[str, str, str]]:
    schema = resolve(given, root)
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return
    kind = _kind(schema, root)
    if kind == "object":
        for key, inner in (schema.get("properties") or {}).items():
            yield from _leaves(inner, child(path, key), key, root, depth + 1)
    elif kind == "array" and "items" in schema:
        yield from _leaves(schema["items"], f"{path}[0]", "", root, depth + 1)
    elif name:
        yield path, name, kind


def _kind(given: Any, root: JsonObject) -> str:
    schema = resolve(given, root)
    kind = schema.get("type", "") if isinstance(schema, dict) else ""
    if isinstance(kind, list):
        kinds = [each for each in kind if each != "null"]
        kind = kinds[0] if len(kinds) == 1 else ""
    return kind if isinstance(kind, str) else ""
