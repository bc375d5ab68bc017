"""Trajectory initialization: the sub-trajectories of the plan, C = C_0 + ... + C_m (stage 1.2).

A sub-trajectory is a user message, then calls and outputs step by step, then the reply. Where its
parts come from depends on two settings:

                        values: model                       values: seeded
grounding: free         one call writes all of it (paper)   drawn; one call writes the texts
grounding: constrained  one call writes calls and outputs,  drawn; one call writes texts
                        one writes texts around values      around values

`skeleton` decides how many calls there are:

- `in_turn`: one for each sub-trajectory, conditioned on those before it (paper)
- `together`: one for all sub-trajectories
- `side_by_side`: one for each, concurrently; texts around drawn values do not depend on each other
- `drafted`: none; texts come from the tools' usage examples until refinement writes them
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unusable
from toolace_mt.calls.question import Question, ask, together
from toolace_mt.calls.request import Generate
from toolace_mt.config import InitializationConfig
from toolace_mt.initialization.texts import Texts, drafted_texts, texts_question
from toolace_mt.initialization.written import steps_question, whole_question
from toolace_mt.seeds import derive_random, derive_seed
from toolace_mt.texts.choosing import Chooser
from toolace_mt.texts.constraints import Selected
from toolace_mt.texts.drawn_calls import draw_steps
from toolace_mt.texts.live_calls import draw_live_steps
from toolace_mt.texts.profile import draw_profile, introduced
from toolace_mt.tools.chains import references
from toolace_mt.tools.execute import World, make_steps
from toolace_mt.trajectory import SubTask, Tool, Trajectory, Turn

T = TypeVar("T")
Turns = tuple[Turn, ...]


async def write_skeleton(
    trajectory: Trajectory,
    generate: Generate,
    config: InitializationConfig,
    world: World | None = None,
) -> Trajectory:
    """Return the trajectory with the turns of all its sub-tasks; `failure` set if one failed.

    In a `world`, calls are made for real before anything is written about what they return.
    """
    if trajectory.task is None:
        return trajectory
    plan = list(enumerate(trajectory.task.subtasks))
    asks = config.values == "seeded" and config.arguments.asks
    asks = asks and not trajectory.scenario.language  # constraints are phrased in English
    chooser = _chooser(trajectory, config, world) if asks else None
    groups = [[subtask] for subtask in plan] if config.skeleton == "in_turn" else [plan]
    for group in groups:
        turns = await _Writer(trajectory, group, generate, config, world, chooser).write()
        if isinstance(turns, Unusable):
            return replace(trajectory, failure=f"sub-task {group[0][0]}: {turns.reason}")
        derivations = tuple(chooser.derivations) if chooser else ()
        trajectory = replace(trajectory, turns=trajectory.turns + turns, derivations=derivations)
    if chooser is None:
        return trajectory
    told = (trajectory.system, introduced(chooser.profile, trajectory.tools))
    return replace(trajectory, system="\n".join(filter(None, told)))


def _chooser(trajectory: Trajectory, config: InitializationConfig, world: World | None) -> Chooser:
    """Return a new chooser; a world has users of its own, so that none is made up there."""
    rng = derive_random(trajectory.seed, "initialization", "profile")
    signed_in = config.arguments.known and world is None
    profile = draw_profile(rng) if signed_in else {}
    today = "" if world else trajectory.scenario.date
    return Chooser(config.arguments, profile, references(trajectory.tools), today)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the sub-tasks of one group, in as many calls as one sub-task alone would take."""

    trajectory: Trajectory
    group: list[tuple[int, SubTask]]
    generate: Generate
    config: InitializationConfig
    world: World | None
    chooser: Chooser | None

    async def write(self) -> Turns | Unusable:
        """Return the turns of all sub-tasks of the group."""
        tools = {tool.name: tool for tool in self.trajectory.tools}
        free = self.config.values == "model" and self.config.grounding == "free"
        if free and self.world is None:
            whole = await self._ask(
                "skeleton",
                lambda i, s, before: whole_question(before, i, s, tools, self._rng("examples", i)),
            )
            return whole if isinstance(whole, Unusable) else sum(whole, ())
        steps: list[Turns] | Unusable
        if self.config.values == "seeded":
            steps = await self._draw(tools)
        else:
            steps = await self._ask(
                "steps", lambda i, s, before: steps_question(before, i, s, tools)
            )
            if self.world and not isinstance(steps, Unusable):
                steps = [await make_steps(turns, self.world) for turns in steps]
        if isinstance(steps, Unusable):
            return steps
        made = {index: turns for (index, _), turns in zip(self.group, steps, strict=True)}
        texts = await self._texts(made, tools)
        if isinstance(texts, Unusable):
            return texts
        said = zip(made.items(), texts, strict=True)
        return sum((_join(both, turns, index) for (index, turns), both in said), ())

    async def _texts(
        self, made: dict[int, Turns], tools: dict[str, Tool]
    ) -> list[Texts] | Unusable:
        if self.config.skeleton == "drafted":
            return [
                drafted_texts(
                    self._before(made, index),
                    *(steps, tools, self._rng("texts", index), self._selected()),
                )
                for index, steps in made.items()
            ]
        constrained = self.config.grounding == "constrained"
        return await self._ask(
            "texts",
            lambda i, s, _: texts_question(
                *(self._before(made, i), s, made[i], tools, constrained),
                *(self._rng("texts", i), self._selected(), self.trajectory.scenario.language),
            ),
        )

    async def _draw(self, tools: dict[str, Tool]) -> list[Turns]:
        made: dict[int, Turns] = {}
        for index, subtask in self.group:
            before = self._before(made, index)
            rng = self._rng("values", index)
            drawn = (subtask, index, tools, before, rng)
            made[index] = (
                await draw_live_steps(*drawn, self.world, self.chooser)
                if self.world
                else draw_steps(*drawn, self.chooser)
            )
        return list(made.values())

    def _selected(self) -> Selected | None:
        return self.chooser.selected() if self.chooser else None

    def _before(self, made: dict[int, Turns], index: int) -> Turns:
        """Return the turns before a sub-task; sub-tasks of the same group have no texts yet."""
        return sum((made[i] for i, _ in self.group if i < index), self.trajectory.turns)

    def _rng(self, what: str, index: int) -> random.Random:
        return derive_random(self.trajectory.seed, "initialization", what, index)

    async def _ask(
        self, kind: str, question: Callable[[int, SubTask, int], Question[T]]
    ) -> list[T] | Unusable:
        """Ask about each sub-task; `question` gets its index, the sub-task, and calls before it."""
        questions: dict[int, Question[T]] = {}
        calls = sum(len(turn.calls) for turn in self.trajectory.turns)
        for index, subtask in self.group:
            questions[index] = question(index, subtask, calls)
            calls += sum(map(len, subtask.steps))
        if self.config.skeleton != "side_by_side":
            return await self._call(kind, questions)
        alone = [self._call(kind, {index: each}) for index, each in questions.items()]
        written: list[T] = []
        for answer in await asyncio.gather(*alone):
            if isinstance(answer, Unusable):
                return answer
            written += answer
        return written

    async def _call(self, kind: str, questions: dict[int, Question[T]]) -> list[T] | Unusable:
        """Ask the questions about several sub-tasks, by their indexes, in one call."""
        first = min(questions)
        answers = await ask(
            together({f"subtask_{index + 1}": question for index, question in questions.items()}),
            *(self.trajectory, self.generate, self.config.sampling),
            stage="initialization",
            kind=kind,
            slot=str(first),
            seed=derive_seed(self.trajectory.seed, "initialization", "skeleton", first),
            shown=layout.context(self.trajectory),
            answers=len(questions),
        )
        return answers if isinstance(answers, Unusable) else list(answers.values())


def _join(texts: Texts, steps: Turns, index: int) -> Turns:
    user = Turn("user", texts.user, subtask=index)
    return (user, *steps, Turn("assistant", texts.reply, subtask=index))
