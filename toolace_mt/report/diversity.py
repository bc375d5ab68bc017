"""Statistics of the texts of dialogues, as the paper reports them for its data, and some more.

- A token is a word in lower case, see `texts.ngrams`.
- Only texts of user and assistant count; calls and outputs are not prose.
- N-grams never cross from one text into the next.
- Entropy and distinct-n grow or shrink with the amount of text, so compare equal amounts.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from toolace_mt.report.self_bleu import self_bleu
from toolace_mt.texts.ngrams import closeness, ngrams, usage_grams, words_of
from toolace_mt.texts.slots import subtask_values
from toolace_mt.trajectory import Trajectory

SAMPLE = 1000
"""Dialogues over which variety is measured."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over dialogues, and the diversity of their words.

    `calls_per_user_turn` is all calls divided by all user turns. `entropy` is the Shannon entropy
    of single words, in bits. `distinct` has the shares of different 1-, 2- and 3-grams among all.
    `self_bleu` says how much each text repeats others. Entropy, `distinct` and `self_bleu` are over
    the first `words` words. `near_usage` is the mean share of a text's 3-grams that stand in the
    usage examples of the dialogue's tools, None if these have no examples.
    """

    dialogues: int
    turns: float
    user_turns: float
    calls: float
    calls_per_user_turn: float
    words: int
    entropy: float
    distinct: tuple[float, float, float]
    self_bleu: float
    near_usage: float | None


def sampled(trajectories: Sequence[Trajectory], count: int = SAMPLE) -> list[Trajectory]:
    """Return a random sample of dialogues, in their order; the same for the same dialogues."""
    chosen = random.Random(0).sample(range(len(trajectories)), min(count, len(trajectories)))
    return [trajectories[index] for index in sorted(chosen)]


def measure(trajectories: Sequence[Trajectory], words: int | None = None) -> Quality:
    """Return the statistics of `trajectories`; diversity is that of their first `words` words."""
    count = len(trajectories)
    turns = sum(len(each.turns) for each in trajectories)
    user_turns = sum(turn.role == "user" for each in trajectories for turn in each.turns)
    calls = sum(len(turn.calls) for each in trajectories for turn in each.turns)
    texts = _first(texts_of(trajectories), words)
    unigrams = Counter(word for text in texts for word in text)
    near = [share for each in trajectories for share in near_usage(each)]
    return Quality(
        dialogues=count,
        turns=turns / count if count else 0.0,
        user_turns=user_turns / count if count else 0.0,
        calls=calls / count if count else 0.0,
        calls_per_user_turn=calls / user_turns if user_turns else 0.0,
        words=unigrams.total(),
        entropy=entropy(unigrams),
        distinct=(distinct(texts, 1), distinct(texts, 2), distinct(texts, 3)),
        self_bleu=self_bleu(texts),
        near_usage=sum(near) / len(near) if near else None,
    )


def near_usage(trajectory: Trajectory) -> Iterator[float]:
    """Yield the closeness to usage examples of each text that has n-grams."""
    usage = usage_grams(*trajectory.tools)
    subtask = 0
    for turn in trajectory.turns if usage else ():
        subtask = turn.subtask if turn.subtask >= 0 else subtask
        if turn.role != "tool" and turn.content:
            values = subtask_values(trajectory.turns, subtask)
            share, grams = closeness(turn.content, values, usage)
            if grams:
                yield share


def texts_of(trajectories: Iterable[Trajectory]) -> list[list[str]]:
    """Return the words of every text of user and assistant, in order."""
    return [
        words_of(turn.content)
        for each in trajectories
        for turn in each.turns
        if turn.content and turn.role != "tool"
    ]


def entropy(counts: Counter[str]) -> float:
    """Return the Shannon entropy of a distribution given by counts, in bits."""
    total = counts.total()
    return -sum(n / total * math.log2(n / total) for n in counts.values()) if total else 0.0


def distinct(texts: Iterable[Sequence[str]], n: int) -> float:
    """Return the number of different n-grams divided by that of all, 0 if there are none."""
    total, seen = 0, set[tuple[str, ...]]()
    for text in texts:
        grams = ngrams(text, n)
        seen.update(grams)
        total += len(grams)
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
