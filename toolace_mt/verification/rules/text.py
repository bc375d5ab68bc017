"""Rules on texts: nobody repeats himself, breaks off, or goes on and on."""

import re
from collections import Counter
from collections.abc import Iterator
from operator import eq

from toolace_mt.caching import cached
from toolace_mt.trajectory import Finding, Severity, Side
from toolace_mt.verification.facts import Facts, finding, lower_words, shown
from toolace_mt.verification.provenance.words import word_set

_LONG_TURN = 6_000
_HANGING = (",", ";", "(", "[", "{")
_OPEN = word_set(
    "a the an and or of to with for your my is are was will from by that because which our their"
    " if but than into between during whether"
)
_OPEN_IN_REPLIES = word_set("at in on as about its this these we you")
_SENTENCE = re.compile(r"[a-z\d)\"'][.!?] +[A-Z]")
_LISTED = re.compile(r"\s*(?:[-*#|•>+]|\d{1,3}[.)]|\S[^.!?]{0,30}:\s)")
_SHORT = 40  # characters of a text that may well have no full stop
_BRIEF = 40  # words of a text in which nobody says `_SAME` of them twice, lists of values apart
_SAME = 6
# Characters of a text, or of its beginning, that nobody says only because the other has just said
# them: of 3,652 public messages of assistants none begins with more than 19 of the user's.
_ECHO = 40


def repetition(facts: Facts) -> Iterator[Finding]:
    """Nobody says a longer text twice, or what the other has just said, or circles.

    Of the assistant that holds for how a text begins, too, all through the answer to a request.
    """
    said: dict[tuple[str, str], int] = {}
    heard, there = "", 0
    asked, where = "", 0
    for index, turn in enumerate(facts.turns):
        text, phrase = _said(turn.content)
        if not text:
            continue
        side: Side = "user" if turn.role == "user" else "assistant"
        if len(text) >= 24:
            first = said.setdefault((turn.role, text), index)
            if first == index and text == heard and len(text) >= _ECHO:
                first = there
            if first != index:
                repeated = f"says word for word what turn {first} says"
                yield finding("repetition", "error", repeated, index, side=side)
        if side == "user":
            asked, where = text, index
        elif len(asked) >= _ECHO and text.startswith(asked[:_ECHO]) and text != heard:
            echo = f"begins as turn {where} does: {shown(asked[:_ECHO])}"
            yield finding("repetition", "error", echo, index, side=side)
        heard, there = text, index
        if "|" not in phrase and any(map(str.isalpha, phrase)):  # a table, a row of brackets
            circling = f"repeats {shown(phrase)} over and over"
            yield finding("repetition", "error", circling, index, side=side)


@cached
def _said(content: str) -> tuple[str, str]:
    """Return a text in lower case with single blanks, and what it repeats over and over."""
    words = lower_words(content)
    return " ".join(words), _circle(words[:2000])


def _circle(words: list[str]) -> str:
    """Return words that come again and again, at once or throughout a text; "" if none do."""
    repeated = len(words) - len(set(words))
    if repeated < 3:
        return ""
    if stammered := _stammer(words, repeated):
        return stammered
    if repeated >= _SAME and len(words) <= _BRIEF and (twice := _twice(words)):
        return twice
    if len(words) < 16 or 2 * len(set(words)) > len(words):
        return ""
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    run, count = runs.most_common(1)[0]
    return " ".join(run) if count >= 4 and count * 4 > 0.4 * len(words) else ""


def _twice(words: list[str]) -> str:
    """Return words in a row that come twice with no number in or between them.

    Of 7,051 public texts 6 say six words twice in up to 50, all of them around other values; of the
    embedded model's garbled texts most do.
    """
    seen: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(zip(*(words[shift:] for shift in range(_SAME)), strict=False)):
        first = seen.setdefault(run, at)
        if first < at and not any(map(str.isdigit, "".join(words[first : at + _SAME]))):
            return " ".join(run)
    return ""


def _stammer(words: list[str], repeated: int) -> str:
    """Return up to six words that come three times in a row (a single word four times)."""
    for size in range(1, 7):
        wanted = size * (2 if size > 1 else 3)  # words that must equal the one `size` before
        if repeated < wanted or sum(map(eq, words, words[size:])) < wanted:
            continue
        run = 0
        for at, (word, later) in enumerate(zip(words, words[size:], strict=False)):
            run = run + 1 if word == later else 0
            if run == wanted:
                return " ".join(words[at - size + 1 : at + 1])
    return ""


def long_turn(facts: Facts) -> Iterator[Finding]:
    """No message is longer than people read."""
    for index, turn in enumerate(facts.turns):
        if len(turn.content) > _LONG_TURN:
            side: Side = "user" if turn.role == "user" else "assistant"
            text = f"{len(turn.content)} characters, expected at most {_LONG_TURN}"
            yield finding("long_turn", "warning", text, index, side=side)


def truncated(facts: Facts) -> Iterator[Finding]:
    """No reply or message breaks off in the middle of a sentence.

    Besides a comma or an article at its end: no full stop where all other texts of the same
    speaker, and the sentences before it, end with one. (Of users a warning only: many do without.)
    """
    texts = [(i, turn.role, turn.content.rstrip()) for i, turn in enumerate(facts.turns)]
    texts = [told for told in texts if len(told[2]) >= 12 and told[1] != "tool"]
    loose = Counter(role for _, role, text in texts if text[-1].isalnum())
    spoken = Counter(role for _, role, _ in texts)
    for index, role, text in texts:
        side: Side = "user" if role == "user" else "assistant"
        severity: Severity = "error"
        if _breaks_off(text, role):
            reason = f"breaks off at {shown(text[-24:])}"
        elif text.count("```") % 2:
            reason = "a code block is not closed"
        elif loose[role] == 1 and text[-1].isalnum() and _unfinished(text, spoken[role]):
            reason = f"ends without a full stop at {shown(text[-24:])}"
            severity = "warning" if role == "user" else "error"
        else:
            continue
        yield finding("truncated", severity, reason, index, side=side)


def _breaks_off(text: str, role: str) -> bool:
    """Tell whether a text ends where no sentence can."""
    if text[-1] in _HANGING:
        return True
    last = text[-24:].rpartition(" ")[2]
    return last in _OPEN or (role == "assistant" and last in _OPEN_IN_REPLIES)


def _unfinished(text: str, spoken: int) -> bool:
    """Tell whether the only text of a speaker that ends without a mark is likely to be cut off."""
    line = text[text.rfind("\n") + 1 :]
    last = line.rpartition(" ")[2]
    if len(line) < _SHORT or _LISTED.match(line) or not last.isalnum():
        return False  # an item of a list, an address
    opened = line.count("(") > line.count(")") or line.count('"') % 2
    return bool(opened) or spoken > 2 or _SENTENCE.search(line) is not None
