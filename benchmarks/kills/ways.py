"""Ways to kill: at random times, one part after another, or at every file operation."""

import random
import signal
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.kills.campaign import Campaign, Row, causes, planned
from benchmarks.kills.hook import Point
from benchmarks.kills.life import Life
from toolace_mt.run.policy import FaultPolicy

LIVES = 60  # of one run, until it must have come to its end
REAL_PAUSE = 8.0  # seconds that a healthy real engine is left in peace, at most
SETTLE = 2.0  # seconds in which what a killed engine had finished may still arrive
POINTS_PER_LIFE = 6  # for those in shard workers, of which another takes over at once

Disturb = Callable[[Life, Row], None]


def kill_driver(size: int, rng: random.Random) -> Disturb:
    """Once a life: in its first seconds, or after some more lines of the log."""

    def disturb(life: Life, row: Row) -> None:
        if row.left <= 0:
            return
        if rng.random() < 0.25:
            life.wait(rng.uniform(0, 8))
        else:
            life.wait(0, lines=life.lines() + rng.randrange(1, size // 4))
        row.left -= life.kill("driver", rng)

    return disturb


def kill_part(kind: str, pause: float, rng: random.Random, how: signal.Signals) -> Disturb:
    """Again and again in one life, with random pauses, once the engines are at work."""

    def disturb(life: Life, row: Row) -> None:
        life.wait(0, lines=life.lines() + 1)
        while row.left > 0 and life.wait(rng.uniform(pause / 4, pause)):
            row.left -= life.kill(kind, rng, how)

    return disturb


def kill_in_turn(
    victims: Sequence[tuple[str, signal.Signals]], pause: float, rng: random.Random
) -> Disturb:
    """One after the other, each once an engine is healthy again: it has answered something."""

    def disturb(life: Life, row: Row) -> None:
        life.wait(0, lines=1)
        while row.left > 0 and life.wait(SETTLE):
            life.wait(0, answers=life.answers() + 1)
            if life.wait(rng.uniform(0, pause)):
                kind, how = victims[row.left % len(victims)]
                row.left -= life.kill(kind, rng, how)

    return disturb


def way(kind: str, size: int, scripted: bool, rng: random.Random) -> Disturb:
    """Return how a kind is killed; a real engine takes half a minute to be healthy again."""
    if kind == "driver":
        return kill_driver(size, rng)
    core, computing = ("actor", "actor") if scripted else ("enginecore", "vllmworker")
    how = signal.SIGSTOP if kind == "stopped" else signal.SIGKILL
    if kind == "mixed":
        last = ((part, signal.SIGKILL) for part in ("driver", computing, "actor"))
        return kill_in_turn(((core, signal.SIGSTOP), *last), REAL_PAUSE, rng)
    part = core if kind == "stopped" else kind
    if not scripted:
        return kill_in_turn([(part, how)], REAL_PAUSE, rng)
    return kill_part(part, {"node": 20.0, "stopped": 10.0}.get(kind, 3.0), rng, how)


def run_until_done(
    campaign: Campaign, row: Row, reference: dict[str, bytes] | None, disturb: Disturb, nodes: int
) -> None:
    """One run: drivers follow one another until one ends well."""
    run_dir = campaign.new_run()
    for _ in range(LIVES):
        life = campaign.live(run_dir, nodes)
        disturb(life, row)
        status = ended(life, row)
        if status == 0:
            campaign.judge(run_dir, reference, row)
            return
        if status != -signal.SIGKILL:
            row.wrong.append(f"{run_dir.name}: exit status {status}, see {life.output.name}")
    raise AssertionError(f"{run_dir}: {LIVES} lives, and no end")


def ended(life: Life, row: Row) -> int:
    """Wait for a life's end and return its status."""
    status, orphans = life.end()
    row.lives += 1
    row.orphans += orphans
    row.ended.append(life)
    return status


def poison(campaign: Campaign, row: Row) -> None:
    """Runs with a dialogue that crashes engines: it alone fails, and its cause says so.

    All of its requests do, or only those of a later stage. It costs no more engines than one
    request does, however many it asks.
    """
    policy = FaultPolicy()
    guilty = planned(campaign.settings)[campaign.settings["dialogues"] // 2]
    for stage in ("", " refinement", " verification") if campaign.scripted else ("",):
        run_dir = campaign.new_run()
        before = row.kills
        life = campaign.live(run_dir, poison=guilty + stage)
        if status := ended(life, row):
            row.wrong.append(f"{run_dir.name}: exit status {status}, see {life.output.name}")
            return
        campaign.judge(run_dir, None, row)
        failed = causes(run_dir)
        if list(failed) != [guilty] or "the engine died" not in failed[guilty]:
            row.wrong.append(f"{run_dir.name}: expected that {guilty} fails, got {failed}")
        if row.kills - before > policy.suspect_after + policy.guilty_after:
            row.wrong.append(f"{run_dir.name}: {row.kills - before} engines for one dialogue")


# -- at every boundary ---------------------------------------------------------------------------


def boundaries(log: Path, rng: random.Random) -> list[Point]:
    """Return all points of a run's log at which a process is to kill itself, in order."""
    most: dict[str, int] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for line in log.read_text().splitlines():
        _, pid, word, place = line.split(maxsplit=3)
        if word == "file":
            counts[pid, place] += 1
            most[place] = max(most.get(place, 0), counts[pid, place])
    points = []
    for place, count in most.items():
        sides = ("before", "half", "after") if " write " in place else ("before", "after")
        points += [Point(place, side, rng.choice((1, rng.randint(1, count)))) for side in sides]
    return points


def kill_at_boundaries(
    campaign: Campaign, row: Row, reference: dict[str, bytes] | None, points: list[Point]
) -> None:
    """Let processes die at all points: a few a life in workers, one a life in the driver."""
    for role, batch in (("worker", POINTS_PER_LIFE), ("driver", 1)):
        queue = deque((point, 0) for point in points if point.place.startswith(role))
        while queue:
            run_dir = campaign.new_run()
            missed: list[tuple[Point, int]] = []  # a run that goes on comes to fewer places
            while True:
                due = [queue.popleft() for _ in range(min(batch, len(queue)))]
                life = campaign.live(run_dir, points=[point for point, _ in due])
                status = ended(life, row)
                log = run_dir.with_suffix(".log").read_text()
                for point, tries in due:
                    if f"kill {point.side} {point.place}\n" in log:
                        continue
                    if tries == 2:
                        row.wrong.append(f"never came to {point}")
                    else:
                        missed.append((Point(point.place, point.side, 1), tries + 1))
                if status == 0:
                    campaign.judge(run_dir, reference, row)
                    queue.extendleft(missed)  # the next run, a fresh one, comes to these first
                    break
