"""Trajectory initialization: one sub-trajectory after the other, C = C_0 + ... + C_m (stage 1.2).

A sub-trajectory is a user message, then calls and outputs step by step, then the reply. Where its
parts come from depends on two settings:

                      values: model                        values: seeded
grounding: free       one call writes all of it (paper)    drawn; one call writes the texts
grounding: delex.     one call writes calls and outputs,   drawn; one call writes texts with
                      one writes texts with slots          slots, code fills the values in
"""

from dataclasses import replace

from toolace_mt.config import InitializationConfig
from toolace_mt.engine.ask import Unusable, ask
from toolace_mt.engine.base import Generate, Request
from toolace_mt.initialization.drawing import draw_steps
from toolace_mt.initialization.texts import Texts, texts_call
from toolace_mt.initialization.whole import steps_call, whole_call
from toolace_mt.prompts import layout
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.trajectory import SubTask, Trajectory, Turn


async def write_skeleton(
    trajectory: Trajectory, generate: Generate, config: InitializationConfig
) -> Trajectory:
    """Return the trajectory with the turns of all its sub-tasks; `failure` set if one failed.

    Each sub-task is written in one call, conditioned on the sub-trajectories before it.
    """
    if trajectory.task is None:
        return trajectory
    for index, subtask in enumerate(trajectory.task.subtasks):
        turns = await _sub_trajectory(trajectory, index, subtask, generate, config)
        if isinstance(turns, Unusable):
            return replace(trajectory, failure=f"sub-task {index}: {turns.reason}")
        trajectory = replace(trajectory, turns=trajectory.turns + turns)
    return trajectory


async def _sub_trajectory(
    trajectory: Trajectory,
    index: int,
    subtask: SubTask,
    generate: Generate,
    config: InitializationConfig,
) -> tuple[Turn, ...] | Unusable:
    base = Request(
        dialogue=trajectory.id,
        stage="initialization",
        kind="skeleton",
        round=0,
        slot=str(index),
        system=layout.system(trajectory),
        user=layout.context(trajectory),
        seed=derive_seed(trajectory.seed, "initialization", "skeleton", index),
        max_tokens=config.sampling.max_tokens,
        temperature=config.sampling.temperature,
        top_p=config.sampling.top_p,
    )
    tools = {tool.name: tool for tool in trajectory.tools}
    attempts = config.sampling.attempts
    if config.values == "model" and config.grounding == "free":
        request, parse_whole = whole_call(base, trajectory, index, subtask, tools)
        return await ask(generate, request, parse_whole, attempts)
    steps: tuple[Turn, ...] | Unusable
    if config.values == "seeded":
        rng = derive_random(trajectory.seed, "initialization", "values", index)
        steps = draw_steps(subtask, index, tools, trajectory.turns, rng)
    else:
        request, parse_steps = steps_call(base, trajectory, index, subtask, tools)
        steps = await ask(generate, request, parse_steps, attempts)
    if isinstance(steps, Unusable):
        return steps
    rng = derive_random(trajectory.seed, "initialization", "texts", index)
    request, parse_texts = texts_call(
        base, trajectory, subtask, steps, tools, config.grounding == "delexicalized", rng
    )
    texts = await ask(generate, request, parse_texts, attempts)
    return texts if isinstance(texts, Unusable) else _join(texts, steps, index)


def _join(texts: Texts, steps: tuple[Turn, ...], index: int) -> tuple[Turn, ...]:
    user = Turn("user", texts.user, subtask=index)
    return (user, *steps, Turn("assistant", texts.reply, subtask=index))
