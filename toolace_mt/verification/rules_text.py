"""Rules on texts: nobody repeats himself, breaks off, or goes on and on."""

from collections import Counter
from collections.abc import Iterator
from operator import eq

from toolace_mt.trajectory import Finding, Side
from toolace_mt.verification.facts import Facts, finding, shown
from toolace_mt.verification.provenance_words import word_set

_LONG_TURN = 6_000
_HANGING = (",", ";", "(", "[", "{")
_OPEN = word_set(
    "the an and or of to with for your my is are was will from by that because which our their"
)


def repetition(facts: Facts) -> Iterator[Finding]:
    """Nobody says the same longer text twice, and no text runs in circles."""
    said: dict[tuple[str, str], int] = {}
    for index, turn in enumerate(facts.turns):
        words = facts.words[index]
        text = " ".join(words)
        side: Side = "user" if turn.role == "user" else "assistant"
        if len(text) >= 24:
            first = said.setdefault((turn.role, text), index)
            if first != index:
                repeated = f"says word for word what turn {first} says"
                yield finding("repetition", "error", repeated, index, side=side)
        phrase = _circle(words[:2000])
        if phrase:
            circling = f"repeats {shown(phrase)} over and over"
            yield finding("repetition", "error", circling, index, side=side)


def _circle(words: list[str]) -> str:
    """Return words that come again and again, at once or throughout a text; "" if none do."""
    if stammered := _stammer(words):
        return stammered
    if len(words) < 16 or 2 * len(set(words)) > len(words):
        return ""
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    run, count = runs.most_common(1)[0]
    return " ".join(run) if count >= 4 and count * 4 > 0.4 * len(words) else ""


def _stammer(words: list[str]) -> str:
    """Return up to six words that come three times in a row (a single word four times)."""
    repeated = len(words) - len(set(words))
    if repeated < 3:
        return ""
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
    """No reply or message breaks off in the middle of a sentence."""
    for index, turn in enumerate(facts.turns):
        text = turn.content[-200:].rstrip()
        if len(turn.content) < 12 or turn.role == "tool":
            continue
        side: Side = "user" if turn.role == "user" else "assistant"
        if text[-1:] in _HANGING or text.rpartition(" ")[2] in _OPEN:
            end = f"breaks off at {shown(text[-24:])}"
            yield finding("truncated", "error", end, index, side=side)
        elif turn.content.count("```") % 2:
            yield finding("truncated", "error", "a code block is not closed", index, side=side)
