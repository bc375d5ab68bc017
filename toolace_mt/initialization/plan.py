"""Task initialization (stage 1.1): candidate tools, then a plan of the whole dialogue.

One model call writes the plan (paper), or it is drawn from the seed without a call.
"""

from dataclasses import replace
from typing import Any

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import InitializationConfig, ToolsConfig
from toolace_mt.initialization.drawn_plan import draw_task
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.texts.constrained import text_schema
from toolace_mt.tools.pool import ToolPool
from toolace_mt.trajectory import JsonObject, SubTask, Task, Tool, Trajectory

_GOAL = 160  # characters


async def plan_task(
    trajectory: Trajectory,
    generate: Generate,
    pool: ToolPool,
    tools: ToolsConfig,
    config: InitializationConfig,
) -> Trajectory:
    """Return the trajectory with tools and task; `failure` is set if no plan could be read.

    The number of sub-tasks m is drawn from the seed before the call, as in the paper. The tools and
    steps of each sub-task are chosen by the model (`plan: model`) or drawn (`plan: drawn`), within
    the configured bounds. Distractors are listed among the tools but cannot be planned for.
    """
    rng = derive_random(trajectory.seed, "initialization", "task")
    candidates = pool.sample(rng, rng.randint(*tools.related), rng.randint(*tools.distractors))
    listed = [*candidates.related, *candidates.distractors]
    rng.shuffle(listed)
    trajectory = replace(trajectory, tools=tuple(listed))
    count = rng.randint(*config.subtasks)
    if config.plan == "drawn":
        return replace(trajectory, task=draw_task(candidates.related, count, config, rng))
    names = {tool.name for tool in candidates.related}
    task = await ask(
        Question(
            _instruction(candidates.related, count, config),
            _schema(candidates.related, count, config),
            lambda answer: _parse(answer, names, count, config),
        ),
        *(trajectory, generate, config.sampling),
        stage="initialization",
        kind="task",
        seed=derive_seed(trajectory.seed, "initialization", "task", "call"),
    )
    if isinstance(task, Unusable):
        return replace(trajectory, failure=task.reason)
    return replace(trajectory, task=task)


def _instruction(related: tuple[Tool, ...], count: int, config: InitializationConfig) -> str:
    return render(
        "initialization/task",
        count=count,
        steps=config.steps,
        parallel=config.parallel_calls,
        related=related,
        examples=[{"goal": tool.description, "steps": [[tool.name]]} for tool in related[:2]],
    )


def _schema(related: tuple[Tool, ...], count: int, config: InitializationConfig) -> JsonObject:
    step = {
        "type": "array",
        "items": {"enum": layout.names(related)},
        "minItems": 1,
        "maxItems": config.parallel_calls,
    }
    low, high = config.steps
    properties = {
        "goal": text_schema(() if config.grounding == "constrained" else None, longest=_GOAL),
        "steps": {"type": "array", "items": step, "minItems": low, "maxItems": high},
    }
    return {"type": "array", "items": closed(properties), "minItems": count, "maxItems": count}


def _parse(answer: Any, names: set[str], count: int, config: InitializationConfig) -> Task:
    try:
        subtasks = tuple(
            SubTask(str(entry["goal"]).strip(), tuple(tuple(step) for step in entry["steps"]))
            for entry in answer
        )
    except (TypeError, KeyError) as error:
        raise Unreadable(f"not a plan: {error}") from error
    low, high = config.steps
    for subtask in subtasks:
        if not low <= len(subtask.steps) <= high:
            raise Unreadable(f"{len(subtask.steps)} steps, expected {low} to {high}")
        for step in subtask.steps:
            if not 1 <= len(step) <= config.parallel_calls or not set(step) <= names:
                raise Unreadable(f"not a step of the listed tools: {step}")
    if len(subtasks) != count:
        raise Unreadable(f"{len(subtasks)} sub-tasks, expected {count}")
    return Task(subtasks)
