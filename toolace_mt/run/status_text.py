"""The status of a run in words and as a table, for `run`, `status` and the live display."""

import time
from collections.abc import Iterator, Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from toolace_mt.run.shards import Tokens
from toolace_mt.run.status import OUTCOMES, RunStatus, StageStatus

SILENCE = 30.0  # seconds after which a driver that said nothing is presumed dead
MOST_FREQUENT = 5
LATEST = 8  # batches that have a line of their own


def stage_table(stages: Mapping[str, StageStatus], planned: int, caption: str = "") -> Table:
    """Return the stages of a run as a table.

    Large numbers fold in a narrow terminal rather than being cut.
    """
    table = Table(box=SIMPLE_HEAD, padding=0, caption=caption, caption_justify="left")
    table.add_column("stage", no_wrap=True)
    of_all = f"dialogues\nof {planned:,}"
    for name in (of_all, "failed", "calls", "prompt\ntokens", "cached", "output\ntokens"):
        table.add_column(name, justify="right", overflow="fold")
    for name, stage in stages.items():
        table.add_row(
            name,
            f"{stage.dialogues:,}",
            f"{stage.failed:,}",
            f"{stage.paid.calls:,}",
            f"{stage.paid.prompt:,}",
            f"{cached_share(stage.paid):.0%}",
            f"{stage.paid.output:,}",
        )
    return table


def outcome_lines(status: RunStatus) -> Iterator[str]:
    """Yield lines on how verified dialogues ended, and on the most frequent errors and failures."""
    counts = ", ".join(f"{status.outcomes[name]:,} {name}" for name in OUTCOMES)
    rate = "" if status.pass_rate is None else f" (pass rate {status.pass_rate:.1%})"
    yield f"{status.verified:,} of {status.planned:,} dialogues verified: {counts}{rate}"
    if status.asked is not None:
        yield f"  {status.rows:,} of {status.asked:,} accepted dialogues asked for"
    paid, accepted = status.paid, status.outcomes["accepted"]
    if paid.calls and accepted:
        tokens = paid.prompt + paid.output
        yield (
            f"  cost: {paid.calls:,} calls, {tokens:,} tokens;"
            f" {paid.calls / accepted:,.1f} calls, {tokens / accepted:,.0f} tokens an accepted one"
        )
    for reason, count in status.left_out.most_common():
        yield f"  left out of the dataset: {count:,} {reason}"
    for kind, tally in (("error", status.findings), ("failure", status.failures)):
        for name, count in tally.most_common(MOST_FREQUENT):
            yield f"  {kind}: {name} in {count:,}"


def batch_lines(status: RunStatus) -> Iterator[str]:
    """Yield a line about all batches, if there are any, and one about each of the latest."""
    states = status.batches.values()
    if not states:
        return
    requests, answered, failed = (
        sum(getattr(state, name) for state in states) for name in ("requests", "answered", "failed")
    )
    yield (
        f"{len(states)} batches: {requests:,} requests, {answered:,} answered,"
        f" {failed:,} failed or asked again"
    )
    for name, state in list(status.batches.items())[-LATEST:]:
        what = "answered online" if state.step == "done" and not state.status else state.status
        which = f" ({state.batch})" if state.batch else ""
        counted = f"{state.answered:,} of {state.requests:,} answered"
        yield f"  {name}{which}: {what or 'not submitted yet'}, {counted}, {state.failed:,} failed"


def nothing_accepted(status: RunStatus) -> str:
    """Return one line that says that no dialogue was accepted, with the most frequent cause."""
    causes = {f"error {name}": count for name, count in status.findings.items()}
    causes |= {f"failure {name}": count for name, count in status.failures.items()}
    causes["no readable answer of the experts"] = status.outcomes["undecided"]
    name = max(causes, key=lambda cause: causes[cause])
    return (
        f"none of {status.verified:,} dialogues was accepted; most frequent cause: {name}"
        f" in {causes[name]:,}"
    )


def too_few(status: RunStatus) -> str:
    """Return one line that says that fewer dialogues were accepted than asked for, "" if not."""
    if status.asked is None or status.rows >= status.asked:
        return ""
    return (
        f"{status.rows:,} of {status.asked:,} accepted dialogues asked for, and the budget is spent"
        f" ({status.planned:,} dialogues planned); raise budget.dialogues, and budget.calls or"
        " budget.tokens if set, then run the same command to continue"
    )


def found_line(status: RunStatus) -> str:
    """Return one line about what a continued run finds on disk, "" if it finds nothing."""
    stages = status.stages
    journaled = sum(stage.journaled for stage in stages.values())
    if not journaled and not any(stage.dialogues for stage in stages.values()):
        return ""
    found = ", ".join(f"{name} {stage.dialogues}" for name, stage in stages.items())
    return (
        f"continuing: of {status.planned} dialogues published: {found};"
        f" {journaled} completions in journals"
    )


def driver_line(status: RunStatus) -> str:
    """Return who is at work and how fast, and what broke in all drivers' lives so far."""
    lease, live = status.lease, status.heartbeat
    deaths = sum(life.deaths for life in status.lives)
    requeues = sum(life.requeues for life in status.lives)
    broken = f"{deaths} engine deaths, {requeues} requeues so far"
    if lease is None or not lease.host:
        return f"no driver is at work; {broken}"
    who = f"driver {lease.pid} on {lease.host}"
    if not live:
        return f"{who}: starting"
    age = time.time() - live["time"]
    if age > SILENCE:
        return f"{who}: silent for {duration(age)}; if it is dead, the same command continues"
    if not live["engines"]:
        return f"{who}: at work in batches"
    running, slots = (sum(each[name] for each in live["engines"]) for name in ("running", "slots"))
    left = live["seconds_left"]
    return (
        f"{who}: {live['calls_per_second']:.1f} calls/s,"
        f" {live['output_tokens_per_second']:.0f} tok/s, {running}/{slots} slots,"
        f" {broken}" + (f", {duration(left)} left" if left is not None else "")
    )


def cached_share(tokens: Tokens) -> float:
    """Return the share of prompt tokens that came from the prefix cache, from 0 to 1."""
    return tokens.cached / tokens.prompt if tokens.prompt else 0.0


def duration(seconds: float) -> str:
    """Return seconds in a readable unit: `42 s`, `3 min`, `2.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
