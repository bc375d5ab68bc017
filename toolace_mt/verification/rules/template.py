"""Texts that are a usage example of their tools with other values."""

from collections.abc import Iterator

from toolace_mt.texts.ngrams import closeness, usage_grams
from toolace_mt.texts.slots import subtask_values
from toolace_mt.trajectory import Finding
from toolace_mt.verification.facts import Facts, finding

MOST = 0.8
"""The largest share of a text's 3-grams that may stand in usage examples."""

_FEWEST = 6  # 3-grams of a text that is long enough to be told from a common phrase


def template(facts: Facts) -> Iterator[Finding]:
    """A text says the same words as the usage examples of the tools: a warning."""
    usage = usage_grams(*facts.trajectory.tools)
    if not usage:
        return
    subtask = 0
    for index, turn in enumerate(facts.turns):
        subtask = turn.subtask if turn.subtask >= 0 else subtask
        if turn.role == "tool" or not turn.content:
            continue
        near, grams = closeness(turn.content, subtask_values(facts.turns, subtask), usage)
        if near >= MOST and grams >= _FEWEST:
            told = f"{near:.0%} of its wording is that of the tools' usage examples"
            yield finding("template", "warning", told, index, path="content", side=turn.role)
