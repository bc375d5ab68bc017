"""The assistant's role: calls or a reply, in one constrained answer.

- `free`, as agents work: it does not know the plan, and chooses among all available tools and a
  reply.
- `guided`, with help comparable to ToolACE-MT's: it is told the next planned calls, and its grammar
  admits only these, or a reply where one is due.
"""

import random
from dataclasses import dataclass

from toolace_mt.calls.ask import Unreadable, Unusable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.schemas.narrow import decodable
from toolace_mt.seeds import derive_random
from toolace_mt.simulation.arguments import known_arguments, unknown_values
from toolace_mt.simulation.beats import Beat
from toolace_mt.simulation.scene import Scene, Setting, reject_repeated
from toolace_mt.texts.constrained import held, read_text, text_schema, worded
from toolace_mt.texts.examples import spoken_text, spoken_usages
from toolace_mt.texts.grounding import Grounding, ground
from toolace_mt.texts.slots import in_words
from toolace_mt.trajectory import Injection, JsonObject, Tool, ToolCall, Trajectory, Turn, call_id


@dataclass(frozen=True, slots=True)
class Choice:
    """What the assistant may do now.

    `calls` are tools with the schemas of their arguments. With `all_of_them` these calls must be
    made, in this order; otherwise any of them may be. `reply` is the purpose of a reply ("" if none
    is admitted), `about` the subject of its question.
    """

    calls: tuple[tuple[str, JsonObject], ...]
    reply: str
    about: str = ""
    all_of_them: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tools in `calls`."""
        return tuple(name for name, _ in self.calls)


async def act(
    trajectory: Trajectory, scene: Scene, beat: Beat, setting: Setting
) -> Turn | Unusable:
    """Return the assistant's next turn, or Unusable if no answer was readable."""
    choice = _choice(trajectory, scene, beat, setting)
    made, results = _untold(trajectory, scene)
    values = results.values if results else {}
    slots = (results.reply if results else ()) if setting.constrained else None
    holds = None if slots is None else held(slots, values)
    rng = derive_random(trajectory.seed, "simulation", "examples", len(trajectory.turns))
    after_error = any(output.error for output in trajectory.turns[-1].outputs)
    examples = (
        _spoken_examples(choice, made, scene, setting, rng)
        if holds is None
        else _own_examples(choice, results, setting)
    )
    instruction = render(
        "simulation/assistant",
        choice=choice,
        after_error=after_error,
        holds=holds,
        examples=examples,
        reflections=setting.usual_texts("failing_tool", "reflection") if after_error else [],
    )
    reply = _reply_schema(choice, holds, " ".join(examples[-1:]), setting)
    schema = _schema(choice, reply, after_error and bool(choice.calls), setting)
    retry: Injection | None = "error_simulation" if after_error else None

    def parse(read: JsonObject) -> Turn:
        if "reply" in read:
            text = read_text(read, "reply", slots, values)
            if reason := reject_repeated(trajectory, "assistant", text):
                raise Unreadable(reason)
            mark = beat.injection if beat.reply != "serve" else None
            return Turn("assistant", text, subtask=scene.index, injection=mark)
        calls = _calls(read, trajectory, choice)
        said = (
            read_text(read, "reflection", () if slots is not None else None, {})
            if "reflection" in read
            else ""
        )
        return Turn("assistant", said, calls=calls, subtask=scene.index, injection=retry)

    return await setting.ask(trajectory, "assistant", Question(instruction, schema, parse))


def _choice(trajectory: Trajectory, scene: Scene, beat: Beat, setting: Setting) -> Choice:
    if not setting.guided:
        tools = scene.available(trajectory)
        intended = {name: scene.next_intended(trajectory, name) for name in tools}
        found = [
            (name, _arguments(trajectory, tools[name], intended[name], setting)) for name in tools
        ]
        return Choice(tuple((name, schema) for name, schema in found if schema), "decide")
    if beat.reply != "serve":
        return Choice((), beat.reply, beat.about)
    steps = scene.remaining(trajectory)
    if not steps:
        return Choice((), "tell")
    calls: list[tuple[str, JsonObject]] = []
    missing: dict[str, None] = {}
    for place, name in enumerate(steps[0]):
        number = steps[0][:place].count(name)
        intended_next = scene.next_intended(trajectory, name)[number : number + 1]
        schema = _arguments(trajectory, scene.tools[name], intended_next, setting)
        if schema:
            calls.append((name, schema))
        else:
            missing |= dict.fromkeys(map(in_words, unknown_values(intended_next, trajectory.turns)))
    if len(calls) < len(steps[0]):
        return Choice((), "ask", " and the ".join(missing))
    return Choice(tuple(calls), "", all_of_them=True)


