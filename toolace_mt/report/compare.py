"""Compares two runs: the cost of a planned and of an accepted dialogue, and their statistics."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from toolace_mt.config import RunConfig, load_config
from toolace_mt.errors import InputError
from toolace_mt.report.coherence import Entails, entailment_ratio
from toolace_mt.report.comparison import Comparison, Measured, Row
from toolace_mt.report.diversity import measure, sampled, texts_of
from toolace_mt.run.directory import RunDir
from toolace_mt.run.plan import Plan, existing_plan
from toolace_mt.run.prepare import read_pool
from toolace_mt.run.shards import read_shard
from toolace_mt.run.status import RunStatus, read_status
from toolace_mt.trajectory import Trajectory, Usage

PAPER = {
    "simulation": {
        "calls / accepted": 275_000 / 8_000,
        "pass rate": 0.611,
        "user turns": 5.8,
        "calls per user turn": 2.3,
        "entropy (bits)": 7.92,
        "distinct-3": 0.319,
        "entailment ratio": 0.4360,
    },
    "toolace_mt": {
        "calls / accepted": 188_000 / 8_000,
        "pass rate": 0.723,
        "user turns": 3.4,
        "calls per user turn": 3.7,
        "entropy (bits)": 9.28,
        "distinct-3": 0.357,
        "entailment ratio": 0.5071,
    },
}
"""The paper's figures (8,000 dialogues, GPT-4o); its verifier, tools and tokeniser differ."""


def compare(run_a: Path, run_b: Path, entails: Entails | None = None) -> Comparison:
    """Compare two finished runs. Diversity is measured over equally many words of both.

    Raises InputError if either is not a finished run.
    """
    opened_a, opened_b = _opened(RunDir(run_a)), _opened(RunDir(run_b))
    words = min(_words(opened_a.dialogues), _words(opened_b.dialogues))
    a, b = (_measured(opened, words, entails) for opened in (opened_a, opened_b))
    return Comparison(a, b, tuple(_rows(a, b)), tuple(_differences(opened_a.plan, opened_b.plan)))


@dataclass(frozen=True, slots=True)
class _Opened:
    run: RunDir
    plan: Plan
    config: RunConfig
    status: RunStatus
    dialogues: list[Trajectory]
    pool: int


def _opened(run: RunDir) -> _Opened:
    plan = existing_plan(run)
    status = read_status(run, plan.dialogues, plan.stages)
    if status.verified != status.planned:
        raise InputError(
            f"{run.path}: {status.verified} of {status.planned} dialogues are verified;"
            " finish the run first (the same `toolace-mt run` continues it)"
        )
    dialogues = [d for path in run.shards("verification") for d in read_shard(path)]
    pool = len(read_pool(run).tools) if run.tools.exists() else 0
    return _Opened(run, plan, load_config(run.config), status, dialogues, pool)


def _accepted(dialogues: list[Trajectory]) -> list[Trajectory]:
    return [d for d in dialogues if d.verdict and d.verdict.outcome == "accepted"]


def _words(dialogues: list[Trajectory]) -> int:
    return sum(map(len, texts_of(sampled(_accepted(dialogues)))))


def _measured(opened: _Opened, words: int, entails: Entails | None) -> Measured:
    accepted = _accepted(opened.dialogues)
    status, lives = opened.status, opened.status.lives
    return Measured(
        run_dir=str(opened.run.path),
        method=opened.config.method,
        model=opened.config.engine.model,
        planned=status.planned,
        outcomes=dict(status.outcomes),
        usage=_total(opened.dialogues),
        engine_seconds=sum(life.busy_seconds for life in lives) if lives else None,
        wall_seconds=sum(life.wall_seconds for life in lives) if lives else None,
        findings=dict(status.findings.most_common()),
        failures=dict(status.failures.most_common()),
        called=frozenset(call.name for d in accepted for _, call, _ in d.calls()),
        pool=opened.pool,
        quality=measure(sampled(accepted), words),
        entailment=entailment_ratio(accepted, entails) if entails else None,
    )


def _total(dialogues: list[Trajectory]) -> Usage:
    spent = [usage for dialogue in dialogues for usage in dialogue.usage]
    names = [field.name for field in fields(Usage) if field.name != "stage"]
    return Usage("all", *(sum(getattr(usage, name) for usage in spent) for name in names))


def _rows(a: Measured, b: Measured) -> Iterator[Row]:
    for (name, of_a), (_, of_b) in zip(_figures(a), _figures(b), strict=True):
        yield Row(name, of_a, of_b, PAPER[a.method].get(name), PAPER[b.method].get(name))


def _figures(run: Measured) -> Iterator[tuple[str, float | None]]:
    usage, quality = run.usage, run.quality
    costs: dict[str, float | None] = {
        "calls": usage.calls,
        "prompt tokens": usage.prompt_tokens,
        "cached prompt tokens": usage.cached_tokens,
        "uncached prompt tokens": usage.prompt_tokens - usage.cached_tokens,
        "output tokens": usage.output_tokens,
        "engine-seconds": run.engine_seconds,
        "wall-clock seconds": run.wall_seconds,
    }
    for per, count in (("planned", run.planned), ("accepted", run.accepted)):
        for name, total in costs.items():
            yield f"{name} / {per}", _over(total, count)
    hours = run.engine_seconds / 3600 if run.engine_seconds else None
    yield "accepted / engine-hour", run.accepted / hours if hours else None
    yield "sequential depth", _over(usage.depth, run.planned)
    yield "critical path (s)", _over(usage.critical_seconds, run.planned)
    yield "pass rate", _over(run.accepted, run.planned)
    yield "turns", quality.turns
    yield "user turns", quality.user_turns
    yield "calls per dialogue", quality.calls
    yield "calls per user turn", quality.calls_per_user_turn
    yield "entropy (bits)", quality.entropy
    for n, share in enumerate(quality.distinct, 1):
        yield f"distinct-{n}", share
    yield "self-BLEU", quality.self_bleu
    yield "n-grams of usage examples", quality.near_usage
    yield "tools called", len(run.called)
    yield "share of the pool's tools", _over(len(run.called), run.pool)
    yield "entailment ratio", run.entailment


def _over(total: float | None, count: int) -> float | None:
    return total / count if total is not None and count else None


def _differences(a: Plan, b: Plan) -> Iterator[str]:
    if a.tools != b.tools:
        yield "tools: not the same pool"
    if a.dialogues != b.dialogues:
        yield f"dialogues: {a.dialogues} / {b.dialogues}"
    for name in sorted(a.settings.keys() | b.settings.keys()):
        of_a, of_b = a.settings.get(name), b.settings.get(name)
        if of_a != of_b:
            yield f"{name}: {of_a} / {of_b}"
