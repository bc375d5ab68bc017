"""The rule on leftovers: nothing of how a dialogue was made may be left in it."""

import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import Steps, leaf_steps, place
from toolace_mt.trajectory import Finding, Severity, Side, Trajectory, Turn
from toolace_mt.verification.facts import Facts, finding, shown, structural
from toolace_mt.verification.provenance.words import flat, word_set

_LONGEST = 100_000  # characters of one text that are searched
_MOST_LEAVES = 2_000  # values of one call or output that are searched

# One of these stands in whatever the patterns below find; most dialogues have none of them.
_IN_VALUES = ("[", "<", "{", "xx-", "-xx", "your_", "your-", "lorem", "masked turn", "y so far")
_IN_TEXTS = (
    *(*_IN_VALUES, "e so far", "sub-t", "subt", "what to do now", "language model", "here is the "),
    *("prompt:", "\nuser: ", "\nassistant: ", "\ntool: ", "\nhuman: ", "\nai: "),
    *("the user ", "the assistant ", "user's ", "assistant's ", "mention tools", "these values"),
    *("the dialogue", "this dialogue", "tools returned", "message states"),
    *("as they are and in", "it holds: ", "given values", "without a tool", "xxxxx"),
)
_STARTS = frozenset(  # of values that may be placeholders as a whole, five characters each
    (
        *("xxx", "xxxx", "xxxxx", "xyz", "your ", "your_", "strin", "yyyy-", "dd/mm", "mm/dd"),
        *("examp", "place", "sampl", "inser", "...", "??", "???", "????", "?????"),
    )
)
_SURE = re.compile(
    r"\[\s*mask\b[^\]]{0,20}\]|\[\s*placeholder[^\]]{0,20}\]|<mask>|<extra_id_\d+>|<\|[a-z_]+\|>"
    r"|</?(?:tool_call|tool_response|function_call|think)>|\[/?inst\]|lorem ipsum"
    r"|\[(?:your|insert|enter|add|user'?s?|customer'?s?|recipient'?s?|company|city|date|name)"
    r"(?:[ _-][^\]\n]{0,40})?\]"
    r"|\byour[_-](?:api|access|secret|auth)[_-]?(?:key|token)\b"
    r"|\b(?:19|20)\d\d-xx(?:-xx)?\b|\bxx?-xx?-\d{4}\b|\bx{3,}(?:-x{3,})+\b|\bx{5,}\b"
    r"|what to do now|\bmasked turns?\b|(?:trajectory|dialogue) so far|\bsub-?trajector"
    r"|^(?:user|assistant|tool|human|ai): |\b(?:system|user|assistant) ?prompt:"
)
_WORDING = re.compile(  # of our prompts, which say in the third person what a turn has to say
    r"^(?:- \w+: |before that, |write )?(?:what |that )?the (?:user|assistant)(?:'s message)? "
    r"(?:must |has not )?(?:say|ask|tell|state|answer|make|chat|accept|come|want|suppl|speak|done)"
    r"(?:s|ies)?\b"
    r"|\bdo(?:es)? not mention tools\b|\bmust hold these values\b|\bthe tone of the dialogue\b"
    r"|\bthe dialogue does not support\b|\bnot in the dialogue yet\b"
    r"|\bwhat the tools returned, and nothing else\b"
    r"|\bas they are and in this order\b"
    r"|\bholds? given values\b|\bit holds: |\bwhat does the (?:user|assistant) say in turn\b"
    r"|\bthe user's words or from earlier outputs\b|\bthe message states\b"
    r"|^you are the \w+ of this dialogue\b"
    r"|\b(?:write|turn)\b.{1,80}\bof this dialogue\b|\bin a sentence or two, without a tool\b"
)
_LIKELY = re.compile(
    r"(?P<made>\bsub-?task \d|\bhere is the (?:revised|rewritten|new) turn\b)"
    r"|\bas an ai language model\b|\bhere is the (?:revised|rewritten|new) message\b"
)
_AS_VALUE = re.compile(
    r"<[a-z][a-z_ ]{1,30}>|x{3,}|xyz|your_[a-z_]{2,30}|string|yyyy-mm-dd(?:t?hh:mm(?::ss)?z?)?"
    r"|dd/mm/yyyy|mm/dd/yyyy|(?:example|placeholder|sample)[_ ]?(?:value|string|text|id)"
    r"|your (?:name|email|city|address|phone(?: number)?|id|api key|token|password)(?: here)?"
    r"|insert .{2,30} here|\.\.\.|\?\?+"
)
_ANGLE = re.compile(r"<([a-z][a-z]*(?:[_ ][a-z]+)*)>")
_CODE = re.compile(r"`[^`]*`")
_COMMON = word_set(
    "city name date time location email address phone number amount id user username origin"
    " destination country company title message query price value first_name last_name user_id"
    " start_date end_date order_id"
)
_SLOT = re.compile(r"\{([A-Za-z_][\w.\[\]]{0,60})\}")