def _arguments(
    trajectory: Trajectory, tool: Tool, intended: list[JsonObject], setting: Setting
) -> JsonObject | None:
    """Return the schema of a call's arguments, None if the tool cannot be called yet."""
    if not setting.seeded:
        return decodable(tool.parameters)
    return known_arguments(tool, intended, trajectory.turns)


def _untold(trajectory: Trajectory, scene: Scene) -> tuple[list[ToolCall], Grounding | None]:
    """Return the calls since the assistant's last reply, and what a reply has to tell of them."""
    replies = [
        index
        for index, turn in enumerate(trajectory.turns)
        if turn.role == "assistant" and not turn.calls
    ]
    since = max([scene.start, *replies])
    made = [pair for pair in scene.made(trajectory, since) if not pair[1].error]
    if not made:
        return [], None
    pairs: list[Turn] = []
    for call, output in made:
        pairs += (Turn("assistant", calls=(call,)), Turn("tool", outputs=(output,)))
    rng = derive_random(trajectory.seed, "simulation", "told", len(trajectory.turns))
    before = trajectory.turns[: scene.start]
    return [call for call, _ in made], ground(before, pairs, scene.tools, rng)


def _own_examples(choice: Choice, results: Grounding | None, setting: Setting) -> list[str]:
    if choice.reply in ("tell", "decide"):
        return [worded(results.example.reply, results.values)] if results else []
    return _injected_examples(choice, setting)


def _spoken_examples(
    choice: Choice, made: list[ToolCall], scene: Scene, setting: Setting, rng: random.Random
) -> list[str]:
    """Return replies of other dialogues as examples, with values in them."""
    if choice.reply in ("tell", "decide"):
        names = dict.fromkeys(call.name for call in made)
        return [usage.reply for usage in spoken_usages((scene.tools[n] for n in names), rng)]
    return [spoken_text(text, {}, rng) for text in _injected_examples(choice, setting)]


def _injected_examples(choice: Choice, setting: Setting) -> list[str]:
    match choice.reply:
        case "ask":
            return setting.usual_texts("clarification", "assistant", about=choice.about)
        case "no_tool":
            return setting.usual_texts("unsupported", "assistant")
        case "chat":
            return setting.usual_texts("non_fc", "assistant")
    return []


def _reply_schema(
    choice: Choice, holds: tuple[str, ...] | None, like: str, setting: Setting
) -> JsonObject:
    asks = choice.reply == "ask"
    about = choice.about if asks and setting.constrained else ""
    return text_schema(holds, like=like, question=asks, about=about, longest=800)


def _schema(choice: Choice, reply: JsonObject, reflects: bool, setting: Setting) -> JsonObject:
    options: list[JsonObject] = []
    if choice.reply:
        options.append(closed({"reply": reply}))
    if choice.calls:
        calls = {"calls": _calls_schema(choice, setting.parallel_calls)}
        if reflects:
            calls = {"reflection": text_schema(() if setting.constrained else None), **calls}
        options.append(closed(calls))
    return options[0] if len(options) == 1 else {"anyOf": options}


def _calls_schema(choice: Choice, most: int) -> JsonObject:
    calls = [
        closed({"name": {"enum": [name]}, "arguments": arguments})
        for name, arguments in choice.calls
    ]
    if not choice.all_of_them:
        return {"type": "array", "items": {"anyOf": calls}, "minItems": 1, "maxItems": most}
    count = len(calls)
    bounds = {"minItems": count, "maxItems": count}
    return {"type": "array", "prefixItems": calls, "items": False, **bounds}


def _calls(answer: JsonObject, trajectory: Trajectory, choice: Choice) -> tuple[ToolCall, ...]:
    number = sum(len(turn.calls) for turn in trajectory.turns)
    try:
        entries = [(entry["name"], entry["arguments"]) for entry in answer["calls"]]
    except (TypeError, KeyError) as error:
        raise Unreadable(f"neither a reply nor calls: {error}") from error
    names = tuple(name for name, _ in entries)
    if not entries or not set(names) <= set(choice.names):
        raise Unreadable(f"calls {names}, expected some of {choice.names}")
    if choice.all_of_them and names != choice.names:
        raise Unreadable(f"calls {names}, expected {choice.names}")
    if not all(isinstance(arguments, dict) for _, arguments in entries):
        raise Unreadable("arguments are no object")
    calls = tuple(ToolCall(call_id(number + i), *entry) for i, entry in enumerate(entries))
    if not choice.all_of_them:
        _reject_repeated_calls(calls, trajectory)
    return calls


def _reject_repeated_calls(calls: tuple[ToolCall, ...], trajectory: Trajectory) -> None:
    seen = [
        (c.name, c.arguments) for _, c, output in trajectory.calls() if output and not output.error
    ]
    for call in calls:
        if (call.name, call.arguments) in seen:
            raise Unreadable(f"{call.name} was called with these arguments before")
        seen.append((call.name, call.arguments))
