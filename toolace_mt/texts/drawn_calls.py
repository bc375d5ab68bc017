"""Calls and outputs drawn from the seed: what the model need not write, it cannot get wrong.

- A value that a tool has returned under the same specific name (`booking_id`, `table_name`) is used
  again, so one tool's output feeds another tool's argument. Identifiers, and what a dialogue is
  about (`repo`), are used again wherever they come from.
- Outputs repeat arguments of the same name and type.
- Everything else is drawn from the schemas' examples, enums and formats.
"""

import random
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.check import check_arguments, check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import leaves
from toolace_mt.selection.words import is_key
from toolace_mt.texts.choosing import Chooser
from toolace_mt.texts.days import timely
from toolace_mt.texts.derivable import Moment
from toolace_mt.texts.places import same_type
from toolace_mt.texts.reuse import in_scope, stays
from toolace_mt.texts.world import Facts, consistent, draw_rows, facts_of, in_order, renewed
from toolace_mt.tools.chains import GENERIC
from toolace_mt.trajectory import JsonObject, SubTask, Tool, ToolCall, ToolOutput, Turn, call_id

_REDRAWS = 8
_READS = re.compile("(get|list|find|search|check|track|look|read|show|view|fetch|query)(_|[A-Z]|$)")
_NO_RETURNS: JsonObject = {
    "type": "object",
    "properties": {"status": {"type": "string", "enum": ["completed", "accepted", "done"]}},
    "required": ["status"],
}


def draw_steps(
    subtask: SubTask,
    index: int,
    tools: dict[str, Tool],
    before: Sequence[Turn],
    rng: random.Random,
    chooser: Chooser | None = None,
) -> tuple[Turn, ...]:
    """Return the calls and outputs of a sub-task: an assistant and a tool turn for each step.

    `index` is the sub-task's number in its plan. `before` are the turns of the dialogue so far,
    whose values can be used again. With a `chooser`, arguments are selected from outputs, whose
    facts agree throughout the dialogue.
    """
    steps = drawings(subtask, index, tools, before, rng, chooser)
    drawing = next(steps)
    while True:
        try:
            drawing = steps.send(drawing.simulated())
        except StopIteration as drawn:
            turns: tuple[Turn, ...] = drawn.value
            return turns


