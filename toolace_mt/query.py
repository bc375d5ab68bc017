"""Queries over tool outputs as records: how an argument follows from what tools returned.

The package `selection` evaluates, proves and words them.
"""

from dataclasses import dataclass
from typing import Any, Literal

Test = Literal["equal", "not_equal", "before", "after", "at_least", "at_most", "contains"]
Pick = Literal["first", "second", "last", "only", "count", "sum", "difference"]
Combine = Literal["", "sum", "difference"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter on rows: the value at `field` passes `test` against `value`.

    `before` and `after` exclude the value itself, `at_least` and `at_most` include it; all four
    compare numbers, dates or times of the same sort. `contains` and the tests of equality ignore
    the case of letters.
    """

    field: str
    test: Test
    value: Any


@dataclass(frozen=True, slots=True)
class Source:
    """The rows in the output of call `call`: the objects in the list at `path`.

    An object at `path` (`""` is the whole output) is a single row.
    """

    call: str
    path: str


@dataclass(frozen=True, slots=True)
class Selection:
    """One query over rows of earlier outputs; its result is one value.

    Rows are those of `sources`, joined where they agree at `key` if there is one. Those that pass
    all conditions `where` are ordered by the field `by`, if any. `pick` then takes the value at
    `field` of the first, second, last or only row, or computes from all of them: how many there
    are, the sum of the field, or the difference between its largest and smallest value.
    """

    sources: tuple[Source, ...]
    field: str
    where: tuple[Condition, ...] = ()
    by: str = ""
    descending: bool = False
    pick: Pick = "only"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Where one argument value comes from, and how the user asks for it.

    The argument at `path` of call `call` is the result of `selections`: of the only one, or of two
    combined as `combine` says. Without any, it is the user's own, as the system prompt says.
    `phrase` is the constraint as it stands in the user's text.
    """

    call: str
    path: str
    selections: tuple[Selection, ...]
    phrase: str
    combine: Combine = ""

    @property
    def kind(self) -> Literal["read", "chosen", "computed", "known"]:
        """Computed of several values, chosen among rows, read without a choice, or known."""
        if not self.selections:
            return "known"
        if self.combine or any(s.pick in ("count", "sum", "difference") for s in self.selections):
            return "computed"
        plain = all(s.pick == "only" and not s.where for s in self.selections)
        return "read" if plain else "chosen"

    @property
    def reads(self) -> int:
        """How many outputs have to be read to find the value."""
        return len({source.call for each in self.selections for source in each.sources})
