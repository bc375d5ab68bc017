"""Texts around values that are given: the model writes the words, the grammar holds the values.

A weak model cannot be trusted to repeat values. The answer's schema is a regular expression that
has each of them in it, in order, and words between them (lexically constrained decoding).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from toolace_mt.calls.ask import Unreadable, read_words
from toolace_mt.texts.slots import SLOT, fill_slots, slots_in, spoken, template_of
from toolace_mt.trajectory import JsonObject

# Prose is words with single blanks between them, and their number is bounded: a weak model that may
# write without end writes until it runs out of tokens. The letters of a word are not counted: the
# engine works out before each token which ones are admitted, and counting letters makes that dear
# (benchmarks/throughput/masks.py).
_MOST_MARKS = 3  # behind a word
_MOST_WORDS = 24  # of a text that holds nothing
_MOST_AROUND = 14  # before, between and after values,
_MORE_WORDS = 4  # or this many more than in the example
# No digits: where values are given, every number in the prose would be an invented one. A word is
# letters, with marks before and after them: of marks alone, or with marks between words, a weak
# model makes rows ("---- ----", "picked-up,pickup-p").
_OPEN = r"[('&+-]?"
_INSIDE = r"[A-Za-z'/&+$-]"
_END = r"[,.;:!?')%-]"
_GOES_ON = r"[,;:')%-]"
# What may stand right before and after a value: no value is glued to a word.
_BEFORE = r"[(']?"
_AFTER = r"('s[,.;:!?]?|[)']?[,.;:!?]?)"
# A value that JSON writes as it is, and that is not too long to repeat. Others stand as slots.
_WRITABLE = re.compile(r"[ !#-\[\]-z|~]{1,120}")


def worded(template: str, values: Mapping[str, Any]) -> str:
    """Return a template as models see it: with values in its slots, where a grammar can hold them.

    Slots stay for values with quotes, backslashes, braces or letters beyond ASCII, and long ones.
    """
    said = {slot: values[slot] for slot in slots_in(template) if slot in values}
    return fill_slots(template, {slot: value for slot, value in said.items() if _writable(value)})


def held(slots: Sequence[str], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a text must hold for these slots: values, or slots that cannot be written."""
    return tuple(
        spoken(values[slot]) if slot in values and _writable(values[slot]) else "{" + slot + "}"
        for slot in slots
    )


def _writable(value: Any) -> bool:
    said = spoken(value)
    return said == said.strip() and _WRITABLE.fullmatch(said) is not None


def text_schema(
    holds: Sequence[str] | None,
    *,
    like: str = "",
    question: bool = False,
    about: str = "",
    longest: int = 600,
) -> JsonObject:
    """Return the schema of one text: around what it must hold, in this order, or free (None)."""
    if holds is None:
        return {"type": "string", "minLength": 8, "maxLength": longest}
    pattern = prose_pattern(holds, like=like, question=question, about=about)
    return {"type": "string", "pattern": pattern}


def prose_pattern(
    holds: Sequence[str], *, like: str = "", question: bool = False, about: str = ""
) -> str:
    """Return a regular expression for a sentence or two that hold all of `holds`, in this order.

    Neither braces nor digits can occur outside of it. `like` is a text that holds the same; the
    answer may have a few words more where that has some. A text that holds nothing is one question
    with `question`, and must have the words `about`.
    """
    marks, end = (_GOES_ON, r"\?") if question else (_END, "")
    rest = f"{_INSIDE}*{marks}{{0,{_MOST_MARKS}}}"
    first, word = f"[A-Z]{rest}", f" {_OPEN}[A-Za-z]{rest}"
    if holds:
        before, *behind = (f"({word}){{0,{most}}}" for most in _most_words(holds, like))
        pairs = zip(map(re.escape, holds), behind, strict=True)
        inner = f" {_BEFORE}".join(f"{value}{_AFTER}{words}" for value, words in pairs)
        return f"({first}{before} )?{_BEFORE}{inner}"
    if about:
        words = f"({word}){{0,{_MOST_AROUND}}}"
        return f"{first}{words} {re.escape(about)}{words}{end}"
    return f"{first}({word}){{3,{_MOST_WORDS}}}{end}"


def _most_words(holds: Sequence[str], like: str) -> list[int]:
    """Return how many words may stand before, between and after what a text holds."""
    counts: list[int] = []
    rest = like
    for value in holds:
        before, found, rest = rest.partition(value)
        if not found:
            return [_MOST_AROUND] * (len(holds) + 1)
        counts.append(len(before.split()))
    return [count + _MORE_WORDS for count in (*counts, len(rest.split()))]


def read_text(
    answer: JsonObject, name: str, slots: Sequence[str] | None, values: Mapping[str, Any]
) -> str:
    """Return the text `name` of an answer, ended like a sentence (None: a free text, as it is).

    Raises Unreadable if there is none, or it does not hold the values of `slots`.
    """
    text = read_words(answer, name)
    if slots is None:
        return text
    wanted = {slot: values[slot] for slot in slots if slot in values}
    parts = SLOT.split(text)  # texts and, between them, the names of slots
    parts[::2] = (template_of(part, wanted) for part in parts[::2])
    parts[1::2] = ("{" + name + "}" for name in parts[1::2])
    template = "".join(parts)

    def meant(slot: str) -> str:
        return spoken(values[slot]) if slot in values else slot

    holds = slots_in(template)
    if set(holds) != set(slots) and set(map(meant, holds)) != set(map(meant, slots)):
        raise Unreadable(f"{name}: holds {holds}, expected {tuple(slots)}")
    return fill_slots(tidy(template), values)


def tidy(template: str) -> str:
    """Return a template that ends like a sentence: a cut-off end is dropped or closed."""
    text = " ".join(template.split())
    if text.endswith((".", "!", "?")):
        return text
    last_stop = max(text.rfind(mark) for mark in ".!?")
    if last_stop > text.rfind("}"):
        return text[: last_stop + 1]
    whole = text.rstrip(" ,;:'(-")
    return whole + ("'." if text.startswith("}'", len(whole) - 1) else ".")
