"""Words and n-grams of texts, and how close a text is to the usage examples of its tools."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from toolace_mt.caching import cached
from toolace_mt.texts.slots import SLOT, template_of_turn
from toolace_mt.trajectory import Tool

# Han, kana and hangul are written without spaces: each of their letters counts as a word.
_LETTER = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_ASCII = re.compile(r"\w+(?:['-]\w+)*", re.ASCII)  # the same for most texts, and fast
_WORD = re.compile(rf"{_LETTER}|(?:(?!{_LETTER})\w)+(?:['’-](?:(?!{_LETTER})\w)+)*")

LENGTH = 3
"""Words of the n-grams by which a text is compared with usage examples."""

Gram = tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case.

    A word is a run of letters, digits, and inner apostrophes or hyphens. In scripts without spaces
    each letter is one.
    """
    return (_ASCII if text.isascii() else _WORD).findall(text.lower())


def ngrams(words: Sequence[str], n: int) -> list[Gram]:
    """Return the n-grams of a text, in order."""
    return [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]


@cached
def usage_grams(*tools: Tool) -> frozenset[Gram]:
    """Return the n-grams of all usage examples of tools, with the same word for every slot."""
    texts = (text for tool in tools for each in tool.usage for text in (each.user, each.reply))
    return frozenset(gram for text in texts for gram in _grams(text))


@cached
def closeness(text: str, values: Mapping[str, Any], usage: frozenset[Gram]) -> tuple[float, int]:
    """Return which share of a text's n-grams is in usage examples, and how many it has.

    `values` are those of its sub-task, by slot (`slots.subtask_values`). They count as slots, so
    that a copied example is one whatever its values are. The share of a text without n-grams is 0.
    """
    grams = _grams(template_of_turn(text, values))
    return (sum(gram in usage for gram in grams) / len(grams) if grams else 0.0), len(grams)


@lru_cache(maxsize=4096)  # dialogues share usage examples
def _grams(template: str) -> tuple[Gram, ...]:
    return tuple(ngrams(words_of(SLOT.sub("_", template)), LENGTH))
