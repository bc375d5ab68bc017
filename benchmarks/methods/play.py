"""Makes dialogues in this process by either method, without Ray or files, and counts their cost."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from operator import add
from typing import Any

from benchmarks.methods.h100 import H100, run_virtually
from toolace_mt.calls.meter import Meter
from toolace_mt.calls.request import Completion, Generate, Request
from toolace_mt.config import RunConfig, ScriptedConfig, VllmConfig, validate_config
from toolace_mt.engine.base import Engine
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.run.plan import Shard, empty_dialogues
from toolace_mt.run.status import cause
from toolace_mt.tools.pool import load_pool
from toolace_mt.trajectory import Trajectory, Usage

_CAUSES = 8  # of them are listed
OPEN_PER_SLOT = 2  # as the driver keeps them
_PRIORITY = {"verification": 0, "refinement": 1, "simulation": 1, "initialization": 2}


COLUMNS = (
    *("calls", "output tokens", "uncached prompt tokens", "engine-seconds", "depth"),
    *(
        "critical path (s)",
        "pass rate",
        "accepted / engine-hour",
        "turns",
        "user turns",
        "tool calls",
    ),
)


Kinds = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Played:
    """What `planned` dialogues came to. `usage` is summed over all of them, `engine_seconds` is the
    time with a request open, `turns`, `user_turns` and `calls` are sums over the accepted. `kinds`
    has calls, uncached prompt tokens and output tokens by kind of call, such as "refinement, fill".
    """

    planned: int
    accepted: int
    usage: Usage
    engine_seconds: float
    turns: int
    user_turns: int
    calls: int
    causes: dict[str, int]
    kinds: Kinds


def overridden(config: RunConfig, *overrides: str) -> RunConfig:
    """Return the settings with `key=value` overrides, checked as the command line checks them."""
    from omegaconf import OmegaConf

    merged = OmegaConf.merge(
        OmegaConf.create(config.model_dump(mode="json")), OmegaConf.from_dotlist(list(overrides))
    )
    return validate_config(OmegaConf.to_container(merged), "override")


def play(config: RunConfig, *, virtual: bool, most_open: int | None = None) -> Played:
    """Make the run's dialogues: on the configured engine, or on an H100 in virtual time.

    `most_open` of them are in the making at a time (default: as many as in a run of the driver).
    """
    if virtual:
        return run_virtually(_play_virtually(config, most_open))
    from toolace_mt.engine.base import start_engine

    engine = start_engine(config.engine, 0)
    return asyncio.run(_play_and_close(config, engine, lambda _: None, most_open))


async def _play_virtually(config: RunConfig, most_open: int | None) -> Played:
    caching = True
    slots = 256
    if isinstance(config.engine, VllmConfig):
        caching = bool(config.engine.args.get("enable_prefix_caching", True))
    engine = H100(ScriptedConfig(kind="scripted", max_num_seqs=slots), caching)
    return await _play_and_close(config, engine, engine.forget, most_open)


async def _play_and_close(
    config: RunConfig,
    engine: Engine,
    forget: Callable[[str], None],
    most_open: int | None,
) -> Played:
    try:
        return await play_on(engine, config, forget, most_open)
    finally:
        with suppress(Exception):
            await engine.close()


async def play_on(
    engine: Engine,
    config: RunConfig,
    forget: Callable[[str], None] = lambda _: None,
    most_open: int | None = None,
) -> Played:
    """Make the run's dialogues on an engine that is up; `forget` is told of finished ones."""
    context = RunContext(config, load_pool(config.tools.source))
    gate = asyncio.Semaphore(most_open or OPEN_PER_SLOT * engine.max_num_seqs)
    busy = engine.stats()["busy_seconds"]
    kinds: Kinds = {}

    async def one(trajectory: Trajectory) -> Trajectory:
        async with gate:
            for name, stage in METHODS[config.method].items():
                if not trajectory.failure:
                    meter = Meter(_prioritised(engine, name, kinds), name)
                    made = await stage(trajectory, meter, context)
                    trajectory = replace(made, usage=(*made.usage, meter.usage()))
            forget(trajectory.id)
            return trajectory

    dialogues = empty_dialogues(config.seed, Shard(0, 0, config.dialogues))
    made = await asyncio.gather(*map(one, dialogues))
    return _summed(made, engine.stats()["busy_seconds"] - busy, kinds)


