"""Iterative refinement: injections and reasonability refinement, alternating (stage 2)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from toolace_mt.config import InitializationConfig, RefinementConfig
from toolace_mt.engine.ask import Unusable
from toolace_mt.engine.base import Generate
from toolace_mt.refinement.fill import fill
from toolace_mt.refinement.inject import draw_injections, inject
from toolace_mt.refinement.judge import judge
from toolace_mt.refinement.mask import choose_masks, maskable
from toolace_mt.seeds import derive_random
from toolace_mt.trajectory import Edit, Finding, Injection, Judgement, Trajectory, Turn

Check = Callable[[Trajectory], tuple[Finding, ...]]


async def refine(
    trajectory: Trajectory,
    generate: Generate,
    config: RefinementConfig,
    initialization: InitializationConfig,
    check: Check,
) -> Trajectory:
    """Return the trajectory after all its rounds, with every edit in its ledger.

    A round is one injection, while any is left to make, and one reasonability pass, while any turn
    is uncovered and passes are left. `check` are the rules: an edit that adds an error to what they
    find is never adopted, whatever the judge would say.
    """
    injections = draw_injections(trajectory.seed, config)
    written = {"texts", "values"} if initialization.values == "model" else {"texts"}
    delexicalized = initialization.grounding == "delexicalized"
    for round in range(1, max(config.passes, len(injections)) + 1):
        if round <= len(injections):
            kind = injections[round - 1]
            trajectory = await _inject(
                trajectory, kind, round, generate, config, check, delexicalized
            )
        candidates = maskable(trajectory.turns, written)
        covered = all(trajectory.turns[index].selected for index in candidates)
        if round <= config.passes and not (covered and round >= len(injections)):
            trajectory = await _refine_once(
                trajectory, candidates, round, generate, config, check, delexicalized
            )
        elif round >= len(injections):
            break
    return trajectory


async def _inject(
    trajectory: Trajectory,
    kind: Injection,
    round: int,
    generate: Generate,
    config: RefinementConfig,
    check: Check,
    delexicalized: bool,
) -> Trajectory:
    injected = await inject(
        trajectory, kind, round, generate, config.sampling, delexicalized=delexicalized
    )
    if injected is None:
        return trajectory
    if isinstance(injected, Unusable):
        unread = Judgement(False, "undecided", injected.reason)
        return _log(trajectory, Edit(round, kind, (), (), (), unread))
    added = _added_errors(trajectory, injected.trajectory, check)
    judgement = Judgement(not added, "rules", _name(added))
    edit = Edit(round, kind, (injected.index,), injected.before, injected.after, judgement)
    return _log(injected.trajectory if judgement.adopted else trajectory, edit)


async def _refine_once(
    trajectory: Trajectory,
    candidates: tuple[int, ...],
    round: int,
    generate: Generate,
    config: RefinementConfig,
    check: Check,
    delexicalized: bool,
) -> Trajectory:
    rng = derive_random(trajectory.seed, "refinement", round, "masks")
    first: set[int] = set()
    if config.selection == "findings_first":
        first = {finding.turn for finding in check(trajectory) if finding.severity == "error"}
    masked = choose_masks(trajectory.turns, candidates, config.masks, config.decay, rng, first)
    if not masked:
        return trajectory
    fills, unread = await fill(
        *(trajectory, masked, round, generate, config.sampling),
        delexicalized=delexicalized,
        how=config.fill,
    )
    trajectory = _count(trajectory, masked)
    for unusable in unread:
        lost = Judgement(False, "undecided", unusable.reason)
        trajectory = _log(trajectory, Edit(round, "refinement", (), (), (), lost))
    return await _adopt(trajectory, fills, round, generate, config, check)


async def _adopt(
    trajectory: Trajectory,
    fills: Mapping[int, Turn],
    round: int,
    generate: Generate,
    config: RefinementConfig,
    check: Check,
) -> Trajectory:
    """Adopt or keep: fills that add errors or change nothing are left out, the rest is judged."""
    changed: dict[int, Turn] = {}
    for index, turn in fills.items():
        turn = replace(turn, selected=trajectory.turns[index].selected)
        if turn == trajectory.turns[index]:
            continue
        added = _added_errors(trajectory, _with(trajectory, {index: turn}), check)
        if added:
            refused = Judgement(False, "rules", _name(added))
            trajectory = _log(trajectory, _edit(trajectory, {index: turn}, round, refused))
        else:
            changed[index] = turn
    if not changed:
        return trajectory
    verdict = Judgement(True, "rules")
    if config.judge:
        verdict = await judge(
            trajectory, changed, round, generate, config.sampling, reasons=config.reasons
        )
    edit = _edit(trajectory, changed, round, verdict)
    return _log(_with(trajectory, changed) if verdict.adopted else trajectory, edit)


def _added_errors(old: Trajectory, new: Trajectory, check: Check) -> list[Finding]:
    """Return the errors of `new` beyond those of `old`, by check: indexes may have shifted."""
    before = [finding.check for finding in check(old) if finding.severity == "error"]
    added: list[Finding] = []
    for finding in check(new):
        if finding.severity != "error":
            continue
        if finding.check in before:
            before.remove(finding.check)
        else:
            added.append(finding)
    return added


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


def _log(trajectory: Trajectory, edit: Edit) -> Trajectory:
    return replace(trajectory, edits=(*trajectory.edits, edit))
