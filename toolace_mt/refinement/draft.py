"""A dialogue between rounds, with the errors that the rules find in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from toolace_mt.trajectory import Edit, Finding, Judgement, Trajectory, Turn


@dataclass(frozen=True, slots=True)
class Draft:
    """A dialogue with the errors that the rules find in it.

    `look` computes the errors. It is called only on demand: the errors of the old version do not
    matter unless the new version has some.
    """

    trajectory: Trajectory
    look: Callable[[], tuple[Finding, ...]]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The errors that the rules find; computed when first read."""
        return self.look()

    def log(self, edit: Edit) -> "Draft":
        """Return the draft with one more edit in its ledger."""
        edits = (*self.trajectory.edits, edit)
        return replace(self, trajectory=replace(self.trajectory, edits=edits))

    def added_by(self, other: "Draft") -> list[Finding]:
        """Return the errors of `other` beyond those of this draft.

        Errors are counted by check, not by turn, because indexes may have shifted.
        """
        if not other.errors:
            return []
        known = [finding.check for finding in self.errors]
        beyond: list[Finding] = []
        for finding in other.errors:
            if finding.check in known:
                known.remove(finding.check)
            else:
                beyond.append(finding)
        return beyond


def named(findings: list[Finding]) -> str:
    """Return errors as the reason of a judgement, "" if there are none."""
    return "; ".join(f"{finding.check}: {finding.message}" for finding in findings)[:300]


def with_turns(trajectory: Trajectory, turns: Mapping[int, Turn]) -> Trajectory:
    """Return the dialogue with the given turns in place of those at the same indexes."""
    new = tuple(turns.get(index, turn) for index, turn in enumerate(trajectory.turns))
    return replace(trajectory, turns=new)


def changed_by(draft: Draft, fills: Mapping[int, Turn]) -> dict[int, Turn]:
    """Return the fills that change a turn, each selected as often as the turn was."""
    turns = draft.trajectory.turns
    new = {i: replace(turn, selected=turns[i].selected) for i, turn in fills.items()}
    return {i: turn for i, turn in new.items() if turn != turns[i]}


def same_turns(before: Trajectory, after: Trajectory) -> bool:
    """Return whether a round left every turn as it was, apart from how often it was selected."""
    return len(before.turns) == len(after.turns) and all(
        old is new or replace(old, selected=new.selected) == new
        for old, new in zip(before.turns, after.turns, strict=True)
    )


def without(written: dict[int, Turn], bad: Mapping[int, Turn]) -> dict[int, Turn]:
    """Return turns that were written without the bad ones, and the calls of bad outputs."""
    out = {*bad, *(index - 1 for index, turn in bad.items() if turn.outputs)}
    return {index: turn for index, turn in written.items() if index not in out}


def counted(trajectory: Trajectory, masked: tuple[int, ...]) -> Trajectory:
    """Return the dialogue with `selected` of the masked turns increased by one."""
    turns = trajectory.turns
    return with_turns(
        trajectory, {i: replace(turns[i], selected=turns[i].selected + 1) for i in masked}
    )


def edit_of(
    trajectory: Trajectory, new: Mapping[int, Turn], round: int, judgement: Judgement
) -> Edit:
    """Return the ledger entry for turns that were written anew."""
    before = tuple(trajectory.turns[index] for index in new)
    return Edit(round, "refinement", tuple(new), before, tuple(new.values()), judgement)
