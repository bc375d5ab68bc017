"""The rounds of iterative refinement: complexity injection and reasonability (stage 2)."""

from toolace_mt.calls.request import Generate
from toolace_mt.config import RefinementConfig, Writing
from toolace_mt.policies.confirm import unconfirmed
from toolace_mt.refinement.draft import same_turns
from toolace_mt.refinement.injections.inject import by_round, draw_injections, possible
from toolace_mt.refinement.operations import Check, Refiner
from toolace_mt.refinement.reasoning import reason
from toolace_mt.tools.execute import OpenWorld
from toolace_mt.trajectory import Trajectory


async def refine(
    trajectory: Trajectory,
    generate: Generate,
    config: RefinementConfig,
    writing: Writing,
    check: Check,
    open_world: OpenWorld | None = None,
) -> Trajectory:
    """Return the trajectory after all rounds, with every edit in its ledger.

    A round makes one injection or all of them, and one reasonability pass, as `config` says. Once
    no injection is left, `patience` rounds that change nothing end the loop.
    - An edit that adds an error to what `check` (the rules) finds is never adopted.
    - Drafted texts are masked first. Writing them is no edit; if that fails, `failure` is set.
    - With real calls (`open_world`), a call that an edit changes is made again, in order from the
      start, before anybody decides on the edit.
    """
    wanted = by_round(draw_injections(trajectory.seed, config, possible(trajectory)), config)
    constrained = writing.grounding == "constrained"
    drafted = writing.skeleton == "drafted"
    values = writing.values == "model"
    refiner = Refiner(generate, config, constrained, drafted, values, check, open_world)
    operate = refiner.at_once if config.round == "at_once" else refiner.alternate
    draft = refiner.draft(trajectory)
    unchanged = 0
    demanded = bool(unconfirmed(trajectory))
    for round in range(1, max(config.passes, len(wanted), drafted, demanded) + 1):
        before = draft.trajectory
        draft = await operate(draft, wanted[round - 1] if round <= len(wanted) else (), round)
        if draft.trajectory.failure:
            break
        unchanged = unchanged + 1 if same_turns(before, draft.trajectory) else 0
        if unchanged == config.patience and round >= len(wanted):
            break
    return await reason(draft.trajectory, generate, config, check, constrained=constrained)
