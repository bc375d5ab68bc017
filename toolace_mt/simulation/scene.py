"""One sub-task while it is played: what is planned for it, and how far the dialogue has got.

A scene never changes; the progress is read from the turns.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from toolace_mt.calls import prompt as layout
from toolace_mt.calls.ask import Unusable
from toolace_mt.calls.question import Question, ask
from toolace_mt.calls.request import Generate
from toolace_mt.config import Sampling
from toolace_mt.seeds import derive_seed
from toolace_mt.texts.grounding import Grounding
from toolace_mt.trajectory import JsonObject, SubTask, Tool, ToolCall, ToolOutput, Trajectory, Turn

T = TypeVar("T")

_SHOWN = 2  # task examples in a prompt
_LONG = 24  # characters; repeating a shorter text ("Yes, please.") is no flaw


@dataclass(frozen=True, slots=True)
class Setting:
    """What all roles of a run share.

    `examples` are the injections' task examples by variant; `guided`, `constrained` and `seeded`
    are the settings `assistant`, `grounding` and `values`.
    """

    generate: Generate
    sampling: Sampling
    examples: Mapping[str, Sequence[Mapping[str, str]]]
    guided: bool
    constrained: bool
    seeded: bool
    parallel_calls: int

    async def ask(self, trajectory: Trajectory, role: str, question: Question[T]) -> T | Unusable:
        """Ask a role ("user", "assistant" or "tool") for the next turn of the dialogue."""
        turn = len(trajectory.turns)
        return await ask(
            question,
            *(trajectory, self.generate, self.sampling),
            stage="simulation",
            kind=role,
            round=turn,
            seed=derive_seed(trajectory.seed, "simulation", role, turn),
            shown=layout.context(trajectory),
        )

    def usual_texts(
        self, variant: str, name: str, *, about: str = "", missing: str = ""
    ) -> list[str]:
        """Return the texts `name` of a variant's task examples, with this dialogue's words."""
        shown = [example[name] for example in self.examples[variant][:_SHOWN]]
        slot = "{" + missing + "}"
        return [text.replace("{about}", about).replace("{missing}", slot) for text in shown]


@dataclass(frozen=True, slots=True)
class Scene:
    """A sub-task to play, from turn `start` on.

    `tools` are all tools by name, `late` the names of those not available when it starts.
    `intended` are the drawn calls and outputs (empty where the model chooses the values) and
    `grounding` what the user states of them. `fails`: one call is to fail.
    """

    index: int
    subtask: SubTask
    start: int
    tools: dict[str, Tool]
    late: frozenset[str]
    intended: tuple[Turn, ...]
    grounding: Grounding | None
    fails: bool

    def available(self, trajectory: Trajectory) -> dict[str, Tool]:
        """Return the tools that can be called now, by name."""
        added = {name for turn in trajectory.turns for name in turn.adds}
        hidden = self.late - added
        return {name: tool for name, tool in self.tools.items() if name not in hidden}

    def remaining(self, trajectory: Trajectory) -> list[tuple[str, ...]]:
        """Return the planned steps that are unfinished, without calls that have succeeded."""
        done = Counter(call.name for call, output in self.made(trajectory) if not output.error)
        steps: list[tuple[str, ...]] = []
        for step in self.subtask.steps:
            left: list[str] = []
            for name in step:
                if done[name] > 0:
                    done[name] -= 1
                else:
                    left.append(name)
            if left:
                steps.append(tuple(left))
        return steps

    def made(
        self, trajectory: Trajectory, since: int | None = None
    ) -> Iterator[tuple[ToolCall, ToolOutput]]:
        """Yield the answered calls of this sub-task with their outputs, from turn `since` on."""
        first = self.start if since is None else since
        for turn, call, output in trajectory.calls():
            if turn >= first and output is not None:
                yield call, output

    def next_intended(self, trajectory: Trajectory, name: str) -> list[JsonObject]:
        """Return the drawn arguments of the planned calls of a tool that have not succeeded yet."""
        drawn = [
            call.arguments for turn in self.intended for call in turn.calls if call.name == name
        ]
        done = sum(c.name == name and not o.error for c, o in self.made(trajectory))
        return drawn[done:]

    def steps_made(self, trajectory: Trajectory) -> tuple[tuple[str, ...], ...]:
        """Return the tools called in each step; a failed step and its retry are one step."""
        steps: list[tuple[str, ...]] = []
        carried: tuple[str, ...] = ()
        turns = trajectory.turns[self.start :]
        for turn, following in pairwise(turns):
            if turn.calls:
                answered = zip(turn.calls, following.outputs, strict=True)
                carried += tuple(call.name for call, output in answered if not output.error)
                if not any(output.error for output in following.outputs):
                    steps.append(carried)
                    carried = ()
        return tuple(steps)


def reject_repeated(trajectory: Trajectory, role: str, text: str) -> str:
    """Return why `text` repeats an earlier one of `role`, "" if not; short texts may recur."""
    words = text.lower().split()
    said = [turn.content.lower().split() for turn in trajectory.turns if turn.role == role]
    if len(text) >= _LONG and words in said:
        return f"the {role} has said that before"
    return ""
