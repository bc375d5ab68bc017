"""The rule on leftovers: nothing of how a dialogue was made may be left in it."""

import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.trajectory import Finding, Severity, Side, Trajectory
from toolace_mt.verification.facts import Facts, finding, shown
from toolace_mt.verification.provenance_leaves import leaf_steps, spelt
from toolace_mt.verification.provenance_words import flat, word_set

_LONGEST = 100_000  # characters of one text that are searched
_MOST_LEAVES = 2_000  # values of one call or output that are searched

# One of these stands in whatever the patterns below find; most dialogues have none of them.
_IN_BOTH = ("[", "<", "{", "xx-", "-xx", "your_", "your-", "lorem", "masked turn", "y so far")
_IN_TEXTS = (
    *(*_IN_BOTH, "e so far", "sub-t", "subt", "what to do now", "language model", "here is the "),
    *("prompt:", "user: ", "assistant: ", "tool: ", "human: ", "ai: "),
)
_IN_VALUES = (
    *(*_IN_BOTH, "xxx", "xyz", "your ", "placeholder", "insert ", "string", "example_", "sample_"),
    *("example ", "sample ", "yyyy", "dd/mm", "mm/dd", "...", "??"),
)
_SURE = re.compile(
    r"\[\s*mask\b[^\]]{0,20}\]|\[\s*placeholder[^\]]{0,20}\]|<mask>|<extra_id_\d+>|<\|[a-z_]+\|>"
    r"|</?(?:tool_call|tool_response|function_call|think)>|\[/?inst\]|lorem ipsum"
    r"|\[(?:your|insert|enter|add|user'?s?|customer'?s?|recipient'?s?|company|city|date|name)"
    r"(?:[ _-][^\]\n]{0,40})?\]"
    r"|\byour[_-](?:api|access|secret|auth)[_-]?(?:key|token)\b"
    r"|\b(?:19|20)\d\d-xx(?:-xx)?\b|\bxx?-xx?-\d{4}\b|\bx{3,}(?:-x{3,})+\b"
    r"|what to do now|\bmasked turns?\b|(?:trajectory|dialogue) so far|\bsub-?trajector"
    r"|^(?:user|assistant|tool|human|ai): |\b(?:system|user|assistant) ?prompt:"
)
_LIKELY = re.compile(
    r"\bsub-?task \d|\bas an ai language model\b"
    r"|\bhere is the (?:revised|rewritten|new) (?:turn|message)"
)
_AS_VALUE = re.compile(
    r"<[a-z][a-z_ ]{1,30}>|x{3,}|xyz|your_[a-z_]{2,30}|string|yyyy-mm-dd(?:t?hh:mm(?::ss)?z?)?"
    r"|dd/mm/yyyy|mm/dd/yyyy|(?:example|placeholder|sample)[_ ]?(?:value|string|text|id)"
    r"|your (?:name|email|city|address|phone(?: number)?|id|api key|token|password)(?: here)?"
    r"|insert .{2,30} here|\.\.\.|\?\?+"
)
_ANGLE = re.compile(r"<([a-z][a-z]*(?:[_ ][a-z]+)*)>")
_COMMON = word_set(
    "city name date time location email address phone number amount id user username origin"
    " destination country company title message query price value first_name last_name user_id"
    " start_date end_date order_id"
)
_SLOT = re.compile(r"\{([A-Za-z_][\w.\[\]]{0,60})\}")


def leftover(facts: Facts) -> Iterator[Finding]:
    """No mask, slot, placeholder or wording of a prompt is left in any text or value."""
    names = _slot_names(facts.trajectory)
    told = " "
    for index, turn in enumerate(facts.turns):
        side: Side = "user" if turn.role == "user" else "assistant"
        for severity, found in _in_text(turn.content[:_LONGEST], names):
            yield _left(severity, found, index, side)
        for position, call in enumerate(turn.calls):
            for path, severity, found in _in_values(call.arguments, names, told):
                where = f"calls[{position}].arguments: {path}"
                yield _left(severity, found, index, "assistant", call.name, where)
        for position, output in enumerate(turn.outputs):
            for path, severity, found in _in_values(output.content, names, told):
                yield _left(severity, found, index, "tool", "", f"outputs[{position}]: {path}")
        told += flat(turn.content) if turn.role == "user" else ""


def _left(
    severity: Severity, found: str, turn: int, side: Side, tool: str = "", path: str = ""
) -> Finding:
    return finding("leftover", severity, f"{shown(found)} is left over", turn, tool, path, side)


def _in_text(text: str, names: frozenset[str]) -> Iterator[tuple[Severity, str]]:
    lower = text.lower()
    if not any(sign in lower for sign in _IN_TEXTS):
        return
    sure, likely = _SURE.search(lower), _LIKELY.search(lower)
    if sure:
        yield "error", sure.group()
    if likely:
        yield "warning", likely.group()
    yield from _slots(text, names)
    if "</" not in text and "`" not in text:
        for angle in _ANGLE.findall(text):
            word = angle.replace(" ", "_")
            ours = word in names or word in _COMMON or word.startswith("your_")
            yield "error" if ours else "warning", f"<{angle}>"


def _in_values(value: Any, names: frozenset[str], told: str) -> Iterator[tuple[str, Severity, str]]:
    """Look into the strings of a value; a whole one such as XYZ is fine if the user said it."""
    strings = [(s, text) for s, text in leaf_steps(value, _MOST_LEAVES) if isinstance(text, str)]
    everything = "\n".join([text[:_LONGEST] for _, text in strings]).lower()
    if not any(sign in everything for sign in _IN_VALUES):
        return
    for steps, text in strings:
        lower = text[:_LONGEST].lower()
        sure = _SURE.search(lower)
        if sure:
            yield spelt(steps), "error", sure.group()
        elif len(text) < 48 and _AS_VALUE.fullmatch(lower.strip()) and flat(text) not in told:
            yield spelt(steps), "error", text
        for severity, found in _slots(text[:_LONGEST], names):
            yield spelt(steps), severity, found


def _slots(text: str, names: frozenset[str]) -> Iterator[tuple[Severity, str]]:
    for match in _SLOT.finditer(text) if "{" in text else ():
        root = re.split(r"[.\[]", match[1], maxsplit=1)[0]
        yield "error" if root in names or root == "outputs" else "warning", match.group()


def _slot_names(trajectory: Trajectory) -> frozenset[str]:
    """Names that our slots could have: parameters of the dialogue's tools."""
    found: set[str] = set()
    for tool in trajectory.tools:
        properties = tool.parameters.get("properties")
        found.update(properties if isinstance(properties, dict) else ())
    return frozenset(found)
