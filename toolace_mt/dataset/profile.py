"""Statistics of a dataset's dialogues, gathered while they are written."""

from collections import Counter
from dataclasses import dataclass, field, fields

from toolace_mt.dataset.rows import adopted_injections
from toolace_mt.trajectory import Trajectory, Usage


@dataclass(slots=True)
class Profile:
    """Counts over the dialogues of a run.

    - Of accepted dialogues kept: `turns`, `user_turns`, `calls`, `injections` (adopted ones, per
      dialogue), `injection_kinds`, `domains`, `statuses` (of outputs) and `called` (dialogues that
      call a tool); each counts values. `asked` counts arguments that the user asks for without
      telling them: how each is found (chosen, read, computed, known), and from how many outputs.
    - Of all dialogues: `usage` (cost by stage), `licenses` and `adopted` (edits by kind and whether
      they were adopted).
    """

    turns: Counter[int] = field(default_factory=Counter)
    user_turns: Counter[int] = field(default_factory=Counter)
    calls: Counter[int] = field(default_factory=Counter)
    injections: Counter[int] = field(default_factory=Counter)
    injection_kinds: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)
    adopted: Counter[tuple[str, bool]] = field(default_factory=Counter)
    licenses: dict[str, str] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)

    def add(self, trajectory: Trajectory, kept: bool = True) -> None:
        """Count one dialogue, whatever its outcome; `kept`: it becomes a row if accepted."""
        for usage in trajectory.usage:
            self.usage[usage.stage] = _sum(self.usage.get(usage.stage), usage)
        self.licenses.update((tool.name, tool.license) for tool in trajectory.tools)
        self.adopted.update((edit.kind, edit.judgement.adopted) for edit in trajectory.edits)
        if kept and trajectory.verdict and trajectory.verdict.outcome == "accepted":
            self._add_accepted(trajectory)

    def merge(self, other: "Profile") -> None:
        """Add the counts of other dialogues."""
        for usage in other.usage.values():
            self.usage[usage.stage] = _sum(self.usage.get(usage.stage), usage)
        for part in fields(self):
            mine = getattr(self, part.name)
            if part.name != "usage":
                mine.update(getattr(other, part.name))

    def _add_accepted(self, trajectory: Trajectory) -> None:
        turns = trajectory.turns
        kinds = adopted_injections(trajectory)
        self.turns[len(turns)] += 1
        self.user_turns[sum(turn.role == "user" for turn in turns)] += 1
        self.calls[sum(len(turn.calls) for turn in turns)] += 1
        self.injections[len(kinds)] += 1
        self.injection_kinds.update(kinds)
        self.domains.update(sorted({tool.domain for tool in trajectory.tools}))
        self.called.update({call.name for turn in turns for call in turn.calls})
        self.statuses.update(output.status for turn in turns for output in turn.outputs)
        self.asked.update((each.kind, each.reads) for each in trajectory.derivations)


def mean(counter: Counter[int]) -> float:
    """Return the mean of counted values, 0 if there are none."""
    total = counter.total()
    return sum(value * count for value, count in counter.items()) / total if total else 0.0


def median(counter: Counter[int]) -> int:
    """Return the (lower) median of counted values, 0 if there are none."""
    middle = (counter.total() + 1) // 2
    for value in sorted(counter):
        middle -= counter[value]
        if middle <= 0:
            return value
    return 0


def _sum(total: Usage | None, usage: Usage) -> Usage:
    if total is None:
        return usage
    numbers = [f.name for f in fields(Usage) if f.name != "stage"]
    return Usage(usage.stage, *(getattr(total, n) + getattr(usage, n) for n in numbers))
