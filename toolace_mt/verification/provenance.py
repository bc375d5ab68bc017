"""Where every argument of a call, and every value in a reply, comes from.

One walk over the turns: the values of a turn are looked up in what was told *before* it. What can
be found literally costs next to nothing; only the rest is tried as a date, a number, another
spelling, or simple arithmetic. What no look-up explains is "nowhere": made up, as far as the
dialogue tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from toolace_mt.tools.paths import join
from toolace_mt.trajectory import JsonObject, Origin, Trajectory, Turn
from toolace_mt.verification.provenance_known import NOWHERE, Found, Known
from toolace_mt.verification.provenance_lookup import look_up
from toolace_mt.verification.provenance_replies import judge_reply
from toolace_mt.verification.provenance_schema import Class, Leaf, argument_leaves

_NO_SCHEMA: JsonObject = {}


@dataclass(frozen=True, slots=True)
class Trace:
    """An origin with what the rules need to judge it: the value, its class, its parameter.

    `partly`: nobody told the value, but something in the dialogue speaks for it.
    """

    origin: Origin
    value: object
    judged_as: Class
    leaf: Leaf | None = None
    call: int = -1
    tool: str = ""
    partly: bool = False


def origins(trajectory: Trajectory) -> tuple[Origin, ...]:
    """Return the origin of every argument of every call and of every value in the replies.

    Values are numbers, amounts, dates, times, identifiers, addresses and names. The class by which
    a value was judged stands in brackets at the end of its source: `turn 0 [date]`.
    """
    return tuple(trace.origin for trace in traces(trajectory))


def traces(trajectory: Trajectory) -> Iterator[Trace]:
    """Yield the same with what rules need beside it, in the order of the turns."""
    known = Known(trajectory.system)
    schemas = {tool.name: tool.parameters for tool in trajectory.tools}
    for index, turn in enumerate(trajectory.turns):
        if turn.role == "assistant":
            yield from _arguments(index, turn, schemas, known)
            yield from _reply(index, turn, trajectory, known)
        label = f"turn {index}"
        known.tell("user" if turn.role == "user" else "assistant", label, turn.content)
        called = {call.id: call.name for call in trajectory.turns[index - 1].calls} if index else {}
        for output in turn.outputs:
            known.returned(label, output.content, called.get(output.call_id, ""))


def _arguments(
    index: int, turn: Turn, schemas: dict[str, JsonObject], known: Known
) -> Iterator[Trace]:
    for position, call in enumerate(turn.calls):
        schema = schemas.get(call.name, _NO_SCHEMA)
        prefix = f"calls[{position}].arguments"
        for leaf in argument_leaves(call.arguments, schema):
            judged_as = leaf.judged_as
            found = look_up(leaf.value, judged_as, leaf, known)
            path = join(prefix, leaf.path) if leaf.path[:1] == "[" else f"{prefix}.{leaf.path}"
            origin = _origin(index, path, judged_as, found)
            place = (leaf, position, call.name, _partly(found))
            yield Trace(origin, leaf.value, judged_as, *place)


def _reply(index: int, turn: Turn, trajectory: Trajectory, known: Known) -> Iterator[Trace]:
    if not turn.content or turn.calls:
        return
    for mention, found in judge_reply(turn.content, trajectory, known):
        path = f"content[{mention.start}:{mention.start + len(mention.text)}]"
        origin = _origin(index, path, mention.judged_as, found)
        yield Trace(origin, mention.text, mention.judged_as, partly=_partly(found))


def _partly(found: Found) -> bool:
    return found.kind == "nowhere" and found != NOWHERE


def _origin(index: int, path: str, judged_as: Class, found: Found) -> Origin:
    return Origin(index, path, found.kind, f"{found.source} [{judged_as}]".lstrip())
