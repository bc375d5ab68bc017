"""Iterative refinement: injections and reasonability refinement, alternating (stage 2)."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.engine.ask import Unusable
from toolace_mt.engine.base import Generate
from toolace_mt.refinement.extension import Extension
from toolace_mt.refinement.fill import fill
from toolace_mt.refinement.inject import Injected, draw_injections, inject, plan_injections
from toolace_mt.refinement.judge import judge
from toolace_mt.refinement.mask import choose_masks, maskable
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import Edit, Finding, Injection, Judgement, Trajectory, Turn

Check = Callable[[Trajectory], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A dialogue with the errors that the rules find in it, looked for once."""

    trajectory: Trajectory
    errors: tuple[Finding, ...]

    def log(self, edit: Edit) -> "_Draft":
        """Return the draft with one more entry in its ledger."""
        edits = (*self.trajectory.edits, edit)
        return replace(self, trajectory=replace(self.trajectory, edits=edits))

    def added(self, errors: Iterable[Finding]) -> list[Finding]:
        """Return the errors beyond this draft's, by check: indexes may have shifted."""
        known = [finding.check for finding in self.errors]
        beyond: list[Finding] = []
        for finding in errors:
            if finding.check in known:
                known.remove(finding.check)
            else:
                beyond.append(finding)
        return beyond


async def refine(
    trajectory: Trajectory,
    generate: Generate,
    config: RefinementConfig,
    initialization: InitializationConfig,
    check: Check,
) -> Trajectory:
    """Return the trajectory after all its rounds, with every edit in its ledger.

    A round is one injection, while any is left to make, and one reasonability pass, while any turn
    is uncovered and passes are left; it may make all injections, or do both at once. `check` are
    the rules: an edit that adds an error to what they find is never adopted, whatever the judge
    would say. Texts that the skeleton has only drafted are masked before any others, all of them in
    the first round but those that an injection takes. To write them is no edit; `failure` is set if
    that could not be done.
    """
    wanted = _by_round(draw_injections(trajectory.seed, config), config)
    written = {"texts", "values"} if initialization.values == "model" else {"texts"}
    constrained = initialization.grounding == "constrained"
    drafted = initialization.skeleton == "drafted"
    refiner = _Refiner(generate, config, constrained, drafted, frozenset(written), check)
    operate = refiner.at_once if config.round == "at_once" else refiner.alternate
    draft = refiner.draft(trajectory)
    unchanged = 0
    for round in range(1, max(config.passes, len(wanted), drafted) + 1):
        before = draft.trajectory
        draft = await operate(draft, wanted[round - 1] if round <= len(wanted) else (), round)
        if draft.trajectory.failure:
            break
        unchanged = unchanged + 1 if _same(before, draft.trajectory) else 0
        if unchanged == config.patience and round >= len(wanted):
            break
    return draft.trajectory


def _by_round(
    injections: tuple[Injection, ...], config: RefinementConfig
) -> list[tuple[Injection, ...]]:
    """Return which injections each round makes, first round first."""
    if config.injecting == "together":
        return [injections] if injections else []
    return [(kind,) for kind in injections]