def _prioritised(engine: Engine, stage: str, kinds: Kinds) -> Generate:
    """Later stages go first, as in the driver. What calls cost is added to `kinds`."""

    async def generate(request: Request) -> Completion:
        done = await engine.generate(request, _PRIORITY[stage])
        uncached = done.prompt_tokens - done.cached_tokens
        cost = (1, uncached, done.output_tokens)
        sums = kinds.setdefault(f"{request.stage}, {request.kind}", [0] * len(cost))
        sums[:] = map(add, sums, cost)
        return done

    return generate


def _summed(dialogues: list[Trajectory], engine_seconds: float, kinds: Kinds) -> Played:
    accepted = [d for d in dialogues if d.verdict and d.verdict.outcome == "accepted"]
    spent = [usage for dialogue in dialogues for usage in dialogue.usage]
    causes = Counter(cause(d.failure) for d in dialogues if d.failure)
    for dialogue in dialogues:
        found = dialogue.verdict.findings if dialogue.verdict else ()
        causes.update({finding.check for finding in found if finding.severity == "error"})
    return Played(
        planned=len(dialogues),
        accepted=len(accepted),
        usage=_usage(spent),
        engine_seconds=engine_seconds,
        turns=sum(len(d.turns) for d in accepted),
        user_turns=sum(turn.role == "user" for d in accepted for turn in d.turns),
        calls=sum(len(turn.calls) for d in accepted for turn in d.turns),
        causes=dict(causes.most_common()),
        kinds=kinds,
    )


def added(runs: list[Played]) -> Played:
    """Return several runs as one."""
    total: dict[str, Any] = {}
    for field in fields(Played):
        values = [getattr(each, field.name) for each in runs]
        if field.name == "causes":
            total["causes"] = dict(sum(map(Counter, values), Counter()).most_common())
        elif field.name == "usage":
            total["usage"] = _usage(values)
        elif field.name == "kinds":
            total["kinds"] = _by_kind(values)
        else:
            total[field.name] = sum(values)
    return Played(**total)


def _by_kind(runs: list[Kinds]) -> Kinds:
    names = dict.fromkeys(name for kinds in runs for name in kinds)
    return {
        name: [sum(column) for column in zip(*(k[name] for k in runs if name in k), strict=True)]
        for name in names
    }


def _usage(spent: list[Usage]) -> Usage:
    names = [field.name for field in fields(Usage) if field.name != "stage"]
    return Usage("all", *(sum(getattr(usage, name) for usage in spent) for name in names))


def figures(played: Played) -> list[float]:
    """Return what stands in `COLUMNS`: costs per planned dialogue, sizes per accepted one."""
    usage, planned, accepted = played.usage, played.planned, max(played.accepted, 1)
    per_planned = (
        *(usage.calls, usage.output_tokens, usage.prompt_tokens - usage.cached_tokens),
        *(played.engine_seconds, usage.depth, usage.critical_seconds),
    )
    return [
        *(total / planned for total in per_planned),
        played.accepted / planned,
        played.accepted / played.engine_seconds * 3600 if played.engine_seconds else 0.0,
        *(total / accepted for total in (played.turns, played.user_turns, played.calls)),
    ]


def shown(value: float) -> str:
    """Return a figure with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def causes(played: list[Played]) -> str:
    """Return why dialogues were not accepted, the commonest first."""
    total: Counter[str] = Counter()
    for each in played:
        total.update(each.causes)
    listed = [f"{name} {count}" for name, count in total.most_common(_CAUSES)]
    return ", ".join(listed) or "none"
