"""Rules on the plan and the injections: what was planned happens, and injections are real."""

import re
from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter

from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Call, Facts, finding, structural
from toolace_mt.verification.provenance.parsing.words import flat
from toolace_mt.verification.rules import policy

_REFUSAL = re.compile(
    r"\b(?:can ?not|can['’]?t|could ?n['’]t|unable|not able|do ?n['’]t (?:currently )?have|do not"
    r" (?:currently )?have|no (?:tool|way|access|function|means|such)|not (?:available|supported"
    r"|possible|equipped|something)|unavailable|lack|beyond|outside|without (?:a|the) tool|isn['’]t"
    r"|unfortunately|sorry|afraid)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"[?？]|\b(?:could you|please|let me know|tell me|provide|specify|confirm|which|what"
    r"|need to know|may i)\b",
    re.IGNORECASE,
)


@structural
def plan(facts: Facts) -> Iterator[Finding]:
    """Every sub-task makes the calls of its planned steps, in the order of the plan.

    An error if tools are missing or added, a warning if the same calls are grouped into other
    steps. Failed calls count only where they are not made again; the retry completes their step.
    Calls with a value that the user changes afterwards do not count either.
    """
    task = facts.trajectory.task
    if task is None:
        return
    made: dict[int, list[tuple[int, list[str]]]] = {}
    for subtask, turn, names in _steps(facts):
        made.setdefault(subtask, []).append((turn, names))
    for index, subtask_plan in enumerate(task.subtasks):
        wanted = [sorted(step) for step in subtask_plan.steps]
        steps = made.get(index, [])
        got = [names for _, names in steps]
        if got == wanted:
            continue
        same = sorted(chain(*wanted)) == sorted(chain(*got))
        text = f"sub-task {index} calls {_listed(got)}, planned was {_listed(wanted)}"
        turn = steps[-1][0] if steps else -1
        yield finding("plan", "warning" if same else "error", text, turn, side="plan")
    order = [turn.subtask for turn in facts.turns if turn.subtask >= 0]
    if order != sorted(order):
        yield finding("plan", "error", "the sub-tasks are not in the planned order", side="plan")


def _steps(facts: Facts) -> Iterator[tuple[int, int, list[str]]]:
    """Yield sub-task, turn and tools of every step; a failed step and its retry are one."""
    carried: list[str] = []
    retried: set[str] = set()
    lasting = [call for call in facts.calls if facts.turns[call.turn].injection != "correction"]
    for turn, group in groupby(lasting, key=itemgetter(0)):
        calls = list(group)
        names = [call.call.name for call in calls]
        if not retried.isdisjoint(names):
            names += [name for name in carried if name not in names]
        retried = _retried(facts, calls)
        carried = names if retried else []
        if not retried:
            yield facts.turns[turn].subtask, turn, sorted(names)


def _retried(facts: Facts, calls: list[Call]) -> set[str]:
    """Return the tools that failed in this turn and are called again in the next turn of calls."""
    failed = {call.call.name for call in calls if call.output is not None and call.output.error}
    following = facts.turns[calls[0].turn + 2 : calls[0].turn + 3] if failed else ()
    return failed.intersection(call.name for turn in following for call in turn.calls)


def _listed(steps: list[list[str]]) -> str:
    return f"[{', '.join(' + '.join(step) for step in steps)}]"[:300]


def injection(facts: Facts) -> Iterator[Finding]:
    """What an injection wrote is what its kind promises."""
    if not any([turn.injection for turn in facts.turns]):  # noqa: C419 (a list is faster here)
        return
    turns = enumerate(facts.turns)
    for kind, group in groupby(turns, key=lambda pair: pair[1].injection):
        indexes = [index for index, _ in group]
        if kind is not None:
            yield from _CHECKS[kind](facts, indexes)


def _clarification(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """The assistant asks, and a later call uses what only the user's answers supply."""
    asked = [i for i in indexes if facts.turns[i].role == "assistant"]
    told = [i for i in indexes if facts.turns[i].role == "user" and asked and i > asked[0]]
    if not asked or not told:
        text = "a clarification needs a question of the assistant and an answer of the user"
        yield finding("injection", "error", text, indexes[0], side="plan")
        return
    if not _ASKING.search(facts.turns[asked[0]].content):
        yield finding("injection", "error", "the clarification asks nothing", asked[0])
    for answer in told:
        if not _supplies(facts, answer):
            text = "no later call uses a value that this answer supplies"
            yield finding("injection", "error", text, answer, side="user")


def _supplies(facts: Facts, answer: int) -> bool:
    """Tell whether a later call uses a value that the user tells in a turn for the first time."""
    before = "".join(flat(t.content) for t in facts.turns[: answer - 1] if t.role == "user")
    source = re.compile(rf"turn {answer}\b")
    return any(
        trace.leaf is not None
        and trace.turn > answer
        and trace.found.kind != "output"
        and source.match(trace.found.told)
        and flat(str(trace.value)) not in before
        for trace in facts.traces
    )


def _gradual(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """The assistant asks at least twice, and each answer supplies a value."""
    asked = [i for i in indexes if facts.turns[i].role == "assistant"]
    for index in asked[1:]:
        if not _ASKING.search(facts.turns[index].content):
            yield finding("injection", "error", "the assistant asks nothing", index)
    if len(asked) < 2:
        text = "values that are told one by one need two questions"
        yield finding("injection", "error", text, indexes[0], side="plan")
    yield from _clarification(facts, indexes)


def _tool_awareness(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """The assistant says what it cannot do; a tool that is then added exists and gets called."""
    replies = [i for i in indexes if facts.turns[i].role == "assistant"]
    if not any(_REFUSAL.search(facts.turns[i].content) for i in replies):
        text = "the assistant does not say that it lacks a tool"
        yield finding("injection", "warning", text, replies[0] if replies else indexes[0])
    for index in indexes:
        for name in facts.turns[index].adds:
            if facts.trajectory.tool(name) is None:
                text = "the tool made available here does not exist"
                yield finding("injection", "error", text, index, name, side="plan")
            elif not any(call.call.name == name and call.turn > index for call in facts.calls):
                text = "the tool made available here is never called"
                yield finding("injection", "warning", text, index, name, side="plan")


def _error_simulation(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """A call fails and its tool is called again."""
    inside = set(indexes)
    failed = [
        call
        for call in facts.calls
        if call.turn in inside and call.output is not None and call.output.error
    ]
    if not failed:
        text = "no call fails in this simulated error"
        yield finding("injection", "error", text, indexes[0], side="tool")
    for call in failed:
        if not call.excused:
            text = "the call fails and is never made again"
            yield finding("injection", "error", text, call.turn, call.call.name, call.path)


def _non_fc(facts: Facts, indexes: list[int]) -> Iterator[Finding]:
    """Nothing is called where no tool is needed."""
    for index in indexes:
        if facts.turns[index].calls:
            text = "a tool is called where none is needed"
            yield finding("injection", "error", text, index)


_CHECKS = {
    "clarification": _clarification,
    "tool_awareness": _tool_awareness,
    "error_simulation": _error_simulation,
    "policy": policy.declined,
    "confirmation": policy.asked_first,
    "correction": policy.changed,
    "gradual": _gradual,
    "non_fc": _non_fc,
}