def _same(before: Trajectory, after: Trajectory) -> bool:
    """Return whether a round left every turn as it was, but for having been masked."""
    return len(before.turns) == len(after.turns) and all(
        old is new or replace(old, selected=new.selected) == new
        for old, new in zip(before.turns, after.turns, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Refiner:
    """The two operations of a round, on the same engine and settings."""

    generate: Generate
    config: RefinementConfig
    constrained: bool
    drafted: bool
    written: frozenset[str]
    check: Check

    def draft(self, trajectory: Trajectory) -> _Draft:
        """Return the trajectory with its errors."""
        found = self.check(trajectory)
        return _Draft(trajectory, tuple(f for f in found if f.severity == "error"))

    async def alternate(self, draft: _Draft, kinds: tuple[Injection, ...], round: int) -> _Draft:
        """Inject, then refine what came of it (paper)."""
        extensions = plan_injections(draft.trajectory, kinds, round)
        injected = await self._inject(draft, extensions, round)
        return await self._refine(self._extend(draft, extensions, injected, round), round)

    async def at_once(self, draft: _Draft, kinds: tuple[Injection, ...], round: int) -> _Draft:
        """Inject and refine other turns of the same dialogue side by side."""
        extensions = plan_injections(draft.trajectory, kinds, round)
        taken = {extension.index for extension in extensions}
        injected, refined = await asyncio.gather(
            self._inject(draft, extensions, round), self._refine(draft, round, taken)
        )
        return self._extend(refined, extensions, injected, round)

    async def _inject(
        self, draft: _Draft, extensions: tuple[Extension, ...], round: int
    ) -> tuple[Injected, ...] | Unusable:
        return await inject(
            *(draft.trajectory, extensions, round, self.generate, self.config),
            constrained=self.constrained,
        )

    def _extend(
        self,
        draft: _Draft,
        extensions: tuple[Extension, ...],
        injected: tuple[Injected, ...] | Unusable,
        round: int,
    ) -> _Draft:
        """Adopt each injection unless it adds an error."""
        if isinstance(injected, Unusable):
            unread = Judgement(False, "undecided", injected.reason)
            for extension in extensions:
                draft = draft.log(Edit(round, extension.kind, (), (), (), unread))
            return draft
        for each in injected:
            extended = self.draft(each.apply(draft.trajectory))
            added = draft.added(extended.errors)
            judgement = Judgement(not added, "rules", _name(added))
            edit = Edit(round, each.kind, (each.index,), each.before, each.after, judgement)
            draft = (extended if judgement.adopted else draft).log(edit)
        return draft

    async def _refine(
        self, draft: _Draft, round: int, taken: Collection[int] = frozenset()
    ) -> _Draft:
        """Mask some of the turns and fill them in anew; adopt or keep.

        Turns that so far are only drafted come first, all of them; not to write them is a failure.
        """
        turns = draft.trajectory.turns
        open_turns = [index for index in maskable(turns, self.written) if index not in taken]
        drafted = [i for i in open_turns if not turns[i].selected and not turns[i].injection]
        writing = self.drafted and bool(drafted)
        masked = tuple(drafted) if writing else self._masked(draft, open_turns, round)
        if not masked:
            return draft
        trajectory = _count(draft.trajectory, masked)
        fills, unread = await fill(
            *(draft.trajectory, masked, round, self.generate, self.config),
            constrained=self.constrained,
        )
        draft = replace(draft, trajectory=trajectory)
        for unusable in unread:
            if writing:
                failed = replace(trajectory, failure=f"texts: {unusable.reason}")
                return replace(draft, trajectory=failed)
            lost = Judgement(False, "undecided", unusable.reason)
            draft = draft.log(Edit(round, "refinement", (), (), (), lost))
        return await self._adopt(draft, fills, round, writing)

    def _masked(self, draft: _Draft, open_turns: list[int], round: int) -> tuple[int, ...]:
        """Draw turns to mask: none once the passes are spent or no turn needs it."""
        config, turns = self.config, draft.trajectory.turns
        faulty = {finding.turn for finding in draft.errors}
        if config.selection == "findings_only":
            open_turns = [index for index in open_turns if index in faulty]
        elif all(turns[index].selected for index in open_turns):
            open_turns = []
        if round > config.passes:
            return ()
        rng = derive_random(draft.trajectory.seed, "refinement", round, "masks")
        first = faulty if config.selection == "findings_first" else ()
        return choose_masks(turns, open_turns, config.masks, config.decay, rng, first)

    async def _adopt(
        self, draft: _Draft, fills: Mapping[int, Turn], round: int, writing: bool
    ) -> _Draft:
        """Leave out fills that change nothing or add errors; the judge decides on the rest.

        What was only drafted is written (`writing`) without a judge, and is no edit.
        """
        turns = draft.trajectory.turns
        counted = {i: replace(turn, selected=turns[i].selected) for i, turn in fills.items()}
        changed = {i: turn for i, turn in counted.items() if turn != turns[i]}
        filled = self.draft(_with(draft.trajectory, changed))
        if draft.added(filled.errors):  # some fill is bad: look at each on its own
            for index, turn in list(changed.items()):
                alone = self.draft(_with(draft.trajectory, {index: turn}))
                if added := draft.added(alone.errors):
                    del changed[index]
                    refused = Judgement(False, "rules", _name(added))
                    draft = draft.log(_edit(draft.trajectory, {index: turn}, round, refused))
            filled = self.draft(_with(draft.trajectory, changed))
            if added := draft.added(filled.errors):  # each is good, together they are not
                refused = Judgement(False, "rules", _name(added))
                return draft.log(_edit(draft.trajectory, changed, round, refused))
        if not changed:
            return draft
        if writing:
            return _Draft(_with(draft.trajectory, changed), filled.errors)
        verdict = Judgement(True, "rules")
        if self.config.judge:
            verdict = await judge(draft.trajectory, changed, round, self.generate, self.config)
        edit = _edit(draft.trajectory, changed, round, verdict)
        logged = draft.log(edit)
        if not verdict.adopted:
            return logged
        return _Draft(_with(logged.trajectory, changed), filled.errors)


def _name(findings: list[Finding]) -> str:
    return "; ".join(f"{finding.check}: {finding.message}" for finding in findings)[:300]


def _with(trajectory: Trajectory, turns: Mapping[int, Turn]) -> Trajectory:
    new = tuple(turns.get(index, turn) for index, turn in enumerate(trajectory.turns))
    return replace(trajectory, turns=new)


def _count(trajectory: Trajectory, masked: tuple[int, ...]) -> Trajectory:
    turns = trajectory.turns
    return _with(trajectory, {i: replace(turns[i], selected=turns[i].selected + 1) for i in masked})


def _edit(
    trajectory: Trajectory, new: Mapping[int, Turn], round: int, judgement: Judgement
) -> Edit:
    before = tuple(trajectory.turns[index] for index in new)
    return Edit(round, "refinement", tuple(new), before, tuple(new.values()), judgement)
