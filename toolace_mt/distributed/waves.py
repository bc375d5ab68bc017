"""Plans more dialogues while a run has fewer accepted ones than its configuration asks for."""

from collections.abc import Callable, Iterable
from pathlib import Path

from toolace_mt.config import RunConfig
from toolace_mt.dataset.selection import left_out
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Plan, raise_plan
from toolace_mt.run.status import read_status
from toolace_mt.run.waves import next_wave


def with_next_wave(
    run: RunDir,
    config: RunConfig,
    plan: Plan,
    stages: Iterable[str],
    copy: Callable[[Path], None],
) -> Plan:
    """Return the plan with the dialogues of the next wave, unchanged if there is none.

    A run whose plan is not finished yet has no next wave. Dialogues that the dataset would leave
    out do not count as accepted. A raised plan is written, and copied by `copy`.
    """
    if config.accepted is None:
        return plan
    status = read_status(run, plan.dialogues, stages)
    if not status.complete:
        return plan
    rows = status.outcomes["accepted"] - len(left_out(run, config.export))
    more = next_wave(config, plan.dialogues, rows, status.paid)
    if not more:
        return plan
    raised = raise_plan(run, plan, plan.dialogues + more)
    copy(run.manifest)
    return raised
