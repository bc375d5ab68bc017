"""Rules on form: who speaks when, what a turn may hold, how calls and outputs pair up."""

import json
import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.check import Mismatch, check_arguments, check_value
from toolace_mt.schemas.paths import get, schema_at
from toolace_mt.trajectory import Finding, JsonObject, Severity, Side, Tool, Turn
from toolace_mt.verification.facts import Call, Facts, finding, shown, structural
from toolace_mt.verification.rules.outcome import failed

_NAME = re.compile(r"[A-Za-z0-9_.\-/:]{1,128}")
_INTEGER = re.compile(r"[+-]?\d{1,18}(?:\.0*)?")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_BRIEF = 200  # characters of a message that only says thanks
_CLOSING = re.compile(
    r"\bthank|\bthanks|\bbye\b|\bcheers\b|\bgreat\b|\bperfect\b|that(?:['’]s| is| will be) all|###"
    r"|\bhave a (?:nice|good|great)|\bgracias|\bdanke|\bmerci|\bobrigad|\bgrazie|谢|再见"
    r"|ありがとう",
    re.IGNORECASE,
)
_ENDS = re.compile(  # tools after which nobody in the dialogue has anything left to say
    r"transfer.*(?:agent|human|operator|support)|human|escalat|hand_?(?:off|over)|handoff|hang_?up"
    r"|(?:^|_)(?:finish|end|done|stop|exit|complete|submit|terminate|final|answer|respond)(?:_|$)",
    re.IGNORECASE,
)
_MOST = 8  # findings of one kind about one call
_SIDES: dict[str, Side] = {"user": "user", "tool": "tool", "assistant": "assistant"}


# Calls stay as they are while a dialogue is refined, and are checked each time its rules are.
_checked = cached(check_arguments)
_checked_value = cached(check_value)


def alternation(facts: Facts) -> Iterator[Finding]:
    """User first, assistant last; calls are followed by their outputs, a reply by the user.

    Where there is no plan, a warning only: the assistant greets first or speaks twice in a row, and
    the dialogue ends with a call, with thanks, or with the outputs of a tool that ends it.
    """
    turns = facts.turns
    if not turns:
        yield finding("alternation", "error", "there are no turns", side="plan")
        return
    planned = facts.trajectory.task is not None
    if turns[0].role != "user":
        greets = turns[0].role == "assistant" and not planned
        yield _out_of_turn(turns, 0, "expected the user to begin", lenient=greets)
    for index in range(1, len(turns)):
        before, here = turns[index - 1], turns[index]
        if before.role == "assistant":
            expected = "tool" if before.calls else "user"
        else:
            expected = "assistant"
        if here.role != expected:
            goes_on = here.role == "assistant" and expected == "user" and not planned
            text = f"expected {expected} after {_shape(before)}"
            yield _out_of_turn(turns, index, text, lenient=goes_on)
    if turns[-1].role != "assistant" or turns[-1].calls:
        severity: Severity = "warning" if not planned and _may_end(turns) else "error"
        text = "expected the dialogue to end with a reply of the assistant"
        yield finding("alternation", severity, text, len(turns) - 1)


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
    """No two calls of a dialogue share an id.

    A warning only, where there is no plan: ids that are unique in their turn.
    """
    seen: dict[str, int] = {}
    planned = facts.trajectory.task is not None
    for call in facts.calls:
        first = seen.setdefault(call.call.id, call.turn)
        twice = bool(call.call.id) and _twice(facts.turns[call.turn], call.position)
        if first != call.turn or twice:
            severity: Severity = "error" if twice or planned else "warning"
            text = f"id {call.call.id!r} was given to a call in turn {first} already"
            yield finding("call_ids", severity, text, call.turn, call.call.name, call.path)


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
    """Only tools of the dialogue are called.

    A warning where no tools are defined at all: they may stand elsewhere, and cannot be checked.
    """
    severity: Severity = "error" if facts.trajectory.tools else "warning"
    for call in facts.calls:
        if call.tool is None:
            text = "there is no tool of that name"
            yield finding("unknown_tool", severity, text, call.turn, call.call.name, call.path)


