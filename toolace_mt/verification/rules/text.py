"""Rules on texts: nobody repeats himself, breaks off, or goes on and on."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from operator import eq

from toolace_mt.caching import cached
from toolace_mt.schemas.paths import leaf_values
from toolace_mt.trajectory import Finding, Severity, Side
from toolace_mt.verification.facts import Facts, finding, fingerprint, lower_words, shown
from toolace_mt.verification.provenance.parsing.words import word_set

_LONG_TURN = 6_000
_HANGING = (",", "(", "[", "{")
_OPEN = word_set("a the an and or of your my because which our their if than into during whether")
_OPEN_AT_TIMES = word_set("is are was will but between its as we")
_CODE_LINE = re.compile(r"[;={}<>\\]|\)\s*[,{(\[]$|^\s*[\"'\[{]")
_SMILEY = re.compile(r"[:;=]-?[()]|\b[a-z\d]{1,2}\)")
_SENTENCE = re.compile(r"[a-z\d)\"'][.!?] +[A-Z]")
_LISTED = re.compile(r"\s*(?:[-*#|•>+]|\d{1,3}[.)]|\S[^.!?]{0,30}:\s)")
_SHORT = 40  # characters of a text that may well have no full stop
_LINE = 24  # characters of a text that is no mere phrase
_SENTENCE_LENGTH = 60  # characters of a reply that says more than "All right, let me see"
_ALIKE = 0.6  # share of words that two messages share which ask for the same
_POLITE = re.compile(
    r"\bthank|\bthanks\b|\bbye\b|\bcheers\b|\bhave a (?:nice|good|great)|\bthat(?:['’]s| is|"
    r" will be) all"
    r"|\bgracias\b|\bdanke\b|\bmerci\b|\bobrigad|\bgrazie\b|谢|再见|ありがとう"
)
_FORMULA = re.compile(  # what assistants say again and again for good reasons
    r"anything else|(?:can|may|could) i (?:help|assist)|how (?:can|may) i|feel free|let me know"
    r"|happy to"
    r"|you(?:['’]re| are) welcome|have a (?:nice|good|great|wonderful)|thank you for|sorry"
    r"|apologi[sz]e"
    r"|\b(?:unable|cannot|can['’]?t|could not|couldn['’]t|not able|don['’]t have|do not have"
    r"|unfortunately)\b"
    r"|\?\s*$|？\s*$|please (?:confirm|provide|tell|let|wait|hold|specify)|one moment|let me"
    r" (?:check|look|see)"
    r"|¿|puedo ayudar|lo siento|kann ich (?:ihnen|dir)|leider|noch etwas|puis-je|désolé|还有什么"
    r"|需要我|抱歉"
    r"|对不起|请(?:问|提供|告诉)|随时|很高兴|不客气"
)
_UNSERVED = re.compile(
    r"\?|？|\bplease\b|\b(?:sorry|unable|cannot|can['’]?t|could not|couldn['’]t|failed|error"
    r"|again|need"
    r"|don['’]t|not|unfortunately|authenticat\w*|verify|provide|confirm)\b|抱歉|请|无法|不"
)
_AGAIN = re.compile(
    r"\bagain\b|\brepeat|\bonce more\b|\bsay that\b|\bremind me\b|\bpardon\b|\bwhat did you\b"
    r"|\?\?|再说|重复"
    r"|\botra vez\b|\brepite|\bnoch ?mal|\bencore\b|\bnovamente\b"
)
_QUOTES = frozenset("'\"“”‘’«»「」`")
_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_BRIEF = 40  # words of a text in which nobody says `_SAME` of them twice, lists of values apart
_SAME = 6
# Characters of a text, or of its beginning, that nobody says only because the other has just said
# them: of 3,652 public messages of assistants none begins with more than 19 of the user's.
_ECHO = 40


def repetition(facts: Facts) -> Iterator[Finding]:
    """Nobody says a longer text twice, or what the other has just said, or circles.

    Of the assistant that holds for how a text begins, too, all through the answer to a request. A
    warning only: what people say again for a reason (thanks and offers of help, a refusal or an
    acknowledgement, an answer to the same question, a message that was not answered).
    """
    said: dict[tuple[str, str], int] = {}
    heard, there = "", 0
    asked, where = "", 0
    for index, turn in enumerate(facts.turns):
        text, phrase = _said(turn.content)
        if not text:
            continue
        side: Side = "user" if turn.role == "user" else "assistant"
        if len(text) >= _LINE:
            first = said.setdefault((turn.role, text), index)
            echoes = first == index and text == heard and len(text) >= _ECHO
            if echoes:
                first = there
            if first != index:
                fine = not echoes and _may_be_said_again(facts, first, index, text)
                repeated = f"says word for word what turn {first} says"
                yield finding(
                    "repetition", "warning" if fine else "error", repeated, index, side=side
                )
        if side == "user":
            asked, where = text, index
        elif len(asked) >= _ECHO and text.startswith(asked[:_ECHO]) and text != heard:
            echo = f"begins as turn {where} does: {shown(asked[:_ECHO])}"
            yield finding("repetition", "error", echo, index, side=side)
        heard, there = text, index
        if phrase and (phrase := _circles(facts, turn.content, phrase)):
            circling = f"repeats {shown(phrase)} over and over"
            yield finding("repetition", "error", circling, index, side=side)


def _circles(facts: Facts, content: str, phrase: str) -> str:
    """Return what a text repeats apart from values, which are told as often as they occur.

    `phrase` is what it repeats at first sight. Values that two calls or outputs have are set aside.
    """
    if "|" in phrase or not any(map(str.isalpha, phrase)):  # a table, a row of brackets
        return ""
    given = Counter(
        value
        for call in facts.calls
        for part in (call.call.arguments, call.output.content if call.output else None)
        for value in leaf_values(part)
        if isinstance(value, str) and " " in value and value in content
    )
    marks = map("v{}".format, count())
    for value in (value for value, times in given.items() if times > 1):
        content = re.sub(re.escape(value), lambda _: next(marks), content)
    return _said(content)[1]


def _may_be_said_again(facts: Facts, first: int, index: int, text: str) -> bool:
    """Tell whether there is a reason for saying a text word for word a second time."""
    if facts.turns[index].role == "user":
        before = facts.turns[index - 1].content.lower() if index else ""
        brief = len(text) < _SENTENCE_LENGTH or _POLITE.search(text) is not None
        return brief or _UNSERVED.search(before) is not None
    if facts.turns[index].calls or len(text) < _SENTENCE_LENGTH or _FORMULA.search(text):
        return True
    now, then = _last_heard(facts, index), _last_heard(facts, first)
    words, earlier = set(now.split()), set(then.split())
    alike = len(words & earlier) >= _ALIKE * max(1, min(len(words), len(earlier)))
    return alike or _AGAIN.search(now) is not None


def _last_heard(facts: Facts, index: int) -> str:
    """Return what the user said last before a turn, in lower case."""
    texts = (turn.content for turn in reversed(facts.turns[:index]) if turn.role == "user")
    return " ".join(lower_words(next(texts, "")))


@cached
def _said(content: str) -> tuple[str, str]:
    """Return a text in lower case with single blanks, and what it repeats over and over."""
    words = lower_words(content)
    spoken = lower_words(_BLOCK.sub(" ", content)) if "```" in content else words
    return " ".join(words), _circle(spoken[:2000])


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
    run, times = runs.most_common(1)[0]
    return " ".join(run) if times >= 4 and times * 4 > 0.4 * len(words) else ""


def _twice(words: list[str]) -> str:
    """Return words in a row that come twice with no number in or between them.

    Of 7,051 public texts 6 say six words twice in up to 50, all of them around other values; of the
    embedded model's garbled texts most do.
    """
    seen: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(zip(*(words[shift:] for shift in range(_SAME)), strict=False)):
        first = seen.setdefault(run, at)
        between = words[first : at + _SAME]
        asked = any(word.endswith("?") for word in words[first:at])  # two questions, two things
        quoted = any(word[0] in _QUOTES for word in words[first : at + 1])
        if first < at and not asked and not quoted and not any(map(str.isdigit, "".join(between))):
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
    """No reply breaks off in the middle of a sentence: at a comma, an article, an open bracket.

    A warning only: messages of users, and texts without a full stop where all others of the same
    speaker, and the sentences before it, end with one.
    """
    texts = [(i, turn.role, turn.content.rstrip()) for i, turn in enumerate(facts.turns)]
    texts = [told for told in texts if len(told[2]) >= 12 and told[1] != "tool"]
    loose = Counter(role for _, role, text in texts if text[-1].isalnum())
    spoken = Counter(role for _, role, _ in texts)
    for index, role, text in texts:
        side: Side = "user" if role == "user" else "assistant"
        severity: Severity = "warning" if role == "user" else "error"
        alone = loose[role] == 1 and spoken[role] > 1
        if _breaks_off(text, alone=alone) and not _is_told(facts, index, text):
            reason = f"breaks off at {shown(text[-24:])}"
        elif text.count("```") % 2:
            reason = "a code block is not closed"
        elif loose[role] == 1 and text[-1].isalnum() and _unfinished(text, spoken[role]):
            reason = f"ends without a full stop at {shown(text[-24:])}"
            severity = "error" if severity == "error" and _is_open(text) else "warning"
        else:
            continue
        yield finding("truncated", severity, reason, index, side=side)


def _breaks_off(text: str, *, alone: bool) -> bool:
    """Tell whether a text ends where no sentence can; `alone`: all others end with a mark."""
    if text[-1] in _HANGING:
        return not _SMILEY.fullmatch(text[-2:]) and not _CODE_LINE.search(
            text[text.rfind("\n") + 1 :]
        )
    last = text[-24:].rpartition(" ")[2]
    if last in _OPEN:
        return True
    return alone and last in _OPEN_AT_TIMES


def _is_told(facts: Facts, index: int, text: str) -> bool:
    """Tell whether an output just before holds a text as it is: it is quoted, not cut off."""
    outputs = facts.turns[index - 1].outputs if index else ()
    return any(text in fingerprint(output.content) for output in outputs)


def _is_open(text: str) -> bool:
    """Tell whether the last line of a text has a bracket that is not closed, and no smiley."""
    line = _SMILEY.sub("", text[text.rfind("\n") + 1 :])
    return line.count("(") > line.count(")")


def _unfinished(text: str, spoken: int) -> bool:
    """Tell whether the only text of a speaker that ends without a mark is likely to be cut off."""
    line = text[text.rfind("\n") + 1 :]
    last = line.rpartition(" ")[2]
    if len(line) < _SHORT or _LISTED.match(line) or not last.isalnum():
        return False  # an item of a list, an address
    opened = line.count("(") > line.count(")") or line.count('"') % 2
    return bool(opened) or spoken > 2 or _SENTENCE.search(line) is not None
