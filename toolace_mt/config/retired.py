"""Settings of earlier versions, which the settings and plans of runs on disk still name."""

from typing import Any

RETIRED: dict[str, Any] = {
    "initialization.answers": "named",
    "verification.weights": {},
    "verification.threshold": 0.5,
}
"""Settings that are gone, with the value that means what the program does without them."""


def drop_retired(section: str, given: Any) -> Any:
    """Return a section's settings without retired ones; raises ValueError if one asks for more."""
    if not isinstance(given, dict):
        return given
    kept = dict(given)
    for name, value in RETIRED.items():
        inside, _, key = name.partition(".")
        if inside == section and key in kept and (was := kept.pop(key)) != value:
            raise ValueError(f"{key}: {was!r} is gone; leave this setting out")
    return kept
