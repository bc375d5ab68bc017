"""The autoregressive baseline: models in three roles grow a dialogue turn by turn (MAS)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat

from toolace_mt.calls.ask import Unusable
from toolace_mt.calls.request import Generate
from toolace_mt.config import SimulationConfig, Writing
from toolace_mt.seeds import derive_random
from toolace_mt.simulation.arguments import unknown_values
from toolace_mt.simulation.assistant import act
from toolace_mt.simulation.beats import Beat, Need, beats
from toolace_mt.simulation.complications import Complications, names_to_state, spread
from toolace_mt.simulation.scene import Scene, Setting
from toolace_mt.simulation.tool import answer
from toolace_mt.simulation.user import speak
from toolace_mt.texts.drawn_calls import draw_steps
from toolace_mt.texts.grounding import ground
from toolace_mt.trajectory import Injection, SubTask, Task, Trajectory


async def simulate(
    trajectory: Trajectory,
    generate: Generate,
    config: SimulationConfig,
    writing: Writing,
    injections: tuple[Injection, ...],
    examples: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    parallel_calls: int,
) -> Trajectory:
    """Play a planned trajectory's task; `failure` is set if a sub-task could not be served.

    User, assistant and tools take turns. Each turn is a constrained call of the same model, on the
    dialogue so far. A sub-task is served once its planned calls have succeeded and the assistant
    has reported; the user's next message opens the next sub-task. A sub-task that takes more than
    `extra_actions` actions beyond its plan ends the dialogue as a failure. `injections` are the
    complications wanted, `examples` the task examples of their variants, `parallel_calls` the limit
    of calls in one step.
    """
    task = trajectory.task
    if task is None or trajectory.failure:
        return trajectory
    setting = Setting(
        generate=generate,
        sampling=config.sampling,
        guided=config.assistant == "guided",
        examples=examples,
        constrained=writing.grounding == "constrained",
        seeded=writing.values == "seeded",
        parallel_calls=parallel_calls,
    )
    trajectory, complications = spread(trajectory, task, injections)
    played: list[SubTask] = []
    for index, subtask in enumerate(task.subtasks):
        late = frozenset(later.late for later in complications[index:] if later.late)
        scene = _scene(trajectory, index, subtask, late, complications[index], setting)
        served = await _play(
            trajectory, task, scene, complications[index], setting, config.extra_actions
        )
        if isinstance(served, Unusable):
            return replace(trajectory, failure=f"sub-task {index}: {served.reason}")
        trajectory = served
        played.append(replace(subtask, steps=scene.steps_made(trajectory)))
    # A free assistant takes its own steps to the planned goals; the task records what it did.
    return trajectory if setting.guided else replace(trajectory, task=Task(tuple(played)))


def _scene(
    trajectory: Trajectory,
    index: int,
    subtask: SubTask,
    late: frozenset[str],
    complications: Complications,
    setting: Setting,
) -> Scene:
    tools = {tool.name: tool for tool in trajectory.tools}
    scene = Scene(
        index=index,
        subtask=subtask,
        start=len(trajectory.turns),
        tools=tools,
        late=late,
        intended=(),
        grounding=None,
        fails="error_simulation" in complications.kinds,
    )
    if not setting.seeded:
        return scene
    rng = derive_random(trajectory.seed, "initialization", "values", index)
    steps = draw_steps(subtask, index, tools, trajectory.turns, rng)
    rng = derive_random(trajectory.seed, "initialization", "texts", index)
    grounding = ground(trajectory.turns, steps, tools, rng)
    return replace(scene, intended=steps, grounding=grounding)


async def _play(
    trajectory: Trajectory,
    task: Task,
    scene: Scene,
    complications: Complications,
    setting: Setting,
    extra: int,
) -> Trajectory | Unusable:
    """Return the dialogue with the sub-task served, or why it was not."""
    planned = list(_beats(trajectory, task, scene, complications))
    limit = len(scene.subtask.steps) + len(planned) + scene.fails + extra
    genuine = True
    for beat in chain(planned, repeat(None)):
        now = beat or _insist(trajectory, scene)
        if not genuine:
            now = replace(now, injection=None)
        begin = len(trajectory.turns)
        played = await _exchange(trajectory, scene, now, setting, limit)
        if isinstance(played, Unusable):
            return played
        genuine = now.reply == "serve" or not any(turn.calls for turn in played.turns[begin:])
        trajectory = played if genuine else _unmark(played, begin)
        if not scene.remaining(trajectory):
            return trajectory
    raise AssertionError("unreachable")


async def _exchange(
    trajectory: Trajectory, scene: Scene, beat: Beat, setting: Setting, limit: int
) -> Trajectory | Unusable:
    """Return the dialogue with a message of the user and all turns up to the reply."""
    turn = await speak(trajectory, scene, beat, setting)
    while not isinstance(turn, Unusable):
        trajectory = _mark_failed(replace(trajectory, turns=(*trajectory.turns, turn)))
        if turn.role == "assistant" and not turn.calls:
            return trajectory
        if turn.role == "assistant":
            turn = await answer(trajectory, scene, setting)
        elif sum(turn.is_action for turn in trajectory.turns[scene.start :]) >= limit:
            turn = Unusable(f"turn limit: not served by {limit} actions of the assistant")
        else:
            turn = await act(trajectory, scene, beat, setting)
    return turn


def _beats(
    trajectory: Trajectory, task: Task, scene: Scene, complications: Complications
) -> Iterator[Beat]:
    if scene.grounding is None:
        need = Need(names=names_to_state(task, scene.index, scene.tools))
    else:
        need = Need({slot: scene.grounding.values[slot] for slot in scene.grounding.user})
    rng = derive_random(trajectory.seed, "simulation", "beats", scene.index)
    said = " ".join(turn.content for turn in trajectory.turns if turn.role == "user")
    return beats(complications, need, scene.tools, said, rng)


def _insist(trajectory: Trajectory, scene: Scene) -> Beat:
    """Return a message that asks on, for an assistant that stopped before serving the request."""
    missing = unknown_values(
        [
            arguments
            for name in dict.fromkeys(name for step in scene.remaining(trajectory) for name in step)
            for arguments in scene.next_intended(trajectory, name)
        ],
        trajectory.turns,
    )
    return Beat("insist", Need(missing))


def _mark_failed(trajectory: Trajectory) -> Trajectory:
    """Mark the calls that have just failed as part of the simulated error."""
    if not any(output.error for output in trajectory.turns[-1].outputs):
        return trajectory
    *before, calls, outputs = trajectory.turns
    marked = replace(calls, injection="error_simulation")
    return replace(trajectory, turns=(*before, marked, outputs))


def _unmark(trajectory: Trajectory, begin: int) -> Trajectory:
    """Remove the marks of an injection that a free assistant has ignored."""
    turns = (
        turn if turn.calls or turn.outputs else replace(turn, injection=None)
        for turn in trajectory.turns[begin:]
    )
    return replace(trajectory, turns=(*trajectory.turns[:begin], *turns))
