"""The scalars inside a JSON value with their places, spelt out as paths only when one is asked for.

Most places are never shown, and spelling them costs more than finding them.
"""

from typing import Any

from toolace_mt.tools.paths import child

Steps = tuple[str | int, ...]

_DEEPEST = 64
_MOST = 5_000


def leaf_steps(value: Any, most: int = _MOST) -> list[tuple[Steps, Any]]:
    """Return the scalars of a value in document order, at most so many, at most 64 levels deep."""
    found: list[tuple[Steps, Any]] = []
    stack: list[tuple[Steps, Any]] = [((), value)]
    while stack and len(found) < most:
        steps, here = stack.pop()
        if isinstance(here, dict):
            if len(steps) < _DEEPEST:
                stack.extend([((*steps, key), item) for key, item in here.items()][::-1])
        elif isinstance(here, list | tuple):
            if len(steps) < _DEEPEST:
                stack.extend([((*steps, at), item) for at, item in enumerate(here[:most])][::-1])
        else:
            found.append((steps, here))
    return found


def spelt(steps: Steps) -> str:
    """Return steps as the path that people read: `flights[0].price`."""
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, str(step))
    return path


def place(label: str, steps: Steps) -> str:
    """Return `turn 4: results[0].id`, or the label alone for a scalar that is the whole value."""
    return f"{label}: {spelt(steps)}" if steps else label
