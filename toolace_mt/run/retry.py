"""Takes back calls that were given up, so that the next run makes them again.

A call that was given up has a completion with the finish "failed", journaled like any other. Its
reason, such as an endpoint that was down, may have passed. `retry` removes such lines from the
journals, and deletes the shards that follow from them. All other calls are replayed from the
journals and cost nothing: dialogues without such a call come out unchanged.
"""

from pathlib import Path

from toolace_mt.run.directory import RunDir, storage
from toolace_mt.run.journal import given_up, take_back
from toolace_mt.run.lease import owned
from toolace_mt.run.plan import existing_plan
from toolace_mt.run.prepare import read_settings
from toolace_mt.run.remote import RemoteCopy


def retry(run: RunDir) -> int:
    """Take back all calls that were given up; return how many.

    Raises InputError if there is no run, RunDirError while a driver is at work.
    """
    plan = existing_plan(run)
    with owned(run):
        output = _output(run)
        calls = 0
        for shard in plan.shards():
            for number, stage in enumerate(plan.stages):
                found = given_up(run.journal(stage, shard.index))
                if found:
                    # Last stage first: cut off anywhere, a second retry completes the first.
                    for later in reversed(plan.stages[number:]):
                        _unpublish(run, run.shard(later, shard.index), output)
                    take_back(run.journal(stage, shard.index))
                calls += found
    return calls


def _output(run: RunDir) -> RemoteCopy | None:
    url = read_settings(run).output
    if not url:
        return None
    output = RemoteCopy(url)
    output.claim()
    return output


def _unpublish(run: RunDir, path: Path, output: RemoteCopy | None) -> None:
    """Delete a shard, in the output first: a driver would fetch it from there again."""
    if output:
        output.remove(run, path)
    with storage(path):
        path.unlink(missing_ok=True)
