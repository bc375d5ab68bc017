"""Reads the log of a run under test: what was in flight at each kill, what was paid twice."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

IN_TRANSIT = 0.5  # seconds that a message of a killed process may still be on its way


@dataclass(slots=True)
class _Call:
    sent: list[float] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    journaled: float = float("inf")


@dataclass(slots=True)
class Account:
    """What one run's kills cost.

    `again` counts calls that entered an engine once more, `tokens` those of completions made more
    than once; `in_flight` are the calls sent and not journaled, at each kill. `unexplained` counts
    calls made again although they were in flight at no kill in between.
    """

    kills: int
    calls: int
    in_flight: list[int]
    again: int
    tokens: int
    unexplained: int


def take_account(log: Path) -> Account:
    """Read a whole log."""
    calls: dict[str, _Call] = defaultdict(_Call)
    kills = []
    for line in log.read_text().splitlines():
        time, _, word, *rest = line.split()
        match word:
            case "kill":
                kills.append(float(time))
            case "gone":  # a driver's shards live on for a second or two; only now they rest
                kills[-1] = float(time)
            case "sent":
                calls[rest[0]].sent.append(float(time))
            case "start":
                calls[rest[0]].started.append(float(time))
            case "done":
                calls[rest[0]].tokens.append(int(rest[1]))
            case "journal":
                calls[rest[0]].journaled = min(calls[rest[0]].journaled, float(time))
    return Account(
        kills=len(kills),
        calls=len(calls),
        in_flight=[sum(_open(call, kill) for call in calls.values()) for kill in kills],
        again=sum(max(0, len(call.started) - 1) for call in calls.values()),
        tokens=sum(sum(call.tokens[1:]) for call in calls.values()),
        unexplained=sum(_unexplained(call, kills) for call in calls.values()),
    )


def _open(call: _Call, kill: float) -> bool:
    """Whether a call was in flight at a kill."""
    return bool(call.sent) and call.sent[0] <= kill + IN_TRANSIT and call.journaled >= kill


def _unexplained(call: _Call, kills: list[float]) -> int:
    count = 0
    for first, second in zip(call.started, call.started[1:], strict=False):
        sent = max(time for time in call.sent if time <= first)
        between = [k for k in kills if sent - IN_TRANSIT <= k <= second]
        count += not any(_open(call, kill) for kill in between)
    return count


def journaled_twice(run_dir: Path) -> int:
    """Return how many completions the journals hold more than once: those were paid for nothing."""
    seen: dict[tuple[Path, str], int] = defaultdict(int)
    for path in run_dir.glob("journal/*/*/*.jsonl"):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                seen[path.parent, json.loads(line[9:])["key"]] += 1
    return sum(count - 1 for count in seen.values())
