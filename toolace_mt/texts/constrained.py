"""Lexically constrained decoding: the model writes the words, the grammar holds the values.

A weak model cannot be trusted to repeat values. The answer's schema is a regular expression with
the given values in their order and bounded prose between them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from toolace_mt.calls.ask import Unreadable, read_words
from toolace_mt.texts.languages import Language, language
from toolace_mt.texts.slots import SLOT, fill_slots, slots_in, spoken, template_of
from toolace_mt.trajectory import JsonObject

# Prose is words with single blanks between them. Their number is bounded, since an unbounded weak
# model writes until it runs out of tokens. Letters are not counted: the engine computes a mask of
# admitted tokens at every step, and counting letters makes masks slow to compute
# (benchmarks/throughput/masks.py).
_MOST_MARKS = 3  # punctuation marks after a word
_MOST_WORDS = 24  # in a text without values
_MOST_AROUND = 14  # words before, between and after values,
_MORE_WORDS = 4  # or this many more than the example has
_MOST_LETTERS = 40  # in place of words, in languages without blanks
_STOPS = ".!?。！？"
_UNSPACED = re.compile("[一-龥]")
# No digits: next to given values, any other number in the prose would be invented. A word is
# letters with marks before and after them. If words could be marks alone, or joined by marks, a
# weak model would repeat them without end ("---- ----", "picked-up,pickup-p").
_OPEN = r"[('&+-]?"
_INSIDE = r"[A-Za-z'/&+$-]"
_END = r"[,.;:!?')%-]"
_GOES_ON = r"[,;:')%-]"
_LOWER = ("the ", "my ")
# Marks that may touch a value on either side. No word may touch it.
_BEFORE = r"[(']?"
_AFTER = r"('s[,.;:!?]?|[)']?[,.;:!?]?)"
# A value that needs no JSON escapes and is short enough to repeat. Others stay slots.
_WRITABLE = re.compile(r"[ !#-\[\]-z|~]{1,120}")


def worded(template: str, values: Mapping[str, Any]) -> str:
    """Fill in the slots of a template whose values a grammar can hold, as the model is to see it.

    Slots remain for long values and for those with quotes, backslashes, braces or non-ASCII
    letters.
    """
    said = {slot: values[slot] for slot in slots_in(template) if slot in values}
    return fill_slots(template, {slot: value for slot, value in said.items() if is_writable(value)})


def held(slots: Sequence[str], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a text must contain for each slot: its value, or the slot where it stays one."""
    return tuple(
        spoken(values[slot]) if slot in values and is_writable(values[slot]) else "{" + slot + "}"
        for slot in slots
    )


def is_writable(value: Any) -> bool:
    """Return whether a grammar can hold a value as it is said; others stay slots."""
    said = spoken(value)
    return said == said.strip() and _WRITABLE.fullmatch(said) is not None


def text_schema(
    holds: Sequence[str] | None,
    *,
    like: str = "",
    question: bool = False,
    about: str = "",
    longest: int = 600,
    language: str = "",
) -> JsonObject:
    """Return the schema of one text: free (None), or with all of `holds` in this order."""
    if holds is None:
        return {"type": "string", "minLength": 8, "maxLength": longest}
    pattern = prose_pattern(holds, like=like, question=question, about=about, code=language)
    return {"type": "string", "pattern": pattern}


def prose_pattern(
    holds: Sequence[str],
    *,
    like: str = "",
    question: bool = False,
    about: str = "",
    code: str = "",
) -> str:
    """Return a regular expression for a sentence or two that contain all of `holds`, in this order.

    The prose between them has neither braces nor digits. `like` is an example text with the same
    values; where it has many words, the answer may have a few more. `question` and `about` are for
    texts without values: one question, with the English words `about`. The letters are those of
    the language with that `code`.
    """
    marks, end = (_GOES_ON, r"\?") if question else (_END, "")
    spoken_in = language(code)
    if not spoken_in.spaced:
        return _unspaced(holds, spoken_in, question)
    inside = f"{_INSIDE[:-1]}{spoken_in.letters}{spoken_in.capitals}]"
    rest = f"{inside}*{marks}{{0,{_MOST_MARKS}}}"
    capitals, letters = f"A-Z{spoken_in.capitals}", f"A-Za-z{spoken_in.capitals}{spoken_in.letters}"
    first, word = f"[{capitals}]{rest}", f" {_OPEN}[{letters}]{rest}"
    if holds:
        before, *behind = (f"({word}){{0,{most}}}" for most in _most_words(holds, like))
        pairs = zip(map(re.escape, holds), behind, strict=True)
        inner = f" {_BEFORE}".join(f"{value}{_AFTER}{words}" for value, words in pairs)
        # A text does not begin with "the", unless it is but an answer.
        optional = "" if like and holds[0].startswith(_LOWER) else "?"
        return f"({first}{before} ){optional}{_BEFORE}{inner}"
    if about and not code:
        words = f"({word}){{0,{_MOST_AROUND}}}"
        return f"{first}{words} {re.escape(about)}{words}{end}"
    return f"{first}({word}){{3,{_MOST_WORDS}}}{end}"


def _unspaced(holds: Sequence[str], spoken_in: Language, question: bool) -> str:
    """Return the pattern for a language that has no blanks between words; letters are counted."""
    marks = "".join(mark for mark in spoken_in.marks if not question or mark not in spoken_in.stops)
    word = f"[{spoken_in.letters}][{marks}]?"
    if not holds:
        return f"({word}){{6,{_MOST_LETTERS}}}" + ("[？?]" if question else "")
    words = f"({word}){{0,{_MOST_LETTERS}}}"
    return words + words.join(f" ?{re.escape(value)} ?[{marks}]?" for value in holds) + words


def _most_words(holds: Sequence[str], like: str) -> list[int]:
    """Return the most words before, between and after values: a few more than `like` has."""
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
    """Return the text `name` of an answer; raises Unreadable.

    With `slots`, the text must contain their values and is ended like a sentence. Without (None),
    it is returned as it is.
    """
    text = read_words(answer, name)
    if slots is None:
        return text
    wanted = {slot: values[slot] for slot in slots if slot in values}
    parts = SLOT.split(text)  # prose at even places, names of slots at odd ones
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
    """Return a template that ends like a sentence: an unfinished end is dropped or closed."""
    text = " ".join(template.split())
    if text.endswith(tuple(_STOPS)):
        return text
    last_stop = max(text.rfind(mark) for mark in _STOPS)
    if last_stop > text.rfind("}"):
        return text[: last_stop + 1]
    whole = text.rstrip(" ,;:'(-，；：、")
    if _UNSPACED.search(whole):
        return f"{whole}。"
    return whole + ("'." if text.startswith("}'", len(whole) - 1) else ".")
