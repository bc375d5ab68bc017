"""The records of tool outputs that a reply or a call speaks of, and the numbers they have."""

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.numbers import Number, is_amount
from toolace_mt.verification.provenance.passage import Passage

_REACH = 8  # outputs that are looked into
_MOST = 12  # numbers of one field


def named_numbers(known: Evidence, words: frozenset[str]) -> list[list[Number]]:
    """Return by field the numbers of those records of which `words` name an identifier."""
    fields: dict[str, list[Number]] = {}
    for passage in known.outputs[:_REACH]:
        for place in _records(passage, words):
            depth = len(place)
            for steps, value in passage.leaves:
                if steps[:depth] == place and is_amount(value):
                    name = next((s for s in reversed(steps) if isinstance(s, str)), "")
                    numbers = fields.setdefault(name, [])
                    if len(numbers) < _MOST:
                        numbers.append(value)
    return [numbers for numbers in fields.values() if len(numbers) > 1]


def _records(passage: Passage, words: frozenset[str]) -> list[Steps]:
    places: dict[Steps, None] = {}
    for steps, value in passage.leaves:
        if isinstance(value, str) and len(value) > 2 and value.lower() in words:
            if any(c.isdigit() for c in value):
                places[steps[:-1]] = None
    return list(places)
