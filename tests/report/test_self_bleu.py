import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolace_mt.report.self_bleu import self_bleu


def bleu(text: list[str], others: list[list[str]]) -> float:
    """BLEU as the papers state it, reference by reference."""
    logs = []
    for n in range(1, min(4, len(text)) + 1):
        count = Counter(tuple(text[i : i + n]) for i in range(len(text) - n + 1))
        refs = [Counter(tuple(o[i : i + n]) for i in range(len(o) - n + 1)) for o in others]
        clipped = sum(min(c, max(ref[gram] for ref in refs)) for gram, c in count.items())
        logs.append(math.log((clipped or 0.1) / count.total()))
    closest = min(map(len, others), key=lambda length: (abs(length - len(text)), length))
    return min(1, math.exp(1 - closest / len(text))) * math.exp(sum(logs) / len(logs))


texts = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=9), min_size=2, max_size=8)


@given(texts)
def test_it_is_the_mean_of_bleu_against_all_others(said):
    each = [bleu(text, [*said[:i], *said[i + 1 :]]) for i, text in enumerate(said)]
    assert self_bleu(said) == pytest.approx(sum(each) / len(each))


def test_ends_of_the_scale():
    assert self_bleu([list("abcdef")] * 3) == pytest.approx(1)
    assert self_bleu([list("abcdef"), list("uvwxyz")]) < 0.1
    assert self_bleu([list("abc")]) == self_bleu([]) == 0
