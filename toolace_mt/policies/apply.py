"""Whether a policy rule applies to a call, and calls to which it does."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from toolace_mt.scenario import Condition, PolicyRule
from toolace_mt.schemas.check import check_arguments, check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.paths import get, schema_at
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, Turn

_DRAWS = 12
_MISSING = object()


def applies(rule: PolicyRule, call: ToolCall, before: Sequence[Turn]) -> bool:
    """Tell whether a rule applies to a call that is made after the turns `before`."""
    return call.name in rule.tools and all(_holds(each, call, before) for each in rule.when)


def applying(
    policy: Sequence[PolicyRule], call: ToolCall, before: Sequence[Turn]
) -> list[PolicyRule]:
    """Return the rules of a policy that apply to a call made after the turns `before`."""
    return [rule for rule in policy if applies(rule, call, before)]


def meets(condition: Condition, value: Any) -> bool:
    """Tell whether a value is what a condition asks for."""
    wanted = condition.value
    if condition.test == "one_of":
        return isinstance(wanted, list | tuple) and any(_same(value, each) for each in wanted)
    if condition.test in ("equals", "differs"):
        return _same(value, wanted) == (condition.test == "equals")
    texts = isinstance(value, str) and isinstance(wanted, str)
    if not texts and not (_is_number(value) and _is_number(wanted)):
        return False
    match condition.test:
        case "above":
            return bool(value > wanted)
        case "at_least":
            return bool(value >= wanted)
        case "below":
            return bool(value < wanted)
    return bool(value <= wanted)


def forbidden_call(
    rule: PolicyRule, tool: Tool, before: Sequence[Turn], rng: random.Random
) -> JsonObject | None:
    """Draw arguments to which a rule applies after the turns `before`; None if none are found.

    What the rule looks up in earlier outputs has to be there already.
    """
    arguments: JsonObject = draw(tool.parameters, rng)
    for condition in rule.when:
        place = condition.argument or condition.by
        if condition.argument:
            values = _values_for(condition, tool, rng)
        else:
            values = [about[place] for about in _told(before) if _tells(condition, about)]
        if "." in place or not values:
            return None
        arguments = {**arguments, place: rng.choice(values)}
    fits = not check_arguments(tool, arguments)
    return arguments if fits and applies(rule, ToolCall("", tool.name, arguments), before) else None


def _holds(condition: Condition, call: ToolCall, before: Sequence[Turn]) -> bool:
    if condition.argument:
        try:
            return meets(condition, get(call.arguments, condition.argument))
        except (KeyError, IndexError, TypeError, ValueError):
            return False
    wanted = call.arguments.get(condition.by, _MISSING)
    for about in _told(before):
        if condition.output in about and about.get(condition.by, _MISSING) == wanted:
            return meets(condition, about[condition.output])
    return False


def _tells(condition: Condition, about: JsonObject) -> bool:
    return condition.by in about and meets(condition, about.get(condition.output))


def _told(before: Sequence[Turn]) -> Iterator[JsonObject]:
    """Yield what outputs tell of things, the latest first: each object, with the call's values."""
    for made, turn in zip(reversed(before[:-1]), reversed(before[1:]), strict=True):
        arguments = {call.id: call.arguments for call in made.calls}
        for output in reversed(turn.outputs):
            if not output.error:
                for found in _objects(output.content):
                    yield {**arguments.get(output.call_id, {}), **found}


def _objects(content: Any) -> Iterator[JsonObject]:
    if isinstance(content, list):
        for item in content:
            yield from _objects(item)
    elif isinstance(content, dict):
        yield content
        for value in content.values():
            yield from _objects(value)


def _values_for(condition: Condition, tool: Tool, rng: random.Random) -> list[Any]:
    """Return values of an argument that meet a condition, as far as its schema has some."""
    if condition.test == "equals":
        return [condition.value]
    if condition.test == "one_of":
        return list(condition.value)
    schema = schema_at(tool.parameters, condition.argument) or {}
    drawn = [draw(schema, rng, condition.argument) for _ in range(_DRAWS)]
    limit = condition.value
    if isinstance(limit, int | float) and not isinstance(limit, bool):
        # Examples and small numbers are drawn first, so beside them a step beyond the limit.
        down = condition.test in ("below", "at_most")
        steps = [max(1, round(abs(limit) * share)) for share in (0.1, 0.25, 0.5)]
        drawn += [limit - step if down else limit + step for step in steps]
    return [value for value in drawn if meets(condition, value) and not check_value(schema, value)]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
