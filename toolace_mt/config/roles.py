"""The roles that models play in a run, and which calls each of them makes."""

from typing import Final, Literal, get_args

Role = Literal["plan", "values", "texts", "judge", "experts", "user", "assistant", "tool"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

_BY_KIND: Final[dict[str, Role]] = {
    "task": "plan",
    "skeleton": "values",
    "texts": "texts",
    "inject": "texts",
    "fill": "texts",
    "judge": "judge",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
"""The role of each kind of request, for those that are not of verification."""


def role_of(stage: str, kind: str) -> Role:
    """Return the role that makes requests of a stage and kind; verification is the experts'."""
    return "experts" if stage == "verification" else _BY_KIND.get(kind, "texts")
