"""The records of tool outputs that a reply or a call speaks of, and the numbers they have."""

from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.parsing.numbers import Number, is_amount

_REACH = 8  # outputs that are looked into
_MOST = 12  # numbers of one field


def named_numbers(known: Evidence, words: frozenset[str]) -> list[list[Number]]:
    """Return by field the numbers of those records of which `words` name an identifier."""
    fields: dict[str, list[Number]] = {}
    for passage in known.outputs[:_REACH]:
        places = {passage.records[word] for word in words & passage.records.keys()}
        for steps, value in passage.leaves if places else ():
            if is_amount(value) and any(steps[: len(place)] == place for place in places):
                name = next((s for s in reversed(steps) if isinstance(s, str)), "")
                numbers = fields.setdefault(name, [])
                if len(numbers) < _MOST:
                    numbers.append(value)
    return [numbers for numbers in fields.values() if len(numbers) > 1]
