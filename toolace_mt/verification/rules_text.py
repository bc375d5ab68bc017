"""Rules on texts: leftovers of the making, repetition, truncation, length, mixed languages."""

import re
from collections import Counter
from collections.abc import Iterator

from toolace_mt.tools.paths import leaves
from toolace_mt.trajectory import Finding, Severity, Side, Trajectory
from toolace_mt.verification.facts import Facts, finding, shown
from toolace_mt.verification.provenance_words import word_set

_LONGEST = 100_000  # characters of one text that are searched
_LONG_TURN = 6_000
_LONG_OUTPUT = 60_000
_MOST_LEAVES = 2_000

_MASK = r"\[\s*MASK\b[^\]]{0,20}\]|<mask>|<extra_id_\d+>|\[\s*PLACEHOLDER[^\]]{0,20}\]"
_FILL_IN = (
    r"\[(?:your|insert|enter|add|user'?s?|customer'?s?|recipient'?s?|company|city|date|name)"
    r"(?:[ _-][^\]\n]{0,40})?\]"
)
_PROMPT = (
    r"\b(?:sub-?task \d|sub-?trajector|what to do now|the masked turns?|trajectory so far"
    r"|json schema|as an ai language model|here is the (?:revised|rewritten|new) (?:turn|message)"
    r"|(?:system|user|assistant) ?prompt:|lorem ipsum)|^(?:user|assistant|tool|human|ai): "
    r"|<\|[a-z_]+\|>|</?(?:tool_call|think|tool_response|function_call)>|\[/?INST\]"
)
_BLANK = (
    r"\byour[_-](?:api|access|secret|auth)[_-]?(?:key|token)\b|\b(?:19|20)\d\d-XX(?:-XX)?\b"
    r"|\bXX?-XX?-\d{4}\b|\bX{3,}(?:-X{3,})+\b|\blorem ipsum\b"
)
_ANYWHERE = re.compile(f"{_MASK}|{_FILL_IN}|{_BLANK}", re.IGNORECASE)
_IN_SPEECH = re.compile(_PROMPT, re.IGNORECASE)
_AS_VALUE = re.compile(
    r"<[a-z][a-z_ ]{1,30}>|x{3,}|xyz|your[_ ][a-z_ ]{2,30}|(?:example|placeholder|sample)[_ ]?"
    r"(?:value|string|text|id)|string|yyyy-mm-dd(?:t?hh:mm(?::ss)?z?)?|dd/mm/yyyy|mm/dd/yyyy"
    r"|todo|tbd|insert .{2,30} here|\.\.\.|\?\?+",
    re.IGNORECASE,
)
_ANGLE = re.compile(r"<([a-z][a-z]*(?:[_ ][a-z]+)*)>")
_HTML = word_set(
    "a b i p u s br hr em li ul ol td tr th h div img pre sub sup svg body code form head html"
    " link main meta span nav table title style script strong button input label section string"
    " int float bool object array number any t k v key value type"
)
_SLOT = re.compile(r"\{([A-Za-z_][\w.\[\]]{0,60})\}")
_CUT = re.compile(
    r"(?:[,;(\[{]|\b(?:the|an|and|or|of|to|with|for|your|my|is|are|was|will|from|by|that|because"
    r"|which|our|their))\s*$"
)


def leftover(facts: Facts) -> Iterator[Finding]:
    """No mask, slot, placeholder or wording of a prompt is left in any text or value."""
    names = _slot_names(facts.trajectory)
    for index, turn in enumerate(facts.turns):
        side: Side = "user" if turn.role == "user" else "assistant"
        text = turn.content[:_LONGEST]
        for severity, found in _in_text(text, names):
            yield _left(severity, found, index, side)
        for position, call in enumerate(turn.calls):
            place = f"calls[{position}].arguments"
            for path, value in _strings(call.arguments):
                for severity, found in _in_value(value, names):
                    yield _left(severity, found, index, "assistant", call.name, f"{place}.{path}")
        for position, output in enumerate(turn.outputs):
            for path, value in _strings(output.content):
                for severity, found in _in_value(value, names):
                    yield _left(severity, found, index, "tool", "", f"outputs[{position}]: {path}")


def _left(
    severity: Severity, found: str, turn: int, side: Side, tool: str = "", path: str = ""
) -> Finding:
    return finding("leftover", severity, f"{shown(found)} is left over", turn, tool, path, side)


def _in_text(text: str, names: frozenset[str]) -> Iterator[tuple[Severity, str]]:
    for pattern in (_ANYWHERE, _IN_SPEECH):
        match = pattern.search(text)
        if match:
            yield "error", match.group()
    yield from _slots(text, names)
    if "<" in text and "</" not in text and "`" not in text:
        for match in _ANGLE.finditer(text):
            if match[1] not in _HTML:
                yield "error", match.group()


