"""Identifiers of a known record, where the user has asked for something that only another has.

Two orders were looked up, a desk lamp and a garden hose. "Deliver the garden hose on Friday" is
about the second, and a call with the first one's number is wrong, though that number was told. What
is asked for is named in full, by two words or more: single words stand in many records by chance.
"""

import re

from toolace_mt.schemas.paths import Steps
from toolace_mt.verification.provenance.evidence import Evidence
from toolace_mt.verification.provenance.freedom import role_of
from toolace_mt.verification.provenance.parameters import Leaf
from toolace_mt.verification.provenance.parsing.words import STOPWORDS, flat
from toolace_mt.verification.provenance.passage import Passage

_REACH = 8  # outputs that are looked into
_MOST = 40  # records of a kind that are compared
_TELLING = 3  # letters of a word beyond which it names something
_LONGEST = 40  # characters of a name
_NAME = re.compile(r"[^\W\d_][^\d@]*")


def other_record(leaf: Leaf, known: Evidence) -> str:
    """Return what speaks for another record than the one that a value identifies, "" if nothing.

    Only where the call takes another value from the latest message too: so it answers that one, and
    carries out nothing that was agreed on before.
    """
    value = leaf.value
    if not isinstance(value, str) or role_of(leaf.name) != "reference" or not known.users:
        return ""
    latest = known.users[0]
    if flat(value) in latest.flat or not _answers(value, latest, known):
        return ""
    records = _records(value, known)
    own = records.pop(value.lower(), set())
    asked = {word for word in latest.words - STOPWORDS if len(word) > _TELLING and word.isalpha()}
    if not own or any(not asked.isdisjoint(name.split()) for name in own):
        return ""
    meant = {
        other: named
        for other, names in records.items()
        if (named := [name for name in names if " " in name.strip() and name in latest.flat])
        and not any(named[0] in flat(given) for given in known.call)
    }
    if len(meant) != 1:
        return ""
    (other, named), *_ = meant.items()
    return f"stands where {other} has what was asked for ({min(named).strip()})"


def _answers(value: str, latest: Passage, known: Evidence) -> bool:
    """Tell whether another value of the call stands in the latest message."""
    return any(
        other != value.lower() and len(other) > _TELLING and flat(other) in latest.flat
        for other in known.call
    )


def _records(value: str, known: Evidence) -> dict[str, set[str]]:
    """Return the names in the records with an identifier of the same field, by identifier."""
    found: dict[str, set[str]] = {}
    passages = known.outputs[:_REACH]
    fields = {
        str(steps[-1]) for p in passages for steps, told in p.digital if steps and told == value
    }
    for passage in passages if fields else ():
        places = [(s[:-1], t.lower()) for s, t in passage.digital if s and s[-1] in fields]
        for place, identifier in places[:_MOST]:
            found.setdefault(identifier, set()).update(_names_in(place, passage))
    return found


def _names_in(place: Steps, passage: Passage) -> set[str]:
    """Return the short texts without digits in a record, as flat phrases."""
    return {
        flat(told)
        for steps, told in passage.texts
        if steps[: len(place)] == place and len(told) <= _LONGEST and _NAME.fullmatch(told)
    }
