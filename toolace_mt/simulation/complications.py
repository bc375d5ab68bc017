"""Which complications occur in which sub-task, drawn from the seed before the dialogue."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from toolace_mt.seeds import derive_random
from toolace_mt.tools.chains import find_links
from toolace_mt.trajectory import Injection, Task, Tool, Trajectory


@dataclass(frozen=True, slots=True)
class Complications:
    """What happens in one sub-task besides its plain request.

    `late` names the tool that the assistant lacks until the user adds it. `withheld` is a tool that
    is not listed at all, and whose service the user requests in vain.
    """

    kinds: frozenset[Injection] = frozenset()
    late: str = ""
    withheld: Tool | None = None


def spread(
    trajectory: Trajectory, task: Task, injections: tuple[Injection, ...]
) -> tuple[Trajectory, tuple[Complications, ...]]:
    """Distribute the injections over the sub-tasks; returns the trajectory and each one's share.

    Sub-tasks with the fewest so far come first. A clarification needs a sub-task in which the user
    has a value to state. Tool awareness needs a tool that can be late or withheld. An injection
    that fits nowhere is dropped. Withheld tools are removed from the trajectory's list.
    """
    rng = derive_random(trajectory.seed, "simulation", "complications")
    tools = {tool.name: tool for tool in trajectory.tools}
    order = rng.sample(range(len(task.subtasks)), len(task.subtasks))
    kinds: list[set[Injection]] = [set() for _ in order]
    for kind in injections:
        fitting = [
            index
            for index in order
            if kind != "clarification" or names_to_state(task, index, tools)
        ]
        if fitting:
            kinds[min(fitting, key=lambda index: len(kinds[index]))].add(kind)
    complications: list[Complications] = []
    for index, wanted in enumerate(kinds):
        chosen = Complications(frozenset(wanted))
        if "tool_awareness" in wanted:
            chosen = _unaware(chosen, trajectory, task, index, rng)
        if chosen.withheld:
            left = tuple(tool for tool in trajectory.tools if tool is not chosen.withheld)
            trajectory = replace(trajectory, tools=left)
        complications.append(chosen)
    return trajectory, tuple(complications)


def names_to_state(task: Task, index: int, tools: Mapping[str, Tool]) -> tuple[str, ...]:
    """Return which required parameters of a sub-task no call planned up to it can supply."""
    so_far = [tools[name] for name in dict.fromkeys(_names(task, 0, index + 1))]
    fed = {(link.target, link.parameter) for link in find_links(so_far)}
    return tuple(
        dict.fromkeys(
            parameter
            for name in dict.fromkeys(_names(task, index, index + 1))
            for parameter in tools[name].parameters.get("required") or ()
            if (name, parameter) not in fed
        )
    )


def _unaware(
    chosen: Complications, trajectory: Trajectory, task: Task, index: int, rng: random.Random
) -> Complications:
    planned = set(_names(task, 0, len(task.subtasks)))
    unused = [tool for tool in trajectory.tools if tool.name not in planned]
    before = set(_names(task, 0, index))
    new = [name for name in dict.fromkeys(_names(task, index, index + 1)) if name not in before]
    ways = ["withheld"] if unused else []
    # An omitted value and a late tool would both claim the user's next turn.
    ways += ["late"] if new and "clarification" not in chosen.kinds else []
    if not ways:
        return replace(chosen, kinds=chosen.kinds - {"tool_awareness"})
    if rng.choice(ways) == "late":
        return replace(chosen, late=rng.choice(new))
    return replace(chosen, withheld=rng.choice(unused))


def _names(task: Task, first: int, end: int) -> Iterator[str]:
    return (name for sub in task.subtasks[first:end] for step in sub.steps for name in step)
