"""How many dialogues a run with `accepted` plans at a time, until so many are accepted.

Each wave follows from the settings and from what the waves before it became, so that a run which is
killed and continued plans the same.
"""

import math

from toolace_mt.config import RunConfig
from toolace_mt.run.shards import Tokens

_MARGIN = 1.1  # planned in excess of what the pass rate so far promises
_LIMIT = 4
"""Without a budget of dialogues, at most so many are planned for each one asked for."""


def first_wave(config: RunConfig) -> int:
    """Return the number of dialogues to plan at first.

    With a budget of calls or tokens this is one shard, which shows what a dialogue costs.
    """
    if config.accepted is None:
        return config.dialogues or 0
    measured = config.budget.calls is not None or config.budget.tokens is not None
    wanted = min(config.accepted, config.shard_size) if measured else config.accepted
    return min(wanted, most_dialogues(config))


def next_wave(config: RunConfig, planned: int, rows: int, paid: Tokens) -> int:
    """Return how many more dialogues to plan, 0 if enough are accepted or the budget is spent.

    Of `planned` dialogues, all verified at the cost `paid`, `rows` are accepted and become rows of
    the dataset.
    """
    if config.accepted is None or rows >= config.accepted:
        return 0
    wanted = (config.accepted - rows) * planned / rows if rows else planned
    return max(0, min(math.ceil(_MARGIN * wanted), _affordable(config, planned, paid)))


def most_dialogues(config: RunConfig) -> int:
    """Return the largest number of dialogues that a run with `accepted` may plan."""
    return config.budget.dialogues or _LIMIT * (config.accepted or 0)


def _affordable(config: RunConfig, planned: int, paid: Tokens) -> int:
    """Return how many more dialogues the budget pays for, at the cost of those so far."""
    counts = [most_dialogues(config) - planned]
    for limit, spent in (
        (config.budget.calls, paid.calls),
        (config.budget.tokens, paid.prompt + paid.output),
    ):
        if limit is not None and spent:
            counts.append(math.floor((limit - spent) * planned / spent))
    return min(counts)
