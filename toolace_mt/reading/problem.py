"""What readers report about a row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a dialogue cannot be read, or what of it was set aside.

    `message` is the index of a message, -1 for the whole row.
    """

    text: str
    message: int = -1


@dataclass(frozen=True, slots=True)
class Unread:
    """A dialogue that no trajectory can hold, with every problem found in it."""

    id: str
    problems: tuple[Problem, ...]
