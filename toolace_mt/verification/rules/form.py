"""Rules on form: who speaks when, what a turn may hold, how calls and outputs pair up."""

import re
from collections.abc import Iterator

from toolace_mt.caching import cached
from toolace_mt.schemas.check import check_arguments, check_value
from toolace_mt.trajectory import Finding, Severity, Side, Turn
from toolace_mt.verification.facts import Facts, finding, shown, structural

_NAME = re.compile(r"[A-Za-z0-9_.\-/:]{1,128}")
_MOST = 8  # findings of one kind about one call
_SIDES: dict[str, Side] = {"user": "user", "tool": "tool", "assistant": "assistant"}


# Calls stay as they are while a dialogue is refined, and are checked each time its rules are.
_checked = cached(check_arguments)
_checked_value = cached(check_value)


@structural
def alternation(facts: Facts) -> Iterator[Finding]:
    """User first, assistant last; calls are followed by their outputs, a reply by the user."""
    turns = facts.turns
    if not turns:
        yield finding("alternation", "error", "there are no turns", side="plan")
        return
    if turns[0].role != "user":
        yield _out_of_turn(turns, 0, "expected the user to begin")
    for index in range(1, len(turns)):
        before, here = turns[index - 1], turns[index]
        if before.role == "assistant":
            expected = "tool" if before.calls else "user"
        else:
            expected = "assistant"
        if here.role != expected:
            yield _out_of_turn(turns, index, f"expected {expected} after {_shape(before)}")
    if turns[-1].role != "assistant" or turns[-1].calls:
        text = "expected the dialogue to end with a reply of the assistant"
        yield finding("alternation", "error", text, len(turns) - 1)


@structural
def turn_shape(facts: Facts) -> Iterator[Finding]:
    """A turn holds only what its role can say: calls are the assistant's, outputs the tools'."""
    for index, turn in enumerate(facts.turns):
        if turn.calls and turn.role != "assistant":
            text = f"a {turn.role} turn holds calls"
        elif turn.outputs and turn.role != "tool":
            text = f"a {turn.role} turn holds tool outputs"
        elif turn.adds and turn.role != "user":
            text = f"a {turn.role} turn makes tools available"
        else:
            continue
        yield finding("turn_shape", "error", text, index, side=_SIDES.get(turn.role, "assistant"))


def empty_turn(facts: Facts) -> Iterator[Finding]:
    """Every turn says or does something."""
    for index, turn in enumerate(facts.turns):
        if not (turn.content.strip() or turn.calls or turn.outputs):
            side = _SIDES.get(turn.role, "assistant")
            yield finding("empty_turn", "error", "the turn is empty", index, side=side)


@structural
def call_format(facts: Facts) -> Iterator[Finding]:
    """A call has an id, a name that can be a tool's name, and an object of arguments.

    A warning only: a name that no endpoint would take, if a tool of that very name is defined.
    """
    for call in facts.calls:
        wrong: list[tuple[Severity, str]] = []
        if not call.call.id:
            wrong.append(("error", "the call has no id"))
        if not _NAME.fullmatch(call.call.name):
            severity: Severity = "warning" if call.tool else "error"
            wrong.append((severity, "that cannot be the name of a tool"))
        if not isinstance(call.call.arguments, dict):
            got = shown(call.call.arguments)
            wrong.append(("error", f"expected an object of arguments, got {got}"))
        for severity, text in wrong:
            name = shown(call.call.name)[1:-1]
            yield finding("call_format", severity, text, call.turn, name, call.path)


@structural
def call_ids(facts: Facts) -> Iterator[Finding]:
    """No two calls of a dialogue share an id."""
    seen: dict[str, int] = {}
    for call in facts.calls:
        first = seen.setdefault(call.call.id, call.turn)
        if first != call.turn or (call.call.id and _twice(facts.turns[call.turn], call.position)):
            text = f"id {call.call.id!r} was given to a call in turn {first} already"
            yield finding("call_ids", "error", text, call.turn, call.call.name, call.path)


@structural
def outputs_match(facts: Facts) -> Iterator[Finding]:
    """Every call has one output, in the order of the calls, and no output is without its call."""
    for index, turn in enumerate(facts.turns):
        if turn.role != "tool":
            continue
        wanted = [call.id for call in facts.turns[index - 1].calls] if index else []
        got = [output.call_id for output in turn.outputs]
        if wanted != got:
            text = f"expected outputs of the calls {wanted}, in this order, got {got}"
            yield finding("outputs_match", "error", text[:400], index, side="tool")


@structural
def unknown_tool(facts: Facts) -> Iterator[Finding]:
    """Only tools of the dialogue are called."""
    for call in facts.calls:
        if call.tool is None:
            text = "there is no tool of that name"
            yield finding("unknown_tool", "error", text, call.turn, call.call.name, call.path)


@structural
def unavailable_tool(facts: Facts) -> Iterator[Finding]:
    """A tool that a later turn makes available is not called before that turn."""
    for call in facts.calls:
        if call.tool is not None and not call.available:
            text = f"the tool becomes available in turn {facts.since[call.call.name]} only"
            yield finding("unavailable_tool", "error", text, call.turn, call.call.name, call.path)


@structural
def schema(facts: Facts) -> Iterator[Finding]:
    """Arguments fit the tool's parameters. A call that fails and is made again may not fit."""
    for call in facts.calls:
        if call.tool is None or not isinstance(call.call.arguments, dict):
            continue
        severity: Severity = "warning" if call.excused else "error"
        for wrong in _checked(call.tool, call.call.arguments)[:_MOST]:
            dot = "" if wrong.path[:1] in ("", "[") else "."
            path = f"{call.path}.arguments{dot}{wrong.path}"
            place = (call.turn, call.call.name, path)
            yield finding("schema", severity, wrong.message, *place)


@structural
def output_schema(facts: Facts) -> Iterator[Finding]:
    """Outputs fit what the tool says it returns, unless they report an error."""
    for call in facts.calls:
        if call.tool is None or not call.tool.returns or call.output is None or call.output.error:
            continue
        for wrong in _checked_value(call.tool.returns, call.output.content)[:_MOST]:
            path = f"outputs[{call.position}].content {wrong.path}".rstrip()
            place = (call.turn + 1, call.call.name, path)
            yield finding("output_schema", "warning", wrong.message, *place, side="tool")


def _out_of_turn(turns: tuple[Turn, ...], index: int, text: str) -> Finding:
    side = _SIDES.get(turns[index].role, "assistant")
    got = f"{text}, got {_shape(turns[index])}"
    return finding("alternation", "error", got, index, side=side)


def _shape(turn: Turn) -> str:
    return f"{turn.role} with calls" if turn.calls else str(turn.role)


def _twice(turn: Turn, position: int) -> bool:
    return any(call.id == turn.calls[position].id for call in turn.calls[:position])
