"""Which values the texts of a sub-trajectory must contain, as named slots in order.

- The user states every argument value that is not known from an earlier turn or step.
- The reply tells the output values that a usage example of the tool tells. `requests` makes one for
  a tool that has none.
- The tools' usage examples, joined and completed, have exactly these values. A weak model imitates
  them well.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import leaves
from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.requests import statement, worded_usage
from toolace_mt.texts.slots import (
    SlotNames,
    in_words,
    rename_slots,
    slots_in,
    spoken,
)
from toolace_mt.trajectory import Tool, Turn, UsageExample

_Told = tuple[str, str]  # the name of a value and the value


@dataclass(frozen=True, slots=True)
class Grounding:
    """The slots of both texts in order, the values of all slots, and an example with them."""

    user: tuple[str, ...]
    reply: tuple[str, ...]
    values: dict[str, Any]
    example: UsageExample


def ground(
    before: Sequence[Turn], steps: Sequence[Turn], tools: dict[str, Tool], rng: random.Random
) -> Grounding:
    """Return which slots the user message and the reply around `steps` have, and their values.

    `before` are the turns before the sub-task. `steps` are its assistant and tool turns, in pairs.
    """
    names = SlotNames()
    known = {told for turn in before for told in _telling(turn)}
    user: list[str] = []
    reply: list[str] = []
    number = 0
    for step, results in zip(steps[::2], steps[1::2], strict=True):
        for call, output in zip(step.calls, results.outputs, strict=True):
            arguments = names.of_arguments(call)
            asked = slots_in(" ".join(user))
            unknown = {
                path: slot
                for path, slot in arguments.items()
                if not _is_known(path, names.values[slot], known) and slot not in asked
            }
            slots = arguments | names.of_output(output, number)
            tool = tools[call.name]
            example = _choose(tool.usage, set(unknown), set(slots), rng)
            if example is None:
                told = {spoken(names.values[slot]) for slot in slots_in(" ".join(reply))}
                fresh = [p for p, slot in slots.items() if spoken(names.values[slot]) not in told]
                example = worded_usage(tool, unknown, fresh, rng, (*user, *reply))
            user.append(_saying(example.user, unknown, slots, tool))
            reply.append(_saying(example.reply, {}, slots, tool))
            number += 1
        known.update(_telling(results))
    said = UsageExample(" ".join(user), " ".join(reply))
    return Grounding(slots_in(said.user), slots_in(said.reply), names.values, said)


def _saying(template: str, wanted: dict[str, str], slots: dict[str, str], tool: Tool) -> str:
    """Return a template with every slot of `wanted` and none that `slots` does not know."""
    for path in slots_in(template):
        if path not in slots:
            template = without_slot(template, path)
    missing = [path for path in wanted if path not in slots_in(template)]
    return rename_slots(" ".join((template, *statement(missing, tool))), slots)


def _is_known(path: str, value: Any, known: set[_Told]) -> bool:
    """Return whether a value was told before: under the same name, or it identifies itself.

    Days and times do not: who asks for another one says which.
    """
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return False
    itself = any(map(str.isdigit, value)) and ("", value) in known
    return itself or (_name(path), value) in known


def _name(path: str) -> str:
    return in_words(path.removesuffix("]").rsplit("[", 1)[0] if path.endswith("]") else path)


def _telling(turn: Turn) -> Iterator[_Told]:
    """Yield the longer texts among a turn's values, with their names in words, and with ""."""
    for holder in (*(c.arguments for c in turn.calls), *(o.content for o in turn.outputs)):
        yield from _telling_in(holder)


@cached
def _telling_in(holder: Any) -> list[_Told]:
    told = [(p, v) for p, v in leaves(holder) if isinstance(v, str) and len(v) > 3]
    return [(name, value) for path, value in told for name in (_name(path), "")]


def _choose(
    usage: tuple[UsageExample, ...], unknown: set[str], slots: set[str], rng: random.Random
) -> UsageExample | None:
    """Return the usage example that best fits `unknown` and `slots`; ties are drawn."""
    if not usage:
        return None

    def misfit(example: UsageExample) -> int:
        untold = set(slots_in(example.reply)) - slots
        return len(set(slots_in(example.user)) ^ unknown) + 2 * len(untold)

    return min(rng.sample(usage, len(usage)), key=misfit)
