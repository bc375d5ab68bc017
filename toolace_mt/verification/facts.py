"""One reading of a dialogue that all rules share: its calls with tool, availability and excuse."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from toolace_mt.caching import cached, lazy
from toolace_mt.trajectory import (
    Finding,
    Severity,
    Side,
    Tool,
    ToolCall,
    ToolOutput,
    Trajectory,
    Turn,
)
from toolace_mt.verification.provenance import Trace, trace_values

T = TypeVar("T")
_LONGEST = 100_000  # characters of one text that rules look at


class Call(NamedTuple):
    """A call in its place. `key` is equal for calls of the same tool with the same arguments.

    `excused`: it failed and its tool was called again in a later turn.
    """

    turn: int
    position: int
    call: ToolCall
    output: ToolOutput | None
    tool: Tool | None
    available: bool
    excused: bool
    key: tuple[str, str]

    @property
    def path(self) -> str:
        """Where the call stands in its turn."""
        return f"calls[{self.position}]"


class Facts:
    """A trajectory as the rules read it; every part is computed once, when first needed."""

    def __init__(self, trajectory: Trajectory) -> None:
        self.trajectory = trajectory
        self.turns: tuple[Turn, ...] = trajectory.turns

    @lazy
    def since(self) -> dict[str, int]:
        """Turn index from which a tool is available, for those that some turn adds."""
        return {name: index for index, turn in enumerate(self.turns) for name in turn.adds}

    @lazy
    def structure(self) -> dict[object, Any]:
        """What rules have found that depends on no text, by rule (see `structural`).

        Dialogues that differ in texts alone share it: refinement has the rules look at a dialogue
        again and again with nothing but texts changed.
        """
        trajectory = self.trajectory
        parts = [(t.role, t.subtask, t.calls, t.outputs, t.adds, t.injection) for t in self.turns]
        return _structure(trajectory.task, trajectory.tools, *chain(*parts))

    @lazy
    def calls(self) -> tuple[Call, ...]:
        """Every call, in order."""
        return _calls(self)

    def each_call(self) -> Iterator[Call]:
        """Yield every call in order, worked out from the turns."""
        tools = {tool.name: tool for tool in self.trajectory.tools}
        turns: dict[str, list[int]] = {}
        for index, turn in enumerate(self.turns):
            for call in turn.calls:
                turns.setdefault(call.name, []).append(index)
        for index, turn in enumerate(self.turns):
            if not turn.calls:
                continue
            following = self.turns[index + 1].outputs if index + 1 < len(self.turns) else ()
            outputs = {output.call_id: output for output in following}
            for position, call in enumerate(turn.calls):
                output = outputs.get(call.id)
                made = turns[call.name]
                yield Call(
                    *(index, position, call, output, tools.get(call.name)),
                    available=self.since.get(call.name, -1) <= index,
                    excused=output is not None and output.error and made[-1] > index,
                    # A tool called once needs no comparison of arguments.
                    key=(call.name, fingerprint(call.arguments) if len(made) > 1 else ""),
                )

    @lazy
    def excused(self) -> frozenset[tuple[int, int]]:
        """Turn and position of every excused call."""
        return frozenset((call.turn, call.position) for call in self.calls if call.excused)

    @lazy
    def traces(self) -> list[Trace]:
        """Where every value comes from (see `provenance`)."""
        return trace_values(self.trajectory)

    @lazy
    def untold(self) -> list[Trace]:
        """The traces of values that nobody said and no tool returned."""
        return [trace for trace in self.traces if trace.nowhere]

    @lazy
    def doubtful(self) -> list[Trace]:
        """The findings of values that nobody told, or that contradict what was told."""
        return [t for t in self.traces if t.against or t.found[0] == "nowhere"]


def lower_words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return text[:_LONGEST].lower().split()


Rule = Callable[[Facts], Iterable[Finding]]


@cached
def _structure(*parts: object) -> dict[object, Any]:  # noqa: ARG001 (what identifies it)
    return {}


def structural(found: Callable[[Facts], Iterable[T]]) -> Callable[[Facts], tuple[T, ...]]:
    """Compute what a function finds once for all dialogues that differ in texts alone.

    The function, a rule or another, must look at no text of a turn.
    """

    @wraps(found)
    def once(facts: Facts) -> tuple[T, ...]:
        known = facts.structure
        if found not in known:
            known[found] = tuple(found(facts))
        result: tuple[T, ...] = known[found]
        return result

    return once


_calls = structural(Facts.each_call)


@cached
def fingerprint(value: Any) -> str:
    """Return a text that is equal for equal JSON values, whatever the order of their keys."""
    try:
        return _encode(value)
    except (RecursionError, TypeError, ValueError):
        return repr(type(value))


_encode = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False).encode


def finding(
    check: str,
    severity: Severity,
    text: str,
    turn: int = -1,
    tool: str = "",
    path: str = "",
    side: Side = "assistant",
) -> Finding:
    """Return a finding whose message names turn, tool and path before it says what is wrong."""
    place = [f"turn {turn}"] if turn >= 0 else ["dialogue"]
    place += [part for part in (tool, path) if part]
    return Finding(check, severity, f"{', '.join(place)}: {text}", turn, tool, path, side)


def shown(value: object) -> str:
    """Return a value as messages show it: on one line, at most 80 characters."""
    text = " ".join(repr(value)[:400].split())
    return text if len(text) <= 80 else f"{text[:77]}..."
