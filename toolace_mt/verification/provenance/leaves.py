"""The scalars inside a JSON value with their places, spelt out as paths only when one is asked for.

Most places are never shown, and spelling them costs more than finding them.
"""

from typing import Any

from toolace_mt.tools.paths import child

Steps = tuple[str | int, ...]

_CONTAINERS = (dict, list, tuple)
_DEEPEST = 64
_MOST = 5_000


def leaf_steps(value: Any, most: int = _MOST) -> list[tuple[Steps, Any]]:
    """Return the scalars of a value in document order, at most so many, at most 64 levels deep."""
    found: list[tuple[Steps, Any]] = []
    if isinstance(value, _CONTAINERS):
        _collect(found, (), value, most)
    else:
        found.append(((), value))
    return found[:most]


def _collect(found: list[tuple[Steps, Any]], steps: Steps, value: Any, most: int) -> None:
    if len(steps) >= _DEEPEST or len(found) >= most:
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value[:most]):
        if isinstance(item, _CONTAINERS):
            _collect(found, (*steps, key), item, most)
        else:
            found.append(((*steps, key), item))


def spelt(steps: Steps) -> str:
    """Return steps as the path that people read: `flights[0].price`."""
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, str(step))
    return path


def place(label: str, steps: Steps) -> str:
    """Return `turn 4: results[0].id`, or the label alone for a scalar that is the whole value."""
    return f"{label}: {spelt(steps)}" if steps else label
