"""Where every argument of a call, and every value in a reply, comes from.

One walk over the turns: the values of a turn are looked up in what was told *before* it. What can
be found literally costs next to nothing; only the rest is tried as a date, a number, another
spelling, or simple arithmetic. What no look-up explains is "nowhere": made up, as far as the
dialogue tells.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from toolace_mt.caching import cached
from toolace_mt.trajectory import JsonObject, Origin, Tool, ToolCall, Trajectory, Turn
from toolace_mt.verification.provenance.contradictions.conflicts import contradiction
from toolace_mt.verification.provenance.contradictions.swapped import swapped
from toolace_mt.verification.provenance.evidence import NOWHERE, Evidence, Found
from toolace_mt.verification.provenance.matching.lookup import look_up
from toolace_mt.verification.provenance.parameters import Class, Leaf, argument_leaves
from toolace_mt.verification.provenance.parsing.numbers import is_amount
from toolace_mt.verification.provenance.replies import judge_reply

_NO_SCHEMA: JsonObject = {}


class Trace(NamedTuple):
    """Where a value comes from, with what the rules need to judge it.

    Of an argument: its parameter as `leaf`, the position of its call in the turn, its tool. Of a
    value in a reply: where it starts. `against` says what contradicts it. Paths and origins are
    spelt out only when asked for, since most are not.
    """

    turn: int
    value: object
    judged_as: Class
    found: Found
    leaf: Leaf | None = None
    call: int = -1
    tool: str = ""
    start: int = -1
    against: str = ""

    @property
    def nowhere(self) -> bool:
        """Whether nobody told the value."""
        return self.found.kind == "nowhere"

    @property
    def partly(self) -> bool:
        """Whether nobody told the value, but something in the dialogue speaks for it."""
        return self.nowhere and self.found != NOWHERE

    @property
    def path(self) -> str:
        """Where in its turn the value stands."""
        if self.leaf is None:
            return f"content[{self.start}:{self.start + len(str(self.value))}]"
        dot = "" if self.leaf.path[:1] in ("", "[") else "."
        return f"calls[{self.call}].arguments{dot}{self.leaf.path}"

    @property
    def origin(self) -> Origin:
        """The origin as a record of the dialogue."""
        source, judged = self.found.told, f"[{self.judged_as}]"
        full = f"{source} {judged}" if source else judged
        return Origin(self.turn, self.path, self.found.kind, full)


def origins(trajectory: Trajectory) -> tuple[Origin, ...]:
    """Return the origin of every argument of every call and of every value in the replies.

    Values are numbers, amounts, dates, times, identifiers, addresses and names. The class by which
    a value was judged stands in brackets at the end of its source: `turn 0 [date]`.
    """
    return tuple(trace.origin for trace in trace_values(trajectory))


def trace_values(trajectory: Trajectory) -> list[Trace]:
    """Return the trace of every value: its origin, and what rules need beside it."""
    known = Evidence(trajectory.system, trajectory.tools)
    found: list[Trace] = []
    called: dict[str, ToolCall] = {}
    before: list[Trace] = []
    story = _begun(trajectory.tools, trajectory.system)
    schemas = {tool.name: tool.parameters for tool in trajectory.tools}
    for index, turn in enumerate(trajectory.turns):
        label = f"turn {index}"
        for output in turn.outputs:
            untrue = [t.value for t in before if t.leaf and t.nowhere] if output.error else ()
            call = called.get(output.call_id)
            about = (*_texts(call.arguments), f"tool {call.name}") if call else ()
            known.returned(label, output.content, call.name if call else "", untrue, about)
        story = story.continued(turn)
        if story.traces is None:
            story.traces = _turn(index, turn, schemas, known)
        found += story.traces
        made = turn.calls if turn.role == "assistant" else ()
        called = {call.id: call for call in made}
        before = story.traces
        for call in made:
            known.passed(label, call.arguments)
        if turn.content:
            known.tell(turn.role, label, turn.content)
    return found


def _texts(arguments: Any) -> tuple[str, ...]:
    if not isinstance(arguments, dict):
        return ()
    return tuple(value for value in arguments.values() if isinstance(value, str))


class _Story:
    """A dialogue up to a turn, and the traces of that turn once they are known.

    Refinement has its rules look at a dialogue again and again with a turn or two changed; the
    traces up to the first change are as they were. Stories that begin alike share their beginning:
    that takes 154 KB for a dialogue, where a key for each in its memory took 196.
    """

    __slots__ = ("next", "told", "traces")

    def __init__(self, *told: object) -> None:
        self.told = told
        self.traces: list[Trace] | None = None
        self.next: list[_Story] = []

    def continued(self, turn: Turn) -> "_Story":
        """Return the story with one more turn, told by the very same records."""
        role, content, calls, outputs = turn.role, turn.content, turn.calls, turn.outputs
        for story in self.next:
            told = story.told
            if told[1] is content and told[2] is calls and told[3] is outputs and told[0] == role:
                return story
        story = _Story(role, content, calls, outputs)
        self.next.append(story)
        return story


@cached
def _begun(tools: tuple[Tool, ...], system: str) -> _Story:  # noqa: ARG001 (what identifies it)
    return _Story()


def _turn(
    index: int,
    turn: Turn,
    schemas: Mapping[str, JsonObject],
    known: Evidence,
) -> list[Trace]:
    if turn.role != "assistant":
        return []
    found: list[Trace] = []
    for position, call in enumerate(turn.calls):
        found += _arguments(index, position, call, schemas.get(call.name, _NO_SCHEMA), known)
    if turn.content and not turn.calls:
        found += _reply(index, turn.content, known)
    return found


def _arguments(
    index: int, position: int, call: ToolCall, schema: JsonObject, known: Evidence
) -> list[Trace]:
    found = []
    leaves = argument_leaves(call.arguments, schema)
    misplaced = swapped([leaf for leaf, _ in leaves], known) if len(leaves) > 1 else {}
    known.call = frozenset(str(leaf.value).lower() for leaf, _ in leaves)
    for leaf, judged_as in leaves:
        at = look_up(leaf.value, judged_as, leaf, known)
        if at == NOWHERE and not isinstance(leaf.value, str):
            at = _part_of_sum(leaf, leaves, known)
        against = misplaced.get(leaf.path) or contradiction(
            leaf, judged_as, at.kind == "nowhere", known
        )
        found.append(
            Trace(index, leaf.value, judged_as, at, leaf, position, call.name, against=against)
        )
    return found


def _part_of_sum(leaf: Leaf, leaves: list[tuple[Leaf, Class]], known: Evidence) -> Found:
    """Judge an amount that makes up, with others of its name in this call, one that was told."""
    parts = [
        other.value for other, _ in leaves if other.name == leaf.name and is_amount(other.value)
    ]
    if len(parts) < 2:
        return NOWHERE
    whole = look_up(round(sum(parts), 2), "number", leaf, known)
    return whole if whole.kind == "nowhere" else Found("derived", f"a part of {sum(parts)}")


def _reply(index: int, reply: str, known: Evidence) -> list[Trace]:
    return [
        Trace(index, mention.text, mention.judged_as, at, start=mention.start, against=wrong)
        for mention, at, wrong in judge_reply(reply, f"turn {index}", known)
    ]
