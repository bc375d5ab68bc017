"""Which values the texts of a sub-trajectory must contain, as named slots in order.

- The user states every argument value that is not known from an earlier turn or step.
- The reply tells the output values that a usage example of the tool tells. `requests` makes one for
  a tool that has none.
- The tools' usage examples, joined and completed, have exactly these values. A weak model imitates
  them well.
"""

import random
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import leaves
from toolace_mt.texts.constraints import (
    SUPERLATIVE,
    Selected,
    about_row,
    asking,
    chosen_rows,
    own,
    phrase_slot,
    sayable,
    shown_values,
    telling,
)
from toolace_mt.texts.left_out import without_slot
from toolace_mt.texts.requests import statement, worded_usage
from toolace_mt.texts.slots import SlotNames, in_words, rename_slots, slots_in, spoken
from toolace_mt.trajectory import Tool, ToolCall, Turn, UsageExample

_Told = tuple[str, str]  # the name of a value and the value


@dataclass(frozen=True, slots=True)
class Grounding:
    """The slots of both texts in order, the values of all slots, and an example with them."""

    user: tuple[str, ...]
    reply: tuple[str, ...]
    values: dict[str, Any]
    example: UsageExample


def ground(
    before: Sequence[Turn],
    steps: Sequence[Turn],
    tools: dict[str, Tool],
    rng: random.Random,
    selected: Selected | None = None,
) -> Grounding:
    """Return which slots the user message and the reply around `steps` have, and their values.

    `before` are the turns before the sub-task. `steps` are its assistant and tool turns, in pairs.
    Of arguments that are `selected` from outputs, the user states the phrase instead of the value,
    and the reply says what that led to.
    """
    names = SlotNames()
    turns = (*before, *steps)
    asked_by = own(steps, selected.derivations) if selected else []
    rows = chosen_rows(turns, asked_by)
    known = {told for turn in before for told in _telling(turn)}
    user: list[str] = []
    reply: list[str] = []
    number = 0
    for step, results in zip(steps[::2], steps[1::2], strict=True):
        for call, output in zip(step.calls, results.outputs, strict=True):
            arguments = names.of_arguments(call)
            derived = {each.path: each for each in asked_by if each.call == call.id}
            asked = slots_in(" ".join(user))
            unknown = {
                path: slot
                for path, slot in arguments.items()
                if slot not in asked and path not in derived
                if not _is_implied(call, path, names.values[slot], known, selected)
            }
            slots = arguments | names.of_output(output, number)
            silent = arguments.keys() - unknown.keys() if selected else None
            tool = tools[call.name]
            usage = tool.usage
            own_names = [path for path, each in derived.items() if not each.selections]
            usage = sayable(usage, own_names) if own_names else usage
            silent = silent - set(own_names) if silent is not None else None
            example = _choose(usage, set(unknown), set(slots), rng, silent)
            if example is None:
                told = {spoken(names.values[slot]) for slot in slots_in(" ".join(reply))}
                fresh = [p for p, slot in slots.items() if spoken(names.values[slot]) not in told]
                example = worded_usage(tool, unknown, fresh, rng, (*user, *reply))
            request = example.user
            for each in derived.values():
                request = asking(request, each, rng)
                slots[phrase_slot(each)] = names.name(phrase_slot(each), each.phrase)
            user.append(_saying(request, unknown, slots, tool))
            answer = about_row(example.reply, rows.get(call.id, 0))
            for each in derived.values():
                shown = shown_values(each, turns)
                slots |= {slot: names.name(slot, value) for slot, value in shown.items()}
                answer = f"{telling(each, each.path, shown, rng)} {answer}".strip()
            reply.append(_saying(answer, {}, slots, tool))
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


def _is_implied(
    call: ToolCall, path: str, value: Any, known: set[_Told], selected: Selected | None
) -> bool:
    """Return whether a request implies an argument, so that the user need not state it."""
    return (call.id, path) in selected.silent if selected else _is_known(path, value, known)


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
    usage: tuple[UsageExample, ...],
    unknown: set[str],
    slots: set[str],
    rng: random.Random,
    silent: Set[str] | None,
) -> UsageExample | None:
    """Return the usage example that best fits `unknown` and `slots`; ties are drawn.

    Examples that state `silent` values, or single out a row that may be another than the chosen
    one, are avoided.
    """
    if not usage:
        return None

    def misfit(example: UsageExample) -> int:
        untold = set(slots_in(example.reply)) - slots
        stated = set(slots_in(example.user))
        singles = sum(bool(SUPERLATIVE.search(text)) for text in (example.user, example.reply))
        faults = len(stated & (silent or set())) + singles if silent is not None else 0
        return len(stated ^ unknown) + 2 * len(untold) + 4 * faults

    return min(rng.sample(usage, len(usage)), key=misfit)
