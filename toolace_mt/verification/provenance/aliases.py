"""Other names of the same thing: currencies, countries, states, languages, airports, units."""

import json
from functools import cache
from importlib.resources import files

from toolace_mt.verification.provenance.words import flat


def other_names(phrase: str) -> tuple[str, ...]:
    """Return the other names of what the flat `phrase` names, flat too; empty if there are none."""
    return _aliases().get(phrase, ())


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    text = (files("toolace_mt.verification") / "aliases.json").read_text(encoding="utf-8")
    groups: dict[str, list[list[str]]] = json.loads(text)
    table: dict[str, tuple[str, ...]] = {}
    for group in (names for kind in groups.values() for names in kind):
        names = [name for name in map(flat, group) if name != " "]
        for name in names:
            others = tuple(other for other in names if other != name)
            table[name] = tuple(dict.fromkeys((*table.get(name, ()), *others)))
    return table
