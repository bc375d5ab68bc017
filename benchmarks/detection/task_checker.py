"""How often the checker of tasks errs: wrong answers that it rewards, right ones that it refuses.

    python -m benchmarks.detection.task_checker [--scripted N] [--seed N]
                                                [--out docs/task_checker.md]

Every assistant turn of the hand-written dialogues of the tests, and of dialogues that the scripted
engine makes, is a task. To each, every kind of wrong answer and of right variant is given once,
where the turn has a place for it. Intervals are Wilson's, 95%.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.detection.answers import RIGHT, WRONG, Change
from benchmarks.detection.detection import rate
from benchmarks.detection.planted_defects import hand_written, judged_right, scripted
from toolace_mt.dataset.messages import turn_messages
from toolace_mt.seeds import derive_random
from toolace_mt.tasks.check import score
from toolace_mt.tasks.key import keys
from toolace_mt.trajectory import Trajectory


class Given(NamedTuple):
    """How many answers were given and how many of them were rewarded, by kind; how many tasks."""

    count: Counter[str]
    rewarded: Counter[str]
    tasks: int


def measure(dialogues: Iterable[Trajectory], kinds: dict[str, Change], seed: int) -> Given:
    """Give answers of each kind to every task of some dialogues."""
    count, rewarded, tasks = Counter[str](), Counter[str](), 0
    for dialogue in dialogues:
        for index, key in keys(dialogue).items():
            tasks += 1
            turn = dialogue.turns[index]
            (message,) = turn_messages((turn,), dialogue, {})
            for kind, change in kinds.items():
                rng = derive_random("answers", seed, dialogue.id, index, kind)
                answer = change(message, dialogue, rng)
                if answer is not None:
                    count[kind] += 1
                    rewarded[kind] += score(key, answer).reward > 0
    return Given(count, rewarded, tasks)


def markdown(sources: dict[str, list[Trajectory]], seed: int) -> str:
    """Measure every source and return the report."""
    parts = [
        "# Error rates of the checker of tasks",
        "Written by `benchmarks/detection/task_checker.py`; do not edit. In brackets: 95%"
        " intervals (Wilson). Replies are checked for being replies; what they say is not judged.",
    ]
    for name, dialogues in sources.items():
        wrong, good = measure(dialogues, WRONG, seed), measure(dialogues, RIGHT, seed)
        parts.append(f"## {name}\n\n{len(dialogues)} dialogues, {wrong.tasks} tasks.")
        refused = good.count - good.rewarded
        parts.append(_table("wrong answer", "rewarded", wrong.count, wrong.rewarded, WRONG))
        parts.append(_table("right variant", "refused", good.count, refused, RIGHT))
    return "\n\n".join(parts) + "\n"


def _table(
    what: str, outcome: str, count: Counter[str], hits: Counter[str], kinds: Iterable[str]
) -> str:
    lines = [f"| {what} | n | {outcome} |", "|---|---:|---|"]
    lines += [f"| {kind} | {count[kind]} | {rate(hits[kind], count[kind])} |" for kind in kinds]
    whole = rate(hits.total(), count.total())
    return "\n".join([*lines, f"| **all** | {count.total()} | **{whole}** |"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scripted", type=int, default=320, help="dialogues of the engine")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file for the report")
    options = parser.parse_args()
    sources = {
        "Hand-written dialogues": hand_written(),
        "Dialogues judged right by hand": judged_right(),
        f"Scripted engine, seed {options.seed}": scripted(options.scripted, options.seed),
    }
    text = markdown(sources, options.seed)
    if options.out:
        options.out.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