@structural
def unavailable_tool(facts: Facts) -> Iterator[Finding]:
    """A tool that a later turn makes available is not called before that turn."""
    for call in facts.calls:
        if call.tool is not None and not call.available:
            text = f"the tool becomes available in turn {facts.since[call.call.name]} only"
            yield finding("unavailable_tool", "error", text, call.turn, call.call.name, call.path)


@structural
def schema(facts: Facts) -> Iterator[Finding]:
    """Arguments fit the tool's parameters.

    A warning only: what most servers take all the same ("5" or 5.0 for an integer, "True" for a
    boolean, null for what may be left out), and a call that failed and was made again.
    """
    for call in facts.calls:
        if call.tool is None or not isinstance(call.call.arguments, dict):
            continue
        excused = call.excused or (failed(call.output) and _made_later(facts, call))
        for wrong in _checked(call.tool, call.call.arguments)[:_MOST]:
            taken = excused or _is_taken(call.tool, call.call.arguments, wrong)
            severity: Severity = "warning" if taken else "error"
            dot = "" if wrong.path[:1] in ("", "[") else "."
            path = f"{call.path}.arguments{dot}{wrong.path}"
            place = (call.turn, call.call.name, path)
            yield finding("schema", severity, wrong.message, *place)


@structural
def output_schema(facts: Facts) -> Iterator[Finding]:
    """Outputs fit what the tool says it returns, unless they report an error."""
    for call in facts.calls:
        if call.tool is None or not call.tool.returns or call.output is None or failed(call.output):
            continue
        for wrong in _checked_value(call.tool.returns, call.output.content)[:_MOST]:
            path = f"outputs[{call.position}].content {wrong.path}".rstrip()
            place = (call.turn + 1, call.call.name, path)
            yield finding("output_schema", "warning", wrong.message, *place, side="tool")


def _out_of_turn(turns: tuple[Turn, ...], index: int, text: str, *, lenient: bool) -> Finding:
    side = _SIDES.get(turns[index].role, "assistant")
    got = f"{text}, got {_shape(turns[index])}"
    return finding("alternation", "warning" if lenient else "error", got, index, side=side)


def _may_end(turns: tuple[Turn, ...]) -> bool:
    """Tell whether a dialogue may end without a reply: with a call, thanks, or a hand-over."""
    last = turns[-1]
    if last.role == "assistant":
        return True
    if last.role == "user":
        text = last.content.strip()
        return len(text) <= _BRIEF and "?" not in text and _CLOSING.search(text) is not None
    calls = turns[-2].calls if len(turns) > 1 else ()
    return any(_ENDS.search(call.name) for call in calls)


def _made_later(facts: Facts, failing: Call) -> bool:
    return any(
        call.turn > failing.turn and call.call.name == failing.call.name for call in facts.calls
    )


def _is_taken(tool: Tool, arguments: JsonObject, wrong: Mismatch) -> bool:
    """Tell whether most servers read a value of another type as the one they expect."""
    expected = wrong.message.removeprefix("expected ").partition(",")[0]
    try:
        given = get(arguments, wrong.path)
    except (KeyError, IndexError, TypeError):
        return False
    if given is None:  # an optional argument that is left open
        return wrong.path not in tool.parameters.get("required", ())
    declared = schema_at(tool.parameters, wrong.path) or {}
    if isinstance(given, bool | int) and str(given) in _listed(declared.get("enum")):
        return True  # true for the choice "True", 2 for "2"
    text = str(given).strip() if isinstance(given, str | float) else ""
    if expected in ("array", "object") and text[:1] in ("[", "{"):
        return isinstance(_json(text), list if expected == "array" else dict)
    if expected == "boolean":
        return text.lower() in ("true", "false")
    if expected == "integer":
        return _INTEGER.fullmatch(text) is not None
    return expected == "number" and _DECIMAL.fullmatch(text) is not None


def _listed(choices: Any) -> list[Any]:
    return choices if isinstance(choices, list) else []


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _shape(turn: Turn) -> str:
    return f"{turn.role} with calls" if turn.calls else str(turn.role)


def _twice(turn: Turn, position: int) -> bool:
    return any(call.id == turn.calls[position].id for call in turn.calls[:position])
