"""Self-BLEU: how much each text repeats the others.

Zhu et al., "Texygen" (SIGIR 2018): the mean over all texts of BLEU (Papineni et al., ACL 2002) with
all other texts as references: 1 if all are equal, near 0 if they share nothing. BLEU here is

    BP * exp(mean over n of log(clipped matches of n-grams / n-grams)),   n = 1 to 4

with BP = min(1, exp(1 - r/c)) for c words and the closest length r of another text. A text of fewer
words than 4 is measured up to its own length; no match at all counts as `EPSILON` (method 1 of Chen
and Cherry, 2014).
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from toolace_mt.texts.ngrams import Gram, ngrams

LONGEST = 4
EPSILON = 0.1

Words = Sequence[str]


def self_bleu(texts: Sequence[Words]) -> float:
    """Return the mean BLEU of each text against all others; 0 for fewer than two texts.

    Takes time linear in the number of words, as of each n-gram only the two largest counts matter.
    """
    said = [text for text in texts if text]
    if len(said) < 2:
        return 0.0
    most = _most(said)
    lengths = sorted(map(len, said))
    return sum(_bleu(index, text, most, lengths) for index, text in enumerate(said)) / len(said)


_Most = dict[Gram, tuple[int, int, int]]
"""Of each n-gram the largest count in one text, that text, and the largest count in another one."""


def _most(texts: Sequence[Words]) -> _Most:
    most: _Most = {}
    for index, text in enumerate(texts):
        for n in range(1, LONGEST + 1):
            for gram, count in Counter(ngrams(text, n)).items():
                first, holder, second = most.get(gram, (0, -1, 0))
                if count > first:
                    most[gram] = (count, index, first)
                elif count > second:
                    most[gram] = (first, holder, count)
    return most


def _bleu(index: int, text: Words, most: _Most, lengths: list[int]) -> float:
    logs = list(_log_precisions(index, text, most))
    closest = _closest(len(text), lengths)
    return min(1.0, math.exp(1 - closest / len(text))) * math.exp(sum(logs) / len(logs))


def _log_precisions(index: int, text: Words, most: _Most) -> Iterator[float]:
    for n in range(1, min(LONGEST, len(text)) + 1):
        counts = Counter(ngrams(text, n))
        matches = 0
        for gram, count in counts.items():
            first, holder, second = most[gram]
            matches += min(count, second if holder == index else first)
        yield math.log((matches or EPSILON) / counts.total())


def _closest(length: int, lengths: list[int]) -> int:
    """Return the length of another text that is closest to a text's; of two, the shorter."""
    place = bisect_left(lengths, length)
    others = lengths[max(0, place - 1) : place] + lengths[place + 1 : place + 2]
    return min(others, key=lambda other: (abs(other - length), other))
