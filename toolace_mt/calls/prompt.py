"""The part of a prompt that all calls of one dialogue share: preamble, tools, dialogue so far.

Dialogues and tool descriptions are untrusted text. Each turn is one line, and no text can start a
line, so nothing inside a dialogue can pass for the prompt's own structure.
"""

import json
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from toolace_mt.caching import Same, cached
from toolace_mt.trajectory import JsonObject, Tool, Trajectory, Turn


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("toolace_mt", "prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.get_template(f"{name}.j2")


def render(name: str, **values: Any) -> str:
    """Render the template `name`, such as "refinement/fill"; a value it lacks is an error."""
    return _template(name).render(**values).strip()


LANGUAGE_NAMES = {"de": "German", "fr": "French", "es": "Spanish", "zh": "Chinese"}
_MOST_IN_FULL = 9  # tools of a dialogue that are all described in full, called or not
_LINE = 80  # characters of the description of a tool that is not called
_DEEPEST = 4  # levels of a schema that a prompt spells out


def system(trajectory: Trajectory, *, tools: bool = True) -> str:
    """Return the prefix that all calls of one dialogue share: the fixed preamble and its tools.

    The dialogue's own system prompt and its manner follow, if it has them. Without `tools` it is
    the preamble alone, which the calls of all dialogues share.
    """
    if not tools:
        return render("preamble")
    told = [_system(trajectory.tools, _in_one_line(trajectory))]
    if trajectory.system:
        told.append(f"System prompt of the dialogue: {one_line(trajectory.system)}")
    return "\n\n".join(filter(None, [*told, manner(trajectory)]))


def manner(trajectory: Trajectory) -> str:
    """Return how people write in a dialogue: language and persona, "" if nothing is said of it."""
    scenario = trajectory.scenario
    lines = []
    if scenario.language:
        name = LANGUAGE_NAMES[scenario.language]
        lines.append(
            f"User and assistant write in {name}, whatever the language of examples. Values, names"
            " of tools and JSON keys stay as they are."
        )
    if scenario.persona:
        lines.append(f"How the user writes: {one_line(scenario.persona)}.")
    return "\n".join(lines)


def _in_one_line(trajectory: Trajectory) -> frozenset[str]:
    """Return the tools of a large choice that neither plan nor calls name; a line tells enough."""
    if len(trajectory.tools) <= _MOST_IN_FULL or trajectory.task is None:
        return frozenset()
    planned = {n for sub in trajectory.task.subtasks for step in sub.steps for n in step}
    called = {call.name for _, call, _ in trajectory.calls()}
    return frozenset(tool.name for tool in trajectory.tools) - planned - called


@cached
def _system(tools: tuple[Tool, ...], in_one_line: frozenset[str]) -> str:
    described = "\n".join(
        f"{tool.name}: {one_line(tool.description)[:_LINE]}"
        if tool.name in in_one_line
        else _describe(Same(tool))
        for tool in tools
    )
    return f"{render('preamble')}\n\nTools:\n{described}"


def context(
    trajectory: Trajectory, hidden: Collection[int] = (), only: Collection[int] | None = None
) -> str:
    """Return the dialogue so far, one line for each turn.

    `hidden` are the indexes of turns shown as [MASK]. `only` are the indexes of the turns to show
    (None: all of them).
    """
    turns = trajectory.turns
    lines = [
        f"[{index}] {turns[index].role}: [MASK]" if index in hidden else line
        for index, line in enumerate(_lines(turns))
        if only is None or index in only
    ]
    return "Dialogue:\n" + "\n".join(lines)


@cached
def _lines(turns: tuple[Turn, ...]) -> list[str]:
    return [turn_line(index, turn) for index, turn in enumerate(turns)]


def turn_line(index: int, turn: Turn) -> str:
    """Return a turn as one line of a prompt, with its index and role."""
    return f"[{index}] {turn.role}: {_line(turn)}"


@cached
def _line(turn: Turn) -> str:
    parts = [one_line(turn.content)] if turn.content else []
    parts += [f"-> {call.name}({compact(call.arguments)})" for call in turn.calls]
    parts += [("error " if o.error else "") + compact(o.content) for o in turn.outputs]
    if turn.adds:
        parts.append(f"(makes available: {', '.join(turn.adds)})")
    return " | ".join(parts)


def one_line(text: str) -> str:
    """Return `text` on one line, with every run of whitespace as one blank."""
    return " ".join(text.split())


def compact(value: Any) -> str:
    """Return a JSON value as one line of JSON; a string without quotes."""
    if isinstance(value, str):
        return one_line(value)
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=4096)
def _describe(tool: Same[Tool]) -> str:
    name, returns = tool.it.name, tool.it.returns
    lines = [f"{name}: {one_line(tool.it.description)}"]
    lines += [f"  takes {line}" for line in _properties(tool.it.parameters, "", 0)]
    if returns:
        lines += [f"  returns {line}" for line in _outputs(returns)]
    return "\n".join(lines)


def _outputs(returns: JsonObject) -> Iterator[str]:
    """Yield the properties of an output (of an array: of its first item), or its type alone."""
    items = returns.get("items")
    if isinstance(items, dict) and "properties" not in returns:
        yield from (
            _properties(items, "[0].", 0)
            if items.get("properties")
            else [_property("[0]", items, False)]
        )
    elif "properties" in returns or returns.get("type") == "object":
        yield from _properties(returns, "", 0)
    else:
        yield _property("output", returns, False)


def _properties(schema: JsonObject, prefix: str, depth: int) -> Iterator[str]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth >= _DEEPEST:
        return
    required = schema.get("required")
    for name, value in properties.items():
        if not isinstance(value, dict):
            continue
        optional = not isinstance(required, list) or name not in required
        yield _property(f"{prefix}{name}", value, optional and not prefix)
        items = value.get("items")
        nested = items if isinstance(items, dict) else value
        brackets = "[0]" if nested is items else ""
        yield from _properties(nested, f"{prefix}{name}{brackets}.", depth + 1)


def _property(path: str, schema: JsonObject, optional: bool) -> str:
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        kind = "|".join(compact(choice) for choice in choices[:12])
    else:
        kind = compact(schema.get("format") or schema.get("type") or "any")
    text = f": {one_line(str(schema['description']))}" if schema.get("description") else ""
    return f"{path} ({kind}{', optional' if optional else ''}){text}"


def names(tools: Collection[Tool]) -> list[str]:
    """Return the tools' names in order, for enums of answer schemas."""
    return [tool.name for tool in tools]
