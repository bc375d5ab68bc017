"""One turn extended into several, worked out before any model is asked.

An `Extension` holds all that the seed and the dialogue decide: the turn, the texts that the model
has to write, what they must contain, and how the new turns are built from them.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from toolace_mt.refinement.said import Said
from toolace_mt.texts.slots import in_words
from toolace_mt.trajectory import Injection, Tool, ToolCall, Trajectory, Turn, call_id

_UNIT = re.compile(r" (?:usd|eur|gbp|km|kg|kw|c|percent)$")
NOTHING_SAID = Said("", (), {})


@dataclass(frozen=True, slots=True)
class Text:
    """One text for the model to write.

    `wanted` describes it in the prompt, `said` are the values it must contain, `about` the words.
    `question`: it ends with a question mark.
    """

    wanted: str
    said: Said = NOTHING_SAID
    question: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """One way, named `variant`, to inject `kind` at turn `index`.

    `situation` tells the model what happens in the dialogue; it follows the prompt's opening words.
    `build` makes the new turns from the written texts, by their names in `texts`. `tools` is the
    tool list afterwards. `about` are the words for `{about}` in the task examples.
    """

    kind: Injection
    variant: str
    index: int
    situation: str
    texts: dict[str, Text]
    build: Callable[[dict[str, str]], tuple[Turn, ...]]
    tools: tuple[Tool, ...]
    about: str = ""

    def apply(self, trajectory: Trajectory, texts: dict[str, str]) -> tuple[Turn, ...]:
        """Return the turns that replace the masked one, built from the written texts."""
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
    situation: str = "",
    tools: tuple[Tool, ...] | None = None,
    adds: tuple[str, ...] = (),
    about: str = "",
) -> Extension:
    """Return an extension of a user turn into (user, assistant, user): o becomes o', a', o''.

    `texts` has the three texts under "user", "assistant" and "next_user". The last turn makes the
    tools `adds` available. The prompt opens with "Write three turns in place of a request of the
    user", and `situation` continues that sentence.
    """

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return (
            Turn("user", written["user"]),
            Turn("assistant", written["assistant"]),
            Turn("user", written["next_user"], adds=adds),
        )

    kept = trajectory.tools if tools is None else tools
    return Extension(kind, variant, index, f"{situation}:", texts, build, kept, about)


def in_speech(slot: str) -> str:
    """Return the words of a slot as a person says them: `bill_amount_usd` gives "bill amount"."""
    words = in_words(slot)
    return _UNIT.sub("", words) or words


def single_call(trajectory: Trajectory, index: int) -> ToolCall | None:
    """Return the only call of a turn; None if there are several or none."""
    calls = trajectory.turns[index].calls
    return calls[0] if len(calls) == 1 else None


def free_id(trajectory: Trajectory, further: int = 0) -> str:
    """Return an id that no call of the dialogue has.

    Injections that are written side by side take ids that are `further` on, each another one.
    """
    taken = {call.id for _, call, _ in trajectory.calls()}
    numbers = itertools.count(len(taken) + further)
    return next(name for name in map(call_id, numbers) if name not in taken)
