"""Checks the queries of many drafted dialogues with a checker of its own, and writes the figures.

`python -m benchmarks.selection.check --dialogues 10000` takes some minutes on one core: dialogues
are drafted, as `configs/fast.yaml` says, so that no model is asked for anything. The figures go
into docs/selection.md; what the checker objects to is printed, and the exit status is 1.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import replace_section
from benchmarks.selection.checker import complaints, queries
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import RunConfig, load_config
from toolace_mt.dataset.rows import to_record
from toolace_mt.initialization import initialize
from toolace_mt.seeds import derive_seed
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory
from toolace_mt.verification import verify

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "selection.md"


def main() -> int:
    """Run the check as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialogues", type=int, default=10_000)
    parser.add_argument("--config", type=Path, default=_ROOT / "configs" / "fast.yaml")
    parser.add_argument("--page", type=Path, default=_PAGE)
    wanted = parser.parse_args()
    counts: Counter[str] = Counter()
    for dialogue in drafted(load_config(wanted.config), wanted.dialogues):
        for wrong in tally(dialogue, counts):
            print(wrong, flush=True)
    replace_section("checked", report(counts), wanted.page)
    print(report(counts))
    return 1 if counts["objections"] or counts["unproven"] else 0


def drafted(config: RunConfig, count: int) -> Iterator[Trajectory]:
    """Yield dialogues as the first stage drafts them, with the verdict of the rules."""
    pool = load_pool(config.tools.source)
    rules_alone = config.verification.model_copy(update={"experts": []})

    async def make(number: int) -> Trajectory:
        empty = Trajectory(f"d{number}", derive_seed(config.seed, number))
        first = await initialize(empty, _nobody, pool, config.tools, config.initialization)
        return await verify(first, None, rules_alone)

    for number in range(count):
        yield asyncio.run(make(number))


def tally(dialogue: Trajectory, counts: Counter[str]) -> list[str]:
    """Count a dialogue and its queries; return what the checker objects to."""
    counts["dialogues"] += 1
    if dialogue.verdict is None:
        return [f"{dialogue.id} failed: {dialogue.failure}"]
    row = to_record(dialogue)
    asked = queries(row)
    counts["queries"] += len(asked)
    counts["unproven"] += sum(bool(d.selections) for d in dialogue.derivations) - len(asked)
    for _, [query, *others] in asked:
        counts["filtered"] += bool(query.where)
        counts["ordered"] += bool(query.by)
        counts["computed"] += bool(others) or query.pick in ("count", "sum", "difference")
    wrong = list(complaints(row))
    counts["objections"] += len(wrong)
    return wrong


def report(counts: Counter[str]) -> str:
    """Return the figures as the page has them."""
    return (
        f"{counts['dialogues']:,} dialogues as the first stage drafts them have "
        f"{counts['queries']:,} queries:\n{counts['ordered']:,} with an order, "
        f"{counts['filtered']:,} with filters, {counts['computed']:,} computed. The checker has\n"
        f"{counts['objections']:,} objections; {counts['unproven']:,} queries could not be proven "
        "by the package itself."
    )


async def _nobody(request: Request) -> Completion:
    raise RuntimeError(f"drafted dialogues need no model, but {request.kind} was asked for")


if __name__ == "__main__":
    sys.exit(main())
