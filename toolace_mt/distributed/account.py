"""What a run directory says about its run: exact at any time, while it runs and afterwards."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from toolace_mt.distributed.journal import entries
from toolace_mt.distributed.layout import RunDir
from toolace_mt.distributed.plan import Plan
from toolace_mt.distributed.shards import Tokens, read_sums


@dataclass(slots=True)
class StageAccount:
    """One stage: dialogues published and how they stand, shards published, and what was paid.

    `journaled` counts completions that wait in journals of shards not published yet; `paid`
    includes them.
    """

    shards: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    paid: Tokens = field(default_factory=Tokens)
    journaled: int = 0

    @property
    def dialogues(self) -> int:
        """Number of dialogues published."""
        return self.outcomes.total()


Account = dict[str, StageAccount]


def take_account(run: RunDir, plan: Plan, stages: Iterable[str]) -> Account:
    """Add up all published shards and the journals of those not yet published, by stage."""
    account = {stage: StageAccount() for stage in stages}
    for shard in plan.shards():
        for stage, sums in account.items():
            path = run.shard(stage, shard.index)
            if path.exists():
                published = read_sums(path)
                sums.shards += 1
                sums.outcomes.update(published.outcomes)
                sums.paid.add(published.paid)
            else:
                for _, completion in entries(run.journal(stage, shard.index)):
                    sums.journaled += 1
                    sums.paid.count(completion)
    return account
