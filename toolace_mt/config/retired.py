"""Settings that came or went since existing runs were begun."""

from collections.abc import Collection
from typing import Any, TypeVar

from toolace_mt.config.section import Section

S = TypeVar("S", bound=Section)

RETIRED: dict[str, Any] = {
    "initialization.answers": "named",
    "verification.weights": {},
    "verification.threshold": 0.5,
}
"""Retired settings, with the value that means what the program does without them."""

ADDED: dict[str, Any] = {
    "initialization.system": False,
    "initialization.policies": [],
    "initialization.today": None,
    "initialization.languages.en": 1.0,
    "initialization.personas": False,
    "refinement.mix.policy": 0.0,
    "refinement.mix.confirmation": 0.0,
    "refinement.mix.correction": 0.0,
    "refinement.mix.gradual": 0.0,
    "refinement.reasoning": False,
    "verification.asking": "apart",
    "verification.context": "whole",
    "initialization.arguments.told": 1.0,
    "initialization.arguments.read": 0.0,
    "initialization.arguments.chosen": 0.0,
    "initialization.arguments.computed": 0.0,
    "initialization.arguments.known": 0.0,
}
"""Settings that earlier versions lacked, with the value that means what the program did then."""


def drop_retired(section: str, given: Any) -> Any:
    """Return a section's settings without retired ones; raises ValueError for other values."""
    if not isinstance(given, dict):
        return given
    kept = dict(given)
    for name, value in RETIRED.items():
        inside, _, key = name.partition(".")
        if inside == section and key in kept and (was := kept.pop(key)) != value:
            raise ValueError(f"{key}: {was!r} is gone; leave this setting out")
    return kept


def as_begun(section: S, known: Collection[str], above: str = "") -> S:
    """Return settings for a run that was begun when there were only those that `known` names.

    Settings that came later and that nobody gave have the values that mean what the program did
    then. `above` is the dotted name of the section, with a dot at its end.
    """
    changed: dict[str, Any] = {}
    for key, value in section:
        name = f"{above}{key}"
        if isinstance(value, Section):
            inner = as_begun(value, known, f"{name}.")
            changed |= {key: inner} if inner != value else {}
        elif name in ADDED and name not in known and key not in section.model_fields_set:
            changed |= {key: ADDED[name]} if value and value != ADDED[name] else {}
    return section.model_copy(update=changed) if changed else section
