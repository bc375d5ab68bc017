"""Error simulation: a call fails and the assistant repeats it (call, error, call)."""

import random
from typing import Any

from toolace_mt.refinement.injections.extension import Extension, Text, free_id, single_call
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.schemas.check import check_arguments
from toolace_mt.texts.slots import in_words
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, Trajectory, Turn

_FAILING_TOOL = (
    {
        "error": "The service did not answer in time.",
        "reflection": "The service timed out, so I will try the same call once more.",
    },
    {
        "error": "Too many requests, please try again.",
        "reflection": "The service was busy. Let me send the request again.",
    },
    {
        "error": "Internal error while reading the record.",
        "reflection": "Something went wrong on the other side. I will repeat the call.",
    },
)
_LONGEST_IDENTIFIER = 24  # characters
_BAD_ARGUMENTS = (
    {"reflection": "I did not get the {about} right. Let me correct it and call again."},
    {"reflection": "There was a mistake in the {about}, so I will make the call once more."},
    {"reflection": "The tool did not accept the {about}. Here is the call as it should be."},
    {"reflection": "My mistake: the {about} was not given properly. I will call again."},
)


def _failing_tool(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:  # noqa: ARG001
    """Let the tool fail once: the assistant says so and makes the same call again."""
    call = single_call(trajectory, index)
    if call is None:
        return None

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return _attempt(trajectory, call, call.arguments, written["error"], written["reflection"])

    situation = (
        f"a call of {call.name}. Now it fails at first for a reason that passes, and the assistant"
        " makes it again. Write two texts:"
    )
    texts = {
        "error": Text("the error that the tool returns"),
        "reflection": Text("what the assistant says about it before it calls the tool again"),
    }
    return Extension(
        *("error_simulation", "failing_tool", index, situation, texts, build, trajectory.tools)
    )


def _bad_arguments(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """Let the first call have a wrong argument; the tool refuses it, the assistant corrects it.

    The error message is the real result of checking the call against the tool's schema.
    """
    call = single_call(trajectory, index)
    tool = trajectory.tool(call.name) if call else None
    if call is None or tool is None:
        return None
    spoilt = _spoil(tool, call.arguments, rng)
    if spoilt is None:
        return None
    mismatch = check_arguments(tool, spoilt)[0]
    error = f"Invalid arguments: {mismatch.path}: {mismatch.message}".replace(": :", ":")

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return _attempt(trajectory, call, spoilt, error, written["reflection"])

    situation = (
        f"a call of {call.name}. Now the assistant first makes it with a wrong argument, and the"
        f" tool returns: {error}\nWrite one text:"
    )
    reflection = Text(
        "what the assistant says about its mistake before it calls the tool with the right"
        " arguments"
    )
    return Extension(
        *("error_simulation", "bad_arguments", index, situation, {"reflection": reflection}),
        *(build, trajectory.tools, in_words(mismatch.path)),
    )


def _mistyped(trajectory: Trajectory, index: int, rng: random.Random) -> Extension | None:
    """The first call has an identifier with a slip in it, for which the tool finds nothing.

    The tool takes the call, so it is the tool that says what is wrong.
    """
    call = single_call(trajectory, index)
    tool = trajectory.tool(call.name) if call else None
    if call is None or tool is None:
        return None
    slips = {name: slip for name, value in call.arguments.items() if (slip := _slip(value, rng))}
    slips = {n: s for n, s in slips.items() if not check_arguments(tool, {**call.arguments, n: s})}
    if not slips:
        return None
    name = rng.choice(list(slips))
    spoilt = {**call.arguments, name: slips[name]}

    def build(written: dict[str, str]) -> tuple[Turn, ...]:
        return _attempt(trajectory, call, spoilt, "not found", written["reflection"])

    situation = (
        f"a call of {call.name}. Now the assistant first makes it with a slip in the"
        f" {in_words(name)}: {slips[name]}. Write one text:"
    )
    reflection = Text("what the assistant says about its mistake before it calls the tool again")
    return Extension(
        *("error_simulation", "mistyped", index, situation, {"reflection": reflection}),
        *(build, trajectory.tools, in_words(name)),
    )


def _slip(value: Any, rng: random.Random) -> str:
    """Return an identifier with two of its digits in each other's place, "" if that cannot be."""
    if not isinstance(value, str) or " " in value or len(value) > _LONGEST_IDENTIFIER:
        return ""
    places = [i for i in range(len(value) - 1) if value[i : i + 2].isdigit()]
    places = [i for i in places if value[i] != value[i + 1]]
    if not places:
        return ""
    at = rng.choice(places)
    return f"{value[:at]}{value[at + 1]}{value[at]}{value[at + 2 :]}"


def _spoil(tool: Tool, arguments: JsonObject, rng: random.Random) -> JsonObject | None:
    """Return arguments that the schema refuses: one is missing, or of the wrong type."""
    ways: list[JsonObject] = []
    for name, value in arguments.items():
        ways.append({other: kept for other, kept in arguments.items() if other != name})
        ways.append({**arguments, name: _of_another_kind(value)})
    refused = [way for way in ways if check_arguments(tool, way)]
    return rng.choice(refused) if refused else None


def _of_another_kind(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, str):
        return [value]
    return str(value)


def _attempt(
    trajectory: Trajectory, call: ToolCall, arguments: JsonObject, error: str, reflection: str
) -> tuple[Turn, ...]:
    """Return the failed attempt and the original call, which keeps its id."""
    failed = ToolCall(free_id(trajectory), call.name, arguments)
    return (
        Turn("assistant", calls=(failed,)),
        Turn("tool", outputs=(ToolOutput(failed.id, {"error": error}, error=True),)),
        Turn("assistant", reflection, calls=(call,)),
    )


KIND = Kind(
    "assistant",
    (
        Variant("failing_tool", _failing_tool, _FAILING_TOOL, made="simulated"),
        Variant("bad_arguments", _bad_arguments, _BAD_ARGUMENTS),
        Variant("mistyped", _mistyped, _BAD_ARGUMENTS, made="live"),
    ),
    fixed=frozenset({"values"}),
)
