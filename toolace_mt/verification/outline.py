"""A dialogue as experts read it where code has checked the rest.

Rules hold every call against its tool's schema and trace every value to where it was told. What is
left to judge is what the texts mean, and what nobody told. So texts stand in full. Arguments are
left out if they are what an earlier call returned and no text tells them. Of outputs only those
values stand that a text tells, and words (a state, a choice, true or false), which a text may put
in other words.
"""

import itertools
import re
from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from toolace_mt.calls.prompt import compact, one_line
from toolace_mt.schemas.paths import leaf_steps
from toolace_mt.trajectory import Tool, ToolCall, ToolOutput, Trajectory
from toolace_mt.verification.provenance.parsing.dates import is_timed, read_dates
from toolace_mt.verification.provenance.parsing.words import flat
from toolace_mt.verification.provenance.passage import Passage

_LONGEST = 160  # characters of a value or an error
_SENTENCE_LONGEST = 45  # characters of what a tool does
_SENTENCE = re.compile(r"(?<=[.!?])\s")
_WORD = re.compile(r"[a-z][a-z _-]{0,23}")


def outline(trajectory: Trajectory) -> str:
    """Return tools and dialogue, a line for each tool, text and call; no text can start a line.

    What a call returned follows on its line. A value that a call has passed or returned is not
    shown again under its name.
    """
    tools = "\n".join(map(_tool, trajectory.tools))
    return f"Tools:\n{tools}\n\nDialogue:\n" + "\n".join(_Writer(trajectory).lines())


def _tool(tool: Tool) -> str:
    said = _SENTENCE.split(tool.description.strip(), maxsplit=1)[0]
    return f"{tool.name}: {shorten(said, _SENTENCE_LONGEST, placeholder='…')}"


class _Writer:
    """Writes the lines of one dialogue, and remembers what calls have passed and returned."""

    def __init__(self, trajectory: Trajectory) -> None:
        self._turns = trajectory.turns
        self._told = Passage("user", "", "\n".join(turn.content for turn in self._turns))
        self._outputs = {o.call_id: o for turn in self._turns for o in turn.outputs}
        self._returned: set[str] = set()
        self._shown: set[str] = set()

    def lines(self) -> Iterator[str]:
        for turn in self._turns:
            if turn.content:
                added = f" (makes available: {', '.join(turn.adds)})" if turn.adds else ""
                yield f"{turn.role}: {one_line(turn.content)}{added}"
            for call in turn.calls:
                yield f"-> {self._call(call, self._outputs.get(call.id))}"

    def _call(self, call: ToolCall, output: ToolOutput | None) -> str:
        given = self._values(call.arguments, returned=False)
        made = f"{call.name}({', '.join(given) or ('...' if call.arguments else '')})"
        if output is None:
            return made
        if output.error:  # what it was given is shown again when the call is mended
            content = output.content
            said = content.get("error", content) if isinstance(content, dict) else content
            return f"{made} => error: {one_line(compact(said))[:_LONGEST]}"
        self._shown.update(given)
        returned = self._values(output.content, returned=True)
        self._shown.update(returned)
        self._returned.update(compact(leaf) for _, leaf in leaf_steps(output.content))
        return f"{made} => {', '.join(returned)}" if returned else made

    def _values(self, value: Any, *, returned: bool) -> list[str]:
        """Return what to show of arguments or of an output, each once, as `name=value`."""
        shown = (
            f"{_name(steps)}={one_line(compact(leaf))[:_LONGEST]}"
            for steps, leaf in leaf_steps(value)
            if not (returned or compact(leaf) in self._returned) or _is_judged(leaf, self._told)
        )
        return [each for each in dict.fromkeys(shown) if each not in self._shown]


def _name(steps: tuple[str | int, ...]) -> str:
    """Return the last name on the way to a value; "value" for one without a name."""
    return next((one_line(s) for s in reversed(steps) if isinstance(s, str)), "value")


def _is_judged(value: Any, told: Passage) -> bool:
    if value is None or isinstance(value, bool):
        return value is not None
    if not isinstance(value, str):
        return value in told.numbers
    words = flat(value)
    return (
        _WORD.fullmatch(value) is not None
        or (words != " " and words in told.flat)
        or _is_time_told(value, told)
    )


def _is_time_told(value: str, told: Passage) -> bool:
    if is_timed(value) and Passage("user", "", value).calendar.minutes & told.calendar.minutes:
        return True
    dates = itertools.chain.from_iterable(read_dates(value))
    return any(said.covers(date) for date in dates for said in told.calendar.moments)
