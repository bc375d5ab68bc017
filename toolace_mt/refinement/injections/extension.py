"""What an injection does to one turn, worked out before any model is asked.

Everything that the seed and the dialogue decide is in an `Extension`: the masked turn, the texts
that the model has to write and what they must say, and how the new turns are built from them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from toolace_mt.refinement.said import Said
from toolace_mt.trajectory import Injection, Tool, Trajectory, Turn


@dataclass(frozen=True, slots=True)
class Text:
    """One text to be written. `about` are words it must hold; `question` ends it with `?`."""

    said: Said
    question: bool = False
    about: str = ""


NOTHING_SAID = Said("", (), {})


@dataclass(frozen=True, slots=True)
class Extension:
    """One way to inject `kind` at turn `index`; `variant` names its prompt and its examples.

    `build` makes the new turns from the written texts; `tools` is the tool list afterwards.
    """

    kind: Injection
    variant: str
    index: int
    texts: dict[str, Text]
    build: Callable[[dict[str, str]], tuple[Turn, ...]]
    tools: tuple[Tool, ...]
    notes: dict[str, str] = field(default_factory=dict)

    def apply(self, trajectory: Trajectory, texts: dict[str, str]) -> tuple[Turn, ...]:
        """Return the turns that take the place of the masked one."""
        masked = trajectory.turns[self.index]
        return tuple(
            Turn(
                turn.role,
                turn.content,
                turn.calls,
                turn.outputs,
                masked.subtask,
                self.kind,
                turn.adds,
            )
            for turn in self.build(texts)
        )


def user_extension(
    kind: Injection,
    variant: str,
    trajectory: Trajectory,
    index: int,
    texts: dict[str, Text],
    *,
    tools: tuple[Tool, ...] | None = None,
    adds: tuple[str, ...] = (),
    **notes: str,
) -> Extension:
    """Return an extension of a user turn into (user, assistant, user): o becomes o', a', o''.

    `texts` has the three texts under "user", "assistant" and "next_user". The last turn makes the
    tools `adds` available; `notes` are values of the prompt.
    """

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return (
            Turn("user", written["user"]),
            Turn("assistant", written["assistant"]),
            Turn("user", written["next_user"], adds=adds),
        )

    kept = trajectory.tools if tools is None else tools
    return Extension(kind, variant, index, texts, build, kept, notes)
