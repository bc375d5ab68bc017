"""Statistics of the texts of dialogues, as the paper reports them for its data.

- A token is a word in lower case: a run of letters, digits, and inner apostrophes or hyphens. A
  letter of a script without spaces is a word.
- Only texts of user and assistant count; calls and outputs are not prose.
- N-grams never cross from one text into the next.
- Entropy and distinct-n grow or shrink with the amount of text, so compare equal amounts.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolace_mt.trajectory import Trajectory

# Han, kana and hangul are written without spaces: each of their letters counts as a word.
_LETTER = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_ASCII = re.compile(r"\w+(?:['-]\w+)*", re.ASCII)  # the same for most texts, and fast
_WORD = re.compile(rf"{_LETTER}|(?:(?!{_LETTER})\w)+(?:['’-](?:(?!{_LETTER})\w)+)*")


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over dialogues, and the diversity of their words.

    `calls_per_user_turn` is all calls divided by all user turns. `entropy` is the Shannon entropy
    of single words, in bits. `distinct` has the shares of different 1-, 2- and 3-grams among all.
    Entropy and `distinct` are over the first `words` words.
    """

    dialogues: int
    turns: float
    user_turns: float
    calls: float
    calls_per_user_turn: float
    words: int
    entropy: float
    distinct: tuple[float, float, float]


def measure(trajectories: Sequence[Trajectory], words: int | None = None) -> Quality:
    """Return the statistics of `trajectories`; diversity is that of their first `words` words."""
    count = len(trajectories)
    turns = sum(len(each.turns) for each in trajectories)
    user_turns = sum(turn.role == "user" for each in trajectories for turn in each.turns)
    calls = sum(len(turn.calls) for each in trajectories for turn in each.turns)
    texts = _first(texts_of(trajectories), words)
    unigrams = Counter(word for text in texts for word in text)
    return Quality(
        dialogues=count,
        turns=turns / count if count else 0.0,
        user_turns=user_turns / count if count else 0.0,
        calls=calls / count if count else 0.0,
        calls_per_user_turn=calls / user_turns if user_turns else 0.0,
        words=unigrams.total(),
        entropy=entropy(unigrams),
        distinct=(distinct(texts, 1), distinct(texts, 2), distinct(texts, 3)),
    )


def texts_of(trajectories: Iterable[Trajectory]) -> list[list[str]]:
    """Yield the words of every text of user and assistant, in order."""
    return [
        words_of(turn.content)
        for each in trajectories
        for turn in each.turns
        if turn.content and turn.role != "tool"
    ]


def words_of(text: str) -> list[str]:
    """Return the words of a text."""
    return (_ASCII if text.isascii() else _WORD).findall(text.lower())


def entropy(counts: Counter[str]) -> float:
    """Return the Shannon entropy of a distribution given by counts, in bits."""
    total = counts.total()
    return -sum(n / total * math.log2(n / total) for n in counts.values()) if total else 0.0


def distinct(texts: Iterable[Sequence[str]], n: int) -> float:
    """Return the number of different n-grams divided by that of all, 0 if there are none."""
    total, seen = 0, set()
    for text in texts:
        for start in range(len(text) - n + 1):
            seen.add(tuple(text[start : start + n]))
            total += 1
    return len(seen) / total if total else 0.0


def _first(texts: list[list[str]], words: int | None) -> list[list[str]]:
    if words is None:
        return texts
    kept: list[list[str]] = []
    for text in texts:
        if words <= 0:
            break
        kept.append(text[:words])
        words -= len(text)
    return kept
