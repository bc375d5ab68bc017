"""The question for usage exchanges: the model writes the words, the grammar holds the slots."""

import random
import re
from collections.abc import Callable, Collection, Sequence

from toolace_mt.calls.ask import Unreadable, closed
from toolace_mt.calls.prompt import render
from toolace_mt.calls.question import Question
from toolace_mt.schemas.draw import draw
from toolace_mt.texts.constrained import read_text, text_schema
from toolace_mt.texts.requests import worded_usage
from toolace_mt.texts.slots import SLOT, SlotNames, in_words, slots_in
from toolace_mt.trajectory import JsonObject, Tool, ToolCall, ToolOutput, UsageExample

_DRAWS = 6  # to see which parameters may be left out
_TOLD = 2  # output values in a reply
_FEWEST_WORDS = 3
_NAMED = re.compile(
    r"\b(?:the|my|its|and|,) ([\w ]{1,40}?)(?: is| are|:) \{([^{}\s]+)\}", re.IGNORECASE
)
_LATER_ITEM = re.compile(r"\[[1-9]\d*\]")
_EMPTY = re.compile(r"\bhelp me with (?:this|it)\b", re.IGNORECASE)


def usage_question(
    tool: Tool, rng: random.Random, refused: Callable[[UsageExample], str | None]
) -> Question[list[JsonObject]]:
    """Return the question for two exchanges around a call of `tool`, values as slots.

    The first states all required parameters, the second these in another order and one that may be
    left out. `refused` says why an exchange cannot be used, None if it can.
    """
    exchanges = {name: _exchange(tool, rng, name == "second") for name in ("first", "second")}
    slots = {name: (slots_in(e.user), slots_in(e.reply)) for name, e in exchanges.items()}
    example = {name: {"user": e.user, "reply": e.reply} for name, e in exchanges.items()}
    schema = closed({name: _schema(exchanges[name]) for name in exchanges})

    def parse(answer: JsonObject) -> list[JsonObject]:
        return [_read(answer.get(name), *slots[name], refused) for name in exchanges]

    return Question(render("enrich/usage", tool=tool.name), schema, parse, example)


def _exchange(tool: Tool, rng: random.Random, second: bool) -> UsageExample:
    """Return an exchange in the words of the definition, with the slots that are wanted."""
    required = tool.parameters.get("required") or ()
    asked = _asked(tool, draw(tool.parameters, rng))
    needed = [path for path in asked if _top(path) in required]
    if second:
        drawn = (_asked(tool, draw(tool.parameters, rng)) for _ in range(_DRAWS))
        others = next(
            (more for d in drawn if (more := [p for p in d if _top(p) not in required])), []
        )
        needed = [*reversed(needed), *others[:1]]
    told: list[str] = []
    if tool.returns:
        output = ToolOutput("", draw(tool.returns, rng))
        told = [path for path in SlotNames().of_output(output, 0) if _first(path)]
        told = told[_TOLD : 2 * _TOLD] or told[:_TOLD] if second else told[:_TOLD]
    return worded_usage(tool, needed, told, rng)


def _asked(tool: Tool, arguments: JsonObject) -> list[str]:
    call = ToolCall("", tool.name, arguments)
    return [path for path in SlotNames().of_arguments(call) if _first(path)]


def _misnamed(text: str, slots: Collection[str]) -> str:
    """Return a slot that a text introduces by the name of another one, "" if there is none."""
    names = {in_words(slot): slot for slot in slots}
    for found in _NAMED.finditer(text):
        if names.get(found[1].lower(), found[2]) != found[2]:
            return found[2]
    return ""


def _first(path: str) -> bool:
    return not _LATER_ITEM.search(path)


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _schema(exchange: UsageExample) -> JsonObject:
    texts = {"user": exchange.user, "reply": exchange.reply}
    return closed(
        {
            name: text_schema(["{" + slot + "}" for slot in slots_in(text)], like=text)
            for name, text in texts.items()
        }
    )


def _read(
    answer: JsonObject | None,
    user: Sequence[str],
    reply: Sequence[str],
    refused: Callable[[UsageExample], str | None],
) -> JsonObject:
    if not isinstance(answer, dict):
        raise Unreadable("no exchange")
    said = {
        "user": read_text(answer, "user", user, {}),
        "reply": read_text(answer, "reply", reply, {}),
    }
    for name, text in said.items():
        if len(SLOT.sub(" ", text).split()) < _FEWEST_WORDS or _EMPTY.search(text):
            raise Unreadable(f"the {name} says too little")
        if wrong := _misnamed(text, {*user, *reply}):
            raise Unreadable(f"the {name} calls {{{wrong}}} by another's name")
    if reason := refused(UsageExample(**said)):
        raise Unreadable(reason)
    return said
