"""A dialogue as experts read it where code has checked the rest.

Rules hold every call against its tool's schema and trace every value to where it was told. What is
left to judge is what the texts mean. So texts stand in full, and of calls and outputs only the
values that a text tells, and words (a state, a choice, true or false), which a text may put in
other words.
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
_SENTENCE_LONGEST = 80  # characters of what a tool does
_SENTENCE = re.compile(r"(?<=[.!?])\s")
_WORD = re.compile(r"[a-z][a-z _-]{0,23}")


def outline(trajectory: Trajectory) -> str:
    """Return tools and dialogue, a line for each tool, text and call; no text can start a line.

    What a call returned follows on its line. A value that a call has passed or returned is not
    shown again under its name: that it was carried over is traced.
    """
    tools = "\n".join(map(_tool, trajectory.tools))
    return f"Tools:\n{tools}\n\nDialogue:\n" + "\n".join(_lines(trajectory))


def _tool(tool: Tool) -> str:
    said = _SENTENCE.split(tool.description.strip(), maxsplit=1)[0]
    return f"{tool.name}: {shorten(said, _SENTENCE_LONGEST, placeholder='...')}"


def _lines(trajectory: Trajectory) -> Iterator[str]:
    told = Passage("user", "", "\n".join(turn.content for turn in trajectory.turns))
    outputs = {output.call_id: output for turn in trajectory.turns for output in turn.outputs}
    known: set[str] = set()
    for turn in trajectory.turns:
        if turn.content:
            added = f" (makes available: {', '.join(turn.adds)})" if turn.adds else ""
            yield f"{turn.role}: {one_line(turn.content)}{added}"
        for call in turn.calls:
            yield f"-> {_call(call, outputs.get(call.id), told, known)}"


def _call(call: ToolCall, output: ToolOutput | None, told: Passage, known: set[str]) -> str:
    """Return a call with what it returned, without what is `known`, and add to that."""
    given = [each for each in _judged(call.arguments, told) if each not in known]
    made = f"{call.name}({', '.join(given) or ('...' if call.arguments else '')})"
    if output is None:
        return made
    if output.error:  # what it was given is shown again when the call is mended
        content = output.content
        said = content.get("error", content) if isinstance(content, dict) else content
        return f"{made} => error: {one_line(compact(said))[:_LONGEST]}"
    known.update(given)
    returned = [each for each in _judged(output.content, told) if each not in known]
    known.update(returned)
    return f"{made} => {', '.join(returned)}" if returned else made


def _judged(value: Any, told: Passage) -> list[str]:
    """Return the values inside `value` that are left to judge, each once, as `name=value`."""
    shown = (
        f"{_name(steps)}={one_line(compact(leaf))[:_LONGEST]}"
        for steps, leaf in leaf_steps(value)
        if _is_judged(leaf, told)
    )
    return list(dict.fromkeys(shown))


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
