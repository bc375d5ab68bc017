"""The two operations of a round of refinement, injection and mask-and-fill, and what is adopted."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from toolace_mt.calls.ask import Unusable
from toolace_mt.calls.request import Generate
from toolace_mt.config import RefinementConfig
from toolace_mt.refinement.draft import (
    Draft,
    changed_by,
    counted,
    edit_of,
    named,
    with_turns,
    without,
)
from toolace_mt.refinement.fill import fill
from toolace_mt.refinement.hints import Hint, hints_for
from toolace_mt.refinement.injections.extension import Extension
from toolace_mt.refinement.injections.inject import (
    Injected,
    fails_in_vain,
    inject,
    plan_injections,
)
from toolace_mt.refinement.judge import judge
from toolace_mt.refinement.mask import choose_masks, maskable
from toolace_mt.seeds import derive_random
from toolace_mt.tools.execute import OpenWorld, make_again
from toolace_mt.trajectory import Edit, Finding, Injection, Judgement, Trajectory, Turn

Check = Callable[[Trajectory], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Refiner:
    """The two operations of a round, on the same engine and settings."""

    generate: Generate
    config: RefinementConfig
    constrained: bool
    drafted: bool
    values: bool
    check: Check
    open_world: OpenWorld | None

    def draft(self, trajectory: Trajectory) -> Draft:
        """Return the trajectory with its errors, which are computed when first asked for."""

        @cache
        def errors() -> tuple[Finding, ...]:
            return tuple(found for found in self.check(trajectory) if found.severity == "error")

        return Draft(trajectory, errors)

    async def alternate(self, draft: Draft, kinds: tuple[Injection, ...], round: int) -> Draft:
        """Inject, then refine what came of it (paper)."""
        extensions = self._planned(draft, kinds, round)
        injected = await self._inject(draft, extensions, round)
        extended = await self._extend(draft, extensions, injected, round)
        written, fills, writing = await self._written(extended, round)
        return await self._adopt(written, fills, round, writing)

    async def at_once(self, draft: Draft, kinds: tuple[Injection, ...], round: int) -> Draft:
        """Inject and refine other turns of the same dialogue side by side."""
        extensions = self._planned(draft, kinds, round)
        taken = {extension.index for extension in extensions}
        injected, (written, fills, writing) = await asyncio.gather(
            self._inject(draft, extensions, round), self._written(draft, round, taken)
        )
        if writing and injected and not isinstance(injected, Unusable) and self.open_world is None:
            filled = self._with(written, changed_by(written, fills))
            together = self._extended(filled, injected, round)
            if not together.errors:
                return together
        refined = await self._adopt(written, fills, round, writing)
        return await self._extend(refined, extensions, injected, round)

    def _planned(
        self, draft: Draft, kinds: tuple[Injection, ...], round: int
    ) -> tuple[Extension, ...]:
        live = self.open_world is not None
        return plan_injections(draft.trajectory, kinds, round, live=live)

    async def _inject(
        self, draft: Draft, extensions: tuple[Extension, ...], round: int
    ) -> tuple[Injected, ...] | Unusable:
        return await inject(
            *(draft.trajectory, extensions, round, self.generate, self.config),
            constrained=self.constrained,
        )

    async def _extend(
        self,
        draft: Draft,
        extensions: tuple[Extension, ...],
        injected: tuple[Injected, ...] | Unusable,
        round: int,
    ) -> Draft:
        """Adopt each injection unless it adds an error."""
        if isinstance(injected, Unusable):
            unread = Judgement(False, "undecided", injected.reason)
            for extension in extensions:
                draft = draft.log(Edit(round, extension.kind, (), (), (), unread))
            return draft
        if len(injected) > 1 and self.open_world is None:
            together = self._extended(draft, injected, round)
            if not together.errors:  # what all of them leave right, each of them does
                return together
        for each in injected:
            extended = self.draft(await self._made(each.apply(draft.trajectory), each.after))
            added = draft.added_by(extended)
            after = extended.trajectory.turns[each.index : each.index + len(each.after)]
            works = fails_in_vain(after) if self.open_world else ""
            judgement = Judgement(not added and not works, "rules", works or named(added))
            edit = Edit(round, each.kind, (each.index,), each.before, after, judgement)
            draft = (extended if judgement.adopted else draft).log(edit)
        return draft

    def _extended(self, draft: Draft, injected: tuple[Injected, ...], round: int) -> Draft:
        """Return the draft with all injections, as if each had been adopted."""
        trajectory = draft.trajectory
        for each in injected:
            trajectory = each.apply(trajectory)
            made = Judgement(True, "rules", "")
            edit = Edit(round, each.kind, (each.index,), each.before, each.after, made)
            trajectory = replace(trajectory, edits=(*trajectory.edits, edit))
        return self.draft(trajectory)

    async def _made(self, trajectory: Trajectory, changed: Iterable[Turn]) -> Trajectory:
        """Make the calls of a dialogue again if some of them, or their outputs, are new."""
        if self.open_world is None or not any(turn.calls or turn.outputs for turn in changed):
            return trajectory
        return await make_again(trajectory, self.open_world)

    async def _written(
        self, draft: Draft, round: int, taken: Collection[int] = frozenset()
    ) -> tuple[Draft, Mapping[int, Turn], bool]:
        """Mask some of the turns and fill them; return the fills, and whether they come first.

        Drafted turns are masked first, all at once; it is a failure if they stay unwritten.
        """
        turns = draft.trajectory.turns
        open_turns = [index for index in maskable(turns, values=self.values) if index not in taken]
        drafted = [i for i in open_turns if not turns[i].selected and not turns[i].injection]
        writing = self.drafted and bool(drafted)
        # What is said around given values needs no hint, so nothing need be checked for one.
        around = self.constrained and not any(turns[i].calls or turns[i].outputs for i in drafted)
        hints = {} if writing and around else self._hints(draft, round)
        masked = tuple(drafted) if writing else self._masked(draft, open_turns, round, hints)
        if not masked:
            return draft, {}, False
        trajectory = counted(draft.trajectory, masked)
        fills, unread = await fill(
            *(draft.trajectory, masked, round, self.generate, self.config, hints),
            constrained=self.constrained,
        )
        draft = replace(draft, trajectory=trajectory)
        for unusable in unread:
            if writing:
                failed = replace(trajectory, failure=f"texts: {unusable.reason}")
                return replace(draft, trajectory=failed), {}, False
            lost = Judgement(False, "undecided", unusable.reason)
            draft = draft.log(Edit(round, "refinement", (), (), (), lost))
        return draft, fills, writing

    def _hints(self, draft: Draft, round: int) -> dict[int, tuple[Hint, ...]]:
        """Return what the rules find wrong, by turn; empty where masks are drawn at random."""
        if self.config.selection == "uniform":
            return {}
        return hints_for(draft.trajectory, draft.errors, round)

    def _masked(
        self, draft: Draft, open_turns: list[int], round: int, faulty: Collection[int]
    ) -> tuple[int, ...]:
        """Draw the turns to mask; none if no pass is left or no turn needs one."""
        config, turns = self.config, draft.trajectory.turns
        if config.selection == "findings_only" or all(
            turns[index].selected for index in open_turns
        ):
            open_turns = [index for index in open_turns if index in faulty]
        if round > config.passes:
            return ()
        rng = derive_random(draft.trajectory.seed, "refinement", round, "masks")
        return choose_masks(turns, open_turns, config.masks, config.decay, rng, faulty)

    async def _adopt(
        self, draft: Draft, fills: Mapping[int, Turn], round: int, writing: bool
    ) -> Draft:
        """Refuse fills that change nothing or add errors; the judge decides on the rest.

        With `writing`, fills are first versions: no judge is asked and no edit is logged.
        """
        written = changed_by(draft, fills)
        changed = await self._real(draft, written)
        filled = self._with(draft, changed)
        while changed and (added := draft.added_by(filled)):
            left = written
            for bad, errors in self._to_blame(draft, filled, changed, added):
                refused = Judgement(False, "rules", named(errors))
                draft = draft.log(edit_of(draft.trajectory, bad, round, refused))
                left = without(left, bad)
            written = left if len(left) < len(written) else {}
            changed = await self._real(draft, written)
            filled = self._with(draft, changed)
        if not changed:
            return draft
        if writing:
            return filled
        verdict = await self._verdict(draft, filled, changed, round)
        edit = edit_of(draft.trajectory, changed, round, verdict)
        return (filled if verdict.adopted else draft).log(edit)

    async def _real(self, draft: Draft, written: dict[int, Turn]) -> dict[int, Turn]:
        """Return the turns that change when these are written, with what their calls return."""
        made = await self._made(with_turns(draft.trajectory, written), written.values())
        turns = zip(made.turns, draft.trajectory.turns, strict=True)
        return {i: new for i, (new, old) in enumerate(turns) if i in written or new != old}

    def _with(self, draft: Draft, turns: Mapping[int, Turn]) -> Draft:
        return self.draft(with_turns(draft.trajectory, turns))

    def _to_blame(
        self, draft: Draft, filled: Draft, changed: dict[int, Turn], added: list[Finding]
    ) -> list[tuple[dict[int, Turn], list[Finding]]]:
        """Return the fills to refuse, each with the new errors that it causes.

        A fill is refused if a new error is located in it. If no fill has one, those that add errors
        on their own are refused; if there are none either, all fills are.
        """
        had = {(error.check, error.turn) for error in draft.errors}
        new = [error for error in filled.errors if (error.check, error.turn) not in had]
        faults = {index: [error for error in new if error.turn == index] for index in changed}
        if not any(faults.values()) and len(changed) > 1:
            alone = {i: self._with(draft, {i: turn}) for i, turn in changed.items()}
            faults = {index: draft.added_by(other) for index, other in alone.items()}
        blamed = [({i: changed[i]}, errors) for i, errors in faults.items() if errors]
        return blamed or [(changed, added)]

    async def _verdict(
        self, draft: Draft, filled: Draft, changed: dict[int, Turn], round: int
    ) -> Judgement:
        """Ask the judge, unless it is switched off or the fills correct errors.

        The exception holds only where the rules chose the masks: a weak judge is as likely to keep
        errors as to remove them.
        """
        uniform = self.config.selection == "uniform"
        mended = 0 if self.config.judge and uniform else len(draft.errors) - len(filled.errors)
        if self.config.judge and not mended:
            return await judge(draft.trajectory, changed, round, self.generate, self.config)
        return Judgement(True, "rules", f"errors fewer: {mended}" if mended else "")