def drawings(
    subtask: SubTask,
    index: int,
    tools: dict[str, Tool],
    before: Sequence[Turn],
    rng: random.Random,
    chooser: Chooser | None = None,
) -> Generator["Drawing", tuple[ToolCall, ToolOutput], tuple[Turn, ...]]:
    """Yield each call of a sub-task to be drawn and be sent what it became; return the turns."""
    known, told = _known_values(before), _told_names(before)
    made = [(call.name, call.arguments) for turn in before for call in turn.calls]
    turns: list[Turn] = []
    for step in subtask.steps:
        calls: list[ToolCall] = []
        outputs: list[ToolOutput] = []
        for name in step:
            so_far = (*before, *turns, Turn("assistant", calls=tuple(calls), subtask=index))
            drawing = Drawing(tools[name], known, told, made, rng, so_far, index, chooser)
            call, output = yield drawing
            calls.append(call)
            outputs.append(output)
            made.append((name, call.arguments))
        turns.append(Turn("assistant", calls=tuple(calls), subtask=index))
        turns.append(Turn("tool", outputs=tuple(outputs), subtask=index))
        known |= _known_values(turns[-2:])
        told |= _told_names(turns[-2:])
    return tuple(turns)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The next call, of a tool, with what the dialogue knows so far.

    `known` are values by their names, `told` the names of those that a tool has returned. `turns`
    are those before the call, `subtask` is the number of its sub-task.
    """

    tool: Tool
    known: dict[str, Any]
    told: set[str]
    made: list[tuple[str, JsonObject]]
    rng: random.Random
    turns: tuple[Turn, ...] = ()
    subtask: int = -1
    chooser: Chooser | None = None

    def simulated(self) -> tuple[ToolCall, ToolOutput]:
        """Draw the call, and an output for it."""
        if self.chooser is None:
            call = self.call(self._new_arguments())
            return call, ToolOutput(call.id, _draw_output(self.tool, call.arguments, self.rng))
        choice = self.chooser.draw(self.moment(), self.made, self.rng)
        call = self.call(choice.arguments)
        self.chooser.note(call.id, choice)
        today = self.chooser.today
        output = draw_output(self.tool, call.arguments, self.turns, self.rng, today)
        return call, ToolOutput(call.id, output)

    def moment(self, possible: dict[str, Sequence[Any]] | None = None) -> Moment:
        """Return what the chooser has to know; `possible` are values that make sense."""
        call = call_id(len(self.made))
        return Moment(self.tool, call, self.turns, self.subtask, possible or {})

    def _new_arguments(self) -> JsonObject:
        """Draw arguments for a call that repeats no earlier one, if the tool has values enough."""
        arguments = self._arguments(self.goes_on)
        for attempt in range(_REDRAWS):
            if (self.tool.name, arguments) not in self.made:
                break
            arguments = self._arguments(in_scope if attempt < _REDRAWS // 2 else _never)
        return arguments

    def _arguments(self, again: Callable[[str], bool]) -> JsonObject:
        """Draw arguments, with the known values of the names that are used `again`."""
        arguments: JsonObject = draw(self.tool.parameters, self.rng)
        for name in list(arguments):
            if name in self.known and again(name):
                reused = {**arguments, name: self.known[name]}
                if not check_arguments(self.tool, reused):
                    arguments = reused
        return arguments

    def goes_on(self, name: str) -> bool:
        """Return whether a parameter of that name takes the value that is known."""
        return stays(name) or name in self.told

    def call(self, arguments: JsonObject) -> ToolCall:
        """Return the call with these arguments."""
        return ToolCall(call_id(len(self.made)), self.tool.name, arguments)


def _known_values(turns: Sequence[Turn]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for turn in turns:
        for holder in (*(c.arguments for c in turn.calls), *(o.content for o in turn.outputs)):
            known |= _named_in(holder)
    return known


def _told_names(turns: Sequence[Turn]) -> set[str]:
    return {name for turn in turns for o in turn.outputs for name in _named_in(o.content)}


@cached
def _named_in(holder: Any) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for path, value in leaves(holder):
        name = path.rsplit(".", 1)[-1]
        if name not in GENERIC and not name.endswith("]"):
            # A reply talks about the first of several results.
            if "[" in path and "[0]" not in path:
                continue
            named[name] = value
    return named


def _never(name: str) -> bool:  # noqa: ARG001 (one of several conditions)
    return False


def draw_output(
    tool: Tool, arguments: JsonObject, turns: Sequence[Turn], rng: random.Random, today: str = ""
) -> Any:
    """Return an output of a call that agrees with what the outputs of `turns` say.

    Its days fit `today`, if that is given.
    """
    drawn = _draw_output(tool, arguments, rng)
    return _in_world(tool, arguments, drawn, facts_of(turns), rng, today)


def _draw_output(tool: Tool, arguments: JsonObject, rng: random.Random) -> Any:
    schema = tool.returns or _NO_RETURNS
    output = _echo(draw(schema, rng), arguments)
    return output if not check_value(schema, output) else draw(schema, rng)


def _in_world(
    tool: Tool, arguments: JsonObject, drawn: Any, facts: Facts, rng: random.Random, today: str
) -> Any:
    """Return an output with rows to choose from, which agrees with what is known."""
    if not tool.returns:
        return drawn
    schema = tool.returns
    rows = timely(draw_rows(drawn, schema, schema, rng), today, rng)
    new = rows if _READS.match(tool.name) else renewed(rows, arguments, facts, rng)
    for made in (consistent(_echo(new, arguments), arguments, facts), rows):
        output = in_order(made, schema, schema, tool.description)
        if not check_value(tool.returns, output):
            return output
    return drawn


def _echo(value: Any, arguments: JsonObject) -> Any:
    if isinstance(value, list):
        if len(value) > 1:  # what tells the rows apart is not the same in all of them
            arguments = {name: value for name, value in arguments.items() if not is_key(name)}
        return [_echo(item, arguments) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: arguments[name]
        if name in arguments and same_type(arguments[name], item)
        else _echo(item, arguments)
        for name, item in value.items()
    }