def leftover(facts: Facts) -> Iterator[Finding]:
    """No mask, slot, placeholder or wording of a prompt is left in any text or value."""
    texts = {i for i, turn in enumerate(facts.turns) if turn.content and _has_signs(turn.content)}
    values = set(_with_dubious_values(facts))
    if not texts and not values:
        return
    names = _slot_names(facts.trajectory)
    told = " "
    for index, turn in enumerate(facts.turns):
        if index in texts:
            side: Side = "user" if turn.role == "user" else "assistant"
            for severity, found in _in_text(turn.content[:_LONGEST], turn.role, names, told):
                yield _left(severity, found, index, side)
        if index in values:
            for tool, part, steps, text in _values(turn):
                of: Side = "assistant" if turn.calls else "tool"
                for severity, found in _in_value(text[:_LONGEST], names, told):
                    yield _left(severity, found, index, of, tool, place(part, steps))
        told += flat(turn.content) if turn.role == "user" else ""


@structural
def _with_dubious_values(facts: Facts) -> Iterator[int]:
    """Yield the turns with calls or outputs in whose strings there may be anything."""
    for index, turn in enumerate(facts.turns):
        parts = [*(call.arguments for call in turn.calls), *(o.content for o in turn.outputs)]
        if any(map(_is_dubious, parts)):
            yield index


@cached
def _is_dubious(value: Any) -> bool:
    texts = [text for _, text in leaf_steps(value, _MOST_LEAVES) if isinstance(text, str)]
    starts = {text[:5].lower() for text in texts}
    return _has(_IN_VALUES, texts) or not starts.isdisjoint(_STARTS)


@cached
def _has_signs(text: str) -> bool:
    return _has(_IN_TEXTS, [text])


def _has(signs: tuple[str, ...], texts: list[str]) -> bool:
    everything = "\n".join(["", *[text[:_LONGEST] for text in texts]]).lower()
    return any([sign in everything for sign in signs])  # noqa: C419 (a list is faster here)


def _values(turn: Turn) -> Iterator[tuple[str, str, Steps, str]]:
    """Yield tool, part, steps and text of every string in the calls and outputs of a turn."""
    parts = [(c.name, f"calls[{i}].arguments", c.arguments) for i, c in enumerate(turn.calls)]
    parts += [("", f"outputs[{i}]", output.content) for i, output in enumerate(turn.outputs)]
    for tool, part, value in parts:
        for steps, text in leaf_steps(value, _MOST_LEAVES):
            if isinstance(text, str):
                yield tool, part, steps, text


def _left(
    severity: Severity, found: str, turn: int, side: Side, tool: str = "", path: str = ""
) -> Finding:
    return finding("leftover", severity, f"{shown(found)} is left over", turn, tool, path, side)


def _in_text(
    text: str, role: str, names: frozenset[str], told: str
) -> Iterator[tuple[Severity, str]]:
    lower = text.lower()
    sure, likely = _SURE.search(lower) or _WORDING.search(lower), _LIKELY.search(lower)
    if sure:
        yield "error", sure.group()
    if likely:
        made = likely.lastgroup == "made" and role == "assistant" and "task" not in told
        yield "error" if made else "warning", likely.group()
    yield from _slots(text, names)
    if "</" not in text:
        for angle in _ANGLE.findall(_CODE.sub("", text) if "`" in text else text):
            word = angle.replace(" ", "_")
            ours = word in names or word in _COMMON or word.startswith("your_")
            yield "error" if ours else "warning", f"<{angle}>"


def _in_value(value: str, names: frozenset[str], told: str) -> Iterator[tuple[Severity, str]]:
    """Look into a value; a whole one such as XYZ is fine if the user said it."""
    lower = value.lower()
    sure = _SURE.search(lower)
    if sure:
        yield "error", sure.group()
    elif (
        len(value) < 48
        and _AS_VALUE.fullmatch(lower.strip())
        and ("<" in value or flat(value) not in told)
    ):
        yield "error", value
    yield from _slots(value, names)


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
