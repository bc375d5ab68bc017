"""Defects of whole dialogues: calls against the plan, missing injections, mixed languages."""

import random
import re
from dataclasses import replace

from benchmarks.detection.planting import (
    Defects,
    again,
    calls,
    pick,
    texts,
    with_outputs,
    with_text,
    with_turns,
)
from toolace_mt.trajectory import Injection, SubTask, ToolCall, Trajectory

_NEGATION = re.compile(r"\b(?:no|not|cannot|unable|lack|without)\b|n't\b", re.IGNORECASE)
_STATEMENTS = ("All right, I see.", "That sounds good to me.", "I am glad to be of help.")
_SCRIPTS = (
    "当然可以，我已经为您找到了所需的全部信息。",
    "Конечно, всё уже сделано, вот результат.",
    "はい、ご希望の情報をすべて見つけました。",
)
_SPANISH = "Claro, los datos que usted pidió están en la lista, pero por favor mire las fechas."
_GERMAN = "Gerne, die Angaben sind nicht alle da, und ich habe für Sie das Beste mit auf die Liste."


def step_missing(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A planned step, its calls and their outputs, does not happen."""
    steps = [i for i, _, _ in calls(t) if t.turns[i].subtask >= 0 and t.turns[i].injection is None]
    retries = {i + 2 for i, turn in enumerate(t.turns) if _fails(t, i) and turn.calls}
    index = pick(rng, sorted(set(steps) - retries)) if t.task else None
    return None if index is None else with_turns(t, index, index + 2)


def _fails(t: Trajectory, index: int) -> bool:
    return index + 1 < len(t.turns) and any(o.error for o in t.turns[index + 1].outputs)


def extra_call(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A sub-task makes calls of another one as well."""
    steps = sorted({i for i, _, _ in calls(t) if t.turns[i].subtask >= 0}) if t.task else []
    pairs = [(i, j) for i in steps for j in steps if t.turns[i].subtask < t.turns[j].subtask]
    chosen = pick(rng, pairs)
    if chosen is None:
        return None
    source, target = chosen
    extra = [replace(turn, subtask=t.turns[target].subtask) for turn in again(t, source)]
    return with_turns(t, target + 2, target + 2, *extra)


def subtasks_swapped(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The plan has two sub-tasks with different calls the other way round."""
    plans = list(t.task.subtasks) if t.task else []
    pairs = [
        (i, j) for j in range(len(plans)) for i in range(j) if _tools(plans[i]) != _tools(plans[j])
    ]
    chosen = pick(rng, pairs)
    if chosen is None or t.task is None:
        return None
    i, j = chosen
    plans[i], plans[j] = plans[j], plans[i]
    return replace(t, task=replace(t.task, subtasks=tuple(plans)))


def _tools(subtask: SubTask) -> list[str]:
    return sorted(name for step in subtask.steps for name in step)


def _injected(t: Trajectory, kind: Injection, role: str) -> list[int]:
    return [i for i in texts(t, role) if t.turns[i].injection == kind]


def asks_nothing(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, _injected(t, "clarification", "assistant"))
    return None if index is None else with_text(t, index, rng.choice(_STATEMENTS))


def answers_nothing(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The user does not supply what the clarification asks for."""
    asked = _injected(t, "clarification", "assistant")
    told = [i for i in _injected(t, "clarification", "user") if asked and i > asked[0]]
    index = pick(rng, told)
    return None if index is None else with_text(t, index, "Never mind, simply go ahead with it.")


def never_retried(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """After a simulated error the call is not made again."""
    index = pick(rng, _retries(t))
    return None if index is None else with_turns(t, index, index + 2)


def _retries(t: Trajectory) -> list[int]:
    """Return the turns whose calls answer a simulated error, made once more and only once."""
    return [
        i
        for i in range(2, len(t.turns) - 1)
        if t.turns[i].calls
        and t.turns[i - 2].injection == "error_simulation"
        and _fails(t, i - 2)
        and not _fails(t, i)
        and all(
            call.name not in {c.name for c in t.turns[i - 2].calls}
            for turn in t.turns[i + 1 :]
            for call in turn.calls
        )
    ]


def retried_unchanged(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """Arguments that were refused are sent again as they were."""
    adjusted = [i for i in _retries(t) if _arguments(t, i) != _arguments(t, i - 2)]
    index = pick(rng, adjusted)
    if index is None:
        return None
    first = {call.name: call.arguments for call in t.turns[index - 2].calls}
    same = tuple(_with(call, first) for call in t.turns[index].calls)
    return with_turns(t, index, index + 1, replace(t.turns[index], calls=same))


def _arguments(t: Trajectory, index: int) -> list[tuple[str, object]]:
    return [(call.name, call.arguments) for call in t.turns[index].calls]


def _with(call: ToolCall, arguments: dict[str, dict[str, object]]) -> ToolCall:
    return replace(call, arguments=arguments.get(call.name, call.arguments))


def error_without_error(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The simulated error succeeds after all."""
    failing = [
        i + 1
        for i, turn in enumerate(t.turns)
        if turn.calls and turn.injection == "error_simulation" and _fails(t, i)
    ]
    index = pick(rng, failing)
    if index is None:
        return None
    fine = [replace(o, error=False, content={"status": "ok"}) for o in t.turns[index].outputs]
    return with_outputs(t, index, fine)


def adds_no_tool(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The tool that the user makes available does not exist."""
    index = pick(rng, [i for i in _injected(t, "tool_awareness", "user") if t.turns[i].adds])
    if index is None:
        return None
    wrong = replace(t.turns[index], adds=("tool_of_nobody",))
    return with_turns(t, index, index + 1, wrong)


def refuses_nothing(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """The assistant no longer says that it lacks a tool."""
    said = _injected(t, "tool_awareness", "assistant")
    index = pick(rng, [i for i in said if _NEGATION.search(t.turns[i].content)])
    return None if index is None else with_text(t, index, rng.choice(_STATEMENTS))


def call_in_chat(t: Trajectory, rng: random.Random) -> Trajectory | None:
    """A tool is called in chit-chat that needs none."""
    index, place = pick(rng, _injected(t, "non_fc", "assistant")), pick(rng, calls(t))
    if index is None or place is None:
        return None
    chat = [replace(turn, injection="non_fc", subtask=-1) for turn in again(t, place[0])]
    return with_turns(t, index, index, *chat)


def other_script(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, texts(t, "assistant"))
    return None if index is None else with_text(t, index, rng.choice(_SCRIPTS))


def other_language(t: Trajectory, rng: random.Random) -> Trajectory | None:
    index = pick(rng, texts(t, "assistant"))
    return None if index is None else with_text(t, index, rng.choice((_SPANISH, _GERMAN)))


PLAN: Defects = {
    "plan": {
        "step missing": step_missing,
        "extra call in a sub-task": extra_call,
        "sub-tasks in another order": subtasks_swapped,
    },
    "injection": {
        "clarification asks nothing": asks_nothing,
        "clarification is not answered": answers_nothing,
        "failed call never made again": never_retried,
        "refused arguments sent again": retried_unchanged,
        "simulated error is none": error_without_error,
        "tool made available does not exist": adds_no_tool,
        "assistant does not refuse": refuses_nothing,
        "call in chit-chat": call_in_chat,
    },
    "language": {
        "reply in another script": other_script,
        "reply in another language": other_language,
    },
}