def _in_value(value: str, names: frozenset[str]) -> Iterator[tuple[Severity, str]]:
    match = _ANYWHERE.search(value)
    if match:
        yield "error", match.group()
    if len(value) < 48 and _AS_VALUE.fullmatch(value.strip()):
        yield "error", value
    yield from _slots(value, names)


def _slots(text: str, names: frozenset[str]) -> Iterator[tuple[Severity, str]]:
    if "{" not in text:
        return
    for match in _SLOT.finditer(text):
        root = re.split(r"[.\[]", match[1], maxsplit=1)[0]
        ours = root in names or root == "outputs"
        yield "error" if ours else "warning", match.group()


def _slot_names(trajectory: Trajectory) -> frozenset[str]:
    """Names that our slots could have: parameters of the dialogue's tools."""
    return frozenset(
        name for tool in trajectory.tools for name in (tool.parameters.get("properties") or ())
    )


def _strings(value: object) -> Iterator[tuple[str, str]]:
    for count, (path, leaf) in enumerate(leaves(value)):
        if count >= _MOST_LEAVES:
            return
        if isinstance(leaf, str):
            yield path, leaf[:_LONGEST]


def repetition(facts: Facts) -> Iterator[Finding]:
    """Nobody says the same longer text twice, and no text runs in circles."""
    said: dict[tuple[str, str], int] = {}
    for index, turn in enumerate(facts.turns):
        text = " ".join(turn.content[:_LONGEST].lower().split())
        side: Side = "user" if turn.role == "user" else "assistant"
        if len(text) >= 24:
            first = said.setdefault((turn.role, text), index)
            if first != index:
                repeated = f"says word for word what turn {first} says"
                yield finding("repetition", "error", repeated, index, side=side)
        phrase = _circle(text)
        if phrase:
            circling = f"repeats {shown(phrase)} over and over"
            yield finding("repetition", "error", circling, index, side=side)


def _circle(text: str) -> str:
    """Return a run of words that fills a text by repetition; "" if there is none."""
    words = text.split()
    if len(words) < 16:
        return ""
    words = words[:2000]
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    run, count = runs.most_common(1)[0]
    return " ".join(run) if count >= 4 and count * 4 > 0.4 * len(words) else ""


def long_turn(facts: Facts) -> Iterator[Finding]:
    """No message is longer than people read."""
    for index, turn in enumerate(facts.turns):
        if len(turn.content) > _LONG_TURN:
            side: Side = "user" if turn.role == "user" else "assistant"
            text = f"{len(turn.content)} characters, expected at most {_LONG_TURN}"
            yield finding("long_turn", "warning", text, index, side=side)


def truncated(facts: Facts) -> Iterator[Finding]:
    """No reply or message breaks off in the middle of a sentence."""
    for index, turn in enumerate(facts.turns):
        text = turn.content[-200:].rstrip()
        if len(turn.content) < 12 or turn.role == "tool":
            continue
        side: Side = "user" if turn.role == "user" else "assistant"
        if _CUT.search(text):
            end = f"breaks off at {shown(text[-24:])}"
            yield finding("truncated", "error", end, index, side=side)
        elif turn.content.count("```") % 2:
            yield finding("truncated", "error", "a code block is not closed", index, side=side)


_SCRIPTS = (
    ("Cyrillic", re.compile("[\u0400-\u04ff]")),
    ("Greek", re.compile("[\u0370-\u03ff]")),
    ("Arabic", re.compile("[\u0600-\u06ff]")),
    ("Hebrew", re.compile("[\u0590-\u05ff]")),
    ("Devanagari", re.compile("[\u0900-\u097f]")),
    ("Thai", re.compile("[\u0e00-\u0e7f]")),
    ("Han", re.compile("[\u4e00-\u9fff]")),
    ("Kana", re.compile("[\u3040-\u30ff]")),
    ("Hangul", re.compile("[\uac00-\ud7af]")),
)
_LATIN = re.compile("[A-Za-z]")


def language_mix(facts: Facts) -> Iterator[Finding]:
    """The assistant answers in a script that the user, the system prompt or an output uses."""
    told = facts.trajectory.system
    for index, turn in enumerate(facts.turns):
        if turn.role == "assistant" and not turn.content.isascii():
            text = turn.content[:_LONGEST]
            letters = len(_LATIN.findall(text)) + 1
            for name, script in _SCRIPTS:
                count = len(script.findall(text))
                if count >= 4 and count > 0.2 * letters and not script.search(told):
                    mixed = f"{name} letters, which nobody has used before"
                    yield finding("language_mix", "error", mixed, index)
        told += turn.content[:_LONGEST]
        told += "".join(v for o in turn.outputs for _, v in _strings(o.content) if not v.isascii())
