"""What a balance comes to after a payment: 120 on a card, of which 32 were taken."""

from collections.abc import Collection, Iterable

from toolace_mt.verification.provenance.parameters import snake_case
from toolace_mt.verification.provenance.parsing.numbers import Number
from toolace_mt.verification.provenance.parsing.words import word_set
from toolace_mt.verification.provenance.passage import Passage

_BALANCE = word_set("balance amount available credit limit remaining funds points")
_MOST = 16  # numbers of one field


def balance(value: Number, moved: Collection[Number], outputs: Iterable[Passage]) -> str:
    """Return how `value` is a balance that an output told, less or plus an amount, or ""."""
    for passage in outputs:
        for name, numbers in passage.named.items():
            if _BALANCE.isdisjoint(snake_case(name).split("_")):
                continue
            for number in numbers[:_MOST]:
                if number - value in moved or value - number in moved:
                    return f"{passage.label}: {number} and what was taken or added"
    return ""
