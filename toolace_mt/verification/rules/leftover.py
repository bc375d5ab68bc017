"""The rule on leftovers: nothing of how a dialogue was made may be left in it."""

import re
from collections.abc import Iterator
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import Steps, leaf_steps, leaf_values, place
from toolace_mt.trajectory import Finding, Severity, Side, Trajectory, Turn
from toolace_mt.verification.facts import Facts, finding, fingerprint, shown, structural
from toolace_mt.verification.provenance.parsing.words import flat, word_set

_LONGEST = 100_000  # characters of one text that are searched
_NEAR = 40  # turns before one in which somebody may have used the same signs
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
_LETTER = (  # what somebody has yet to fill in, unless it is the text of a link
    r"\[(?:your|insert|enter|add|user'?s?|customer'?s?|recipient'?s?|company|city|date|name)"
    r"(?:[ _-][^\]\n]{0,40})?\](?![(\[:])"
)
_SURE = re.compile(
    r"\[\s*mask\b[^\]]{0,20}\]|\[\s*placeholder[^\]]{0,20}\]|<mask>|<extra_id_\d+>|<\|[a-z_]+\|>"
    r"|</?(?:tool_call|tool_response|function_call|think)>|\[/?inst\]|lorem ipsum|"
    + _LETTER
    + r"|\byour[_-](?:api|access|secret|auth)[_-]?(?:key|token)\b"
    r"|\b(?:19|20)\d\d-xx(?:-xx)?\b|\bxx?-xx?-\d{4}\b|\bx{3,}(?:-x{3,})+\b(?![ -]?[\dx])"
    r"|\bx{5,}\b(?![ -]?[\dx])"
    r"|^#* ?what to do now(?= *:)|\bmasked turns?\b|(?:trajectory|dialogue) so far|\bsub-?trajector"
    r"|^(?:user|assistant|tool|human|ai): |\b(?:system|user|assistant) ?prompt:"
)
_WORDING = re.compile(  # of our prompts, which say in the third person what a turn has to say
    r"^(?:- \w+: |before that, |write )?(?:what |that )?the (?:user|assistant)(?:'s message)? "
    r"(?:must |has not )?(?:say|ask|tell|state|answer|make|chat|accept|come|want|suppl|speak|done|"
    r"repeat|change)(?:s|ies)?\b"
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
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_CODE_LIKE = re.compile(
    r"</\w+>|\);|\bdef \w+\(|\bfunction\b.*\{|=>|\breturn\b|\bimport \w+|\bselect\b.+\bfrom\b"
    r"|\$\{|#!/"
    r"|\bprint\(|\bf[\"']|\{%|\{\{|^\s*[{\[]\s*\"|\w\(.*\)\s*(?:\{|$)|\\begin\{",
    re.IGNORECASE | re.MULTILINE,
)
_OURS = re.compile(
    r"<mask>|\[\s*mask\b[^\]]{0,20}\]|<extra_id_\d+>|\{outputs[.\[]|\bmasked turns?\b"
)
_TEMPLATE = re.compile(
    r"\b(?:templates?|placeholders?|plantilla|vorlage|modèle)\b|模板", re.IGNORECASE
)
_NAMED = re.compile(r"^your[_-]|lorem")  # which users may well speak of
_DRAFT = re.compile(
    r"\b(?:templates?|drafts?|letters?|e-?mails?|captions?|subject|body|signature|placeholders?"
    r"|format"
    r"|write|compose|contract|invitations?|snippets?|respond to|response to|reply to|reminder text"
    r"|message (?:is|should|saying|that|to)|carta|correo|plantilla|vorlage|lettre|modèle)\b"
    r"|模板|邮件|信件|消息|写",
    re.IGNORECASE,
)
_COMMON = word_set(
    "city name date time location email address phone number amount id user username origin"
    " destination country company title message query price value first_name last_name user_id"
    " start_date end_date order_id"
)
_SLOT = re.compile(r"\{([A-Za-z_][\w.\[\]]{0,60})\}")


def leftover(facts: Facts) -> Iterator[Finding]:
    """No mask, slot, placeholder or wording of a prompt is left in any text or value.

    Nothing, if the user or an output has used it before, or it stands in code. A warning only: what
    an output holds (but for masks), and what is yet to be filled in where a draft is spoken of.
    """
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
                if not _was_used(facts, index, found):
                    named = turn.role == "user" and _NAMED.search(found.lower()) is not None
                    softer = named or _is_draft(facts, index, found)
                    yield _left("warning" if softer else severity, found, index, side)
        if index in values:
            for tool, part, steps, text in _values(turn):
                of: Side = "assistant" if turn.calls else "tool"
                for severity, found in _in_value(text[:_LONGEST], names, told):
                    if turn.outputs and not _OURS.search(found.lower()):
                        severity = "warning"
                    elif turn.calls and (
                        _was_used(facts, index, found) or _is_choice(facts, tool, found)
                    ):
                        continue
                    yield _left(severity, found, index, of, tool, place(part, steps))
        told += flat(turn.content) if turn.role == "user" else ""


def _was_used(facts: Facts, index: int, found: str) -> bool:
    """Tell whether the user, an output or the system prompt has used these very signs before."""
    sign = found.lower()
    if _OURS.search(sign) or _WORDING.search(sign):
        return False
    before = facts.turns[max(0, index - _NEAR) : index]
    if any(sign in turn.content.lower() for turn in before if turn.role == "user"):
        return True
    outputs = (fingerprint(output.content) for turn in before for output in turn.outputs)
    return sign in facts.trajectory.system.lower() or any(sign in text.lower() for text in outputs)


def _is_choice(facts: Facts, tool_name: str, found: str) -> bool:
    """Tell whether a tool's definition names a value, or the tool takes texts to be filled in."""
    tool = facts.trajectory.tool(tool_name)
    if tool is None:
        return False
    blank = _is_blank(found) and "template" in f"{tool.name} {tool.description}".lower()
    return blank or f'"{found.lower()}"' in fingerprint(tool.parameters).lower()


def _is_blank(found: str) -> bool:
    """Tell whether something is a blank that a person fills in: [Your Name], <date>, {title}."""
    return re.fullmatch(_LETTER + r"|<[^>]+>|\{[^}]+\}", found.lower()) is not None


def _is_draft(facts: Facts, index: int, found: str) -> bool:
    """Tell whether something is a blank in a text that the user speaks of writing."""
    if not _is_blank(found):
        return False
    heard = [turn.content for turn in facts.turns[: index + 1] if turn.role == "user"]
    context = _DRAFT if found.startswith("[") else _TEMPLATE
    return any(context.search(text[:_LONGEST]) for text in heard[-3:])


@structural
def _with_dubious_values(facts: Facts) -> Iterator[int]:
    """Yield the turns with calls or outputs in whose strings there may be anything."""
    for index, turn in enumerate(facts.turns):
        parts = [*(call.arguments for call in turn.calls), *(o.content for o in turn.outputs)]
        if any(map(_is_dubious, parts)):
            yield index


@cached
def _is_dubious(value: Any) -> bool:
    texts = [text for text in leaf_values(value, _MOST_LEAVES) if isinstance(text, str)]
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
    spoken = _without_code(text)
    lower = spoken.lower()
    sure, likely = _SURE.search(lower) or _WORDING.search(lower), _LIKELY.search(lower)
    if sure:
        yield "error", sure.group()
    elif mask := _OURS.search(text.lower()):
        yield "error", mask.group()
    if likely:
        made = likely.lastgroup == "made" and role == "assistant" and "task" not in told
        yield "error" if made else "warning", likely.group()
    yield from _slots(spoken, names)
    if "</" not in spoken:
        for angle in _ANGLE.findall(spoken):
            word = angle.replace(" ", "_")
            ours = word in names or word in _COMMON or word.startswith("your_")
            yield "error" if ours else "warning", f"<{angle}>"


def _without_code(text: str) -> str:
    return _CODE.sub(" ", text) if "`" in text else text


def _in_value(value: str, names: frozenset[str], told: str) -> Iterator[tuple[Severity, str]]:
    """Look into a value; a whole one such as XYZ is fine if the user said it, and so is code."""
    lower = value.lower()
    if _CODE_LIKE.search(value):
        if mask := _OURS.search(lower):
            yield "error", mask.group()
        return
    sure = _SURE.search(lower)
    if sure:
        yield "warning" if sure.group() == "lorem ipsum" else "error", sure.group()
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
        template = text[: match.start()].endswith("$")
        ours = root == "outputs" or (root in names and not template)
        yield "error" if ours else "warning", match.group()


def _slot_names(trajectory: Trajectory) -> frozenset[str]:
    """Names that our slots could have: parameters of the dialogue's tools."""
    found: set[str] = set()
    for tool in trajectory.tools:
        properties = tool.parameters.get("properties")
        found.update(properties if isinstance(properties, dict) else ())
    return frozenset(found)
