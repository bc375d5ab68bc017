"""Counts how model experts judge good dialogues, and good dialogues with a planted defect."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks.detection.detection import DEFECTS, errors, rate, variants
from toolace_mt.calls.request import Generate
from toolace_mt.config import RunConfig, VerificationConfig
from toolace_mt.engine.base import start_engine
from toolace_mt.trajectory import Answer, Trajectory
from toolace_mt.verification.experts import aggregate, ask_experts
from toolace_mt.verification.rules import check


@dataclass(slots=True)
class Asked:
    """How many dialogues were shown and rejected; by expert, how often it failed one of them or
    gave no answer that could be read.
    """

    count: int = 0
    rejected: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Asked") -> "Asked":
        return Asked(
            self.count + other.count,
            self.rejected + other.rejected,
            self.failed + other.failed,
            self.undecided + other.undecided,
        )

    def add(self, answers: tuple[Answer, ...], config: VerificationConfig) -> None:
        """Count the answers about one dialogue."""
        self.count += 1
        self.rejected += aggregate(answers, config) == "rejected"
        self.failed.update(a.expert for a in answers if a.outcome == "fail")
        self.undecided.update(a.expert for a in answers if a.outcome == "undecided")


async def ask_all(
    dialogues: Sequence[Trajectory], config: RunConfig, samples: int, seed: int
) -> tuple[Asked, dict[str, dict[str, Asked]]]:
    """Ask about good dialogues and about `samples` of each defect, with the engine of `config`.

    Dialogues in which the rules find errors are left out. Raises EngineError.
    """
    good = [trajectory for trajectory in dialogues if not errors(check(trajectory))]
    engine = start_engine(config.engine, 0)
    try:
        shown = good[: samples * sum(map(len, DEFECTS.values()))]
        clean = await _ask(shown, engine.generate, config.verification)
        found: dict[str, dict[str, Asked]] = {}
        for group, kinds in DEFECTS.items():
            found[group] = {}
            for name in kinds:
                spoiled = (v for t in good for v in variants(t, group, name, 1, seed))
                chosen = list(islice(spoiled, samples))
                asked = await _ask(chosen, engine.generate, config.verification)
                found[group][name] = asked
        return clean, found
    finally:
        await engine.close()


async def _ask(
    dialogues: Sequence[Trajectory], generate: Generate, config: VerificationConfig
) -> Asked:
    asked = Asked()
    answers = await asyncio.gather(*(ask_experts(each, generate, config) for each in dialogues))
    for each in answers:
        asked.add(each, config)
    return asked


def expert_report(
    dialogues: Sequence[Trajectory], config: RunConfig, samples: int, seed: int
) -> str:
    """Measure and return the report on experts, as Markdown: all of a group, then by defect."""
    clean, found = asyncio.run(ask_all(dialogues, config, samples, seed))
    said = config.verification
    reasons = "a verdict and a reason" if said.reasons else "one word"
    lines = [
        f"## {Path(config.engine.model).name}\n",
        f"Each expert answers in {reasons}; aggregation: {said.aggregation}. Columns of experts:"
        " share of dialogues that this expert fails. In brackets: 95% intervals (Wilson).\n",
        f"| dialogues | n | rejected | {' | '.join(said.experts)} | undecided answers |",
        f"|---|---:|---|{'---:|' * (len(said.experts) + 1)}",
        _line("**good**", clean, said.experts),
    ]
    for group, kinds in found.items():
        whole = sum(kinds.values(), Asked())
        lines.append(_line(f"**{group}**", whole, said.experts))
        lines += [_line(name, asked, said.experts) for name, asked in kinds.items()]
    return "\n".join(lines) + "\n"


def _line(name: str, asked: Asked, experts: Sequence[str]) -> str:
    shares = [f"{asked.failed[each] / max(1, asked.count):.0%}" for each in experts]
    cells = [name, str(asked.count), rate(asked.rejected, asked.count), *shares]
    return f"| {' | '.join(cells)} | {sum(asked.undecided.values())} |"
