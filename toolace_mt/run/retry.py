"""Takes back what was given up: calls whose completion is "failed" are asked again by the next run.

Such a completion is journaled like any other, so that a continued run is the run it was. What made
it fail (engines that died, an endpoint that was down) may be over by now: then its line is taken
out of the journal, and the shards that follow from it are no longer published. All else is replayed
from the journals: dialogues that had no such call come out as they were, and cost nothing.
"""

from pathlib import Path

import yaml

from toolace_mt.config import validate_config
from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.journal import given_up, take_back
from toolace_mt.run.lease import owned
from toolace_mt.run.plan import existing_plan
from toolace_mt.run.remote import RemoteCopy


def retry(run: RunDir) -> int:
    """Take back all calls that were given up; returns how many.

    Raises InputError if no run is here, RunDirError while a driver is at work.
    """
    plan = existing_plan(run)
    with owned(run):
        output = _output(run)
        calls = 0
        for shard in plan.shards():
            for number, stage in enumerate(plan.stages):
                found = given_up(run.journal(stage, shard.index))
                if found:
                    # Last stage first: whenever this is cut off, doing it again completes it.
                    for later in reversed(plan.stages[number:]):
                        _unpublish(run, run.shard(later, shard.index), output)
                    take_back(run.journal(stage, shard.index))
                calls += found
    return calls


def _output(run: RunDir) -> RemoteCopy | None:
    with storage(run.config):
        settings = yaml.safe_load(run.config.read_bytes())
    url = validate_config(settings, str(run.config)).output
    if not url:
        return None
    output = RemoteCopy(url)
    output.claim()
    return output


def _unpublish(run: RunDir, path: Path, output: RemoteCopy | None) -> None:
    """Delete a shard, first where it would be fetched from again."""
    if output:
        output.remove(run, path)
    with storage(path):
        path.unlink(missing_ok=True)
